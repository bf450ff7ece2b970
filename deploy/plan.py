"""What a release would do: for each service the manifest filled in for its stack, and what of it is new."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from botocore.exceptions import ClientError
from pydantic import JsonValue

from deploy.clients import Clients
from deploy.collector import IMAGE as COLLECTOR_IMAGE
from deploy.collector import with_collector
from deploy.environments import Environment, fitted
from deploy.manifests import Manifest, read_manifests

DIGEST_TAG = "omnilex:digest"
Json = dict[str, JsonValue]


class CannotRelease(Exception):
    """Says what is missing, in a sentence for the operator."""


@dataclass(frozen=True)
class Step:
    """`running` is the task definition that the service has now."""

    action: Literal["create", "update", "keep"]
    manifest: Manifest
    digest: str
    running: str | None

    @property
    def name(self) -> str:
        return self.manifest.name


def values_of(stack: str, tag: str, clients: Clients) -> dict[str, str]:
    """What fills the placeholders: the outputs of the stack, the Region, the account, the tag."""
    try:
        found = clients.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        raise CannotRelease(f"no stack {stack} in {clients.region}: {_message(error)}") from error
    arn = found["StackId"].split(":")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    return {**outputs, "Partition": arn[1], "Region": arn[3], "AccountId": arn[4], "ImageTag": tag}


def make_plan(stack: str, tag: str, environment: Environment, clients: Clients) -> list[Step]:
    """In the order in which it is to be done. Raises CannotRelease; nothing is changed."""
    values = values_of(stack, tag, clients)
    manifests = [fitted(manifest, environment) for manifest in read_manifests()]
    missing = sorted(set().union(*(manifest.placeholders() for manifest in manifests)) - set(values))
    if missing:
        raise CannotRelease(
            f"the stack {stack} tells no {', '.join(missing)}: update it to this version's template first"
        )
    filled = _with_digests([manifest.filled(values) for manifest in manifests], clients)
    if values.get(COLLECTOR_IMAGE):  # somebody else's image, which the stack names as it is to be run
        filled = [with_collector(manifest).filled(values) for manifest in filled]
    running = _running(values["Cluster"], [manifest.name for manifest in filled], clients)
    return [_step(manifest, running.get(manifest.name), clients) for manifest in filled]


def _step(manifest: Manifest, running: str | None, clients: Clients) -> Step:
    digest = hashlib.sha256(json.dumps([manifest.task, manifest.service], sort_keys=True).encode()).hexdigest()
    if running is None:
        return Step("create", manifest, digest, None)
    same = _tags(running, clients).get(DIGEST_TAG) == digest
    return Step("keep" if same else "update", manifest, digest, running)


def _tags(task_definition: str, clients: Clients) -> Mapping[str, str]:
    told = clients.ecs.describe_task_definition(taskDefinition=task_definition, include=["TAGS"])
    return {tag["key"]: tag["value"] for tag in told.get("tags", [])}


def _running(cluster: str, names: list[str], clients: Clients) -> dict[str, str]:
    try:
        told = clients.ecs.describe_services(cluster=cluster, services=names)
    except ClientError as error:
        raise CannotRelease(f"no cluster {cluster}: {_message(error)}") from error
    return {
        service["serviceName"]: service["taskDefinition"]
        for service in told["services"]
        if service["status"] == "ACTIVE"
    }


def _with_digests(manifests: list[Manifest], clients: Clients) -> list[Manifest]:
    """Images are named by what they hold: a tag that is moved later changes nothing that runs."""
    images = {str(container["image"]) for manifest in manifests for container in containers_of(manifest)}
    digests = {image: _digest(image, clients) for image in sorted(images)}
    if absent := [image for image, digest in digests.items() if digest is None]:
        raise CannotRelease(f"not in the registry: {', '.join(absent)}")
    return [_pinned(manifest, digests) for manifest in manifests]


def _pinned(manifest: Manifest, digests: Mapping[str, str | None]) -> Manifest:
    pinned = [
        {**container, "image": f"{str(container['image']).rpartition(':')[0]}@{digests[str(container['image'])]}"}
        for container in containers_of(manifest)
    ]
    return replace(manifest, task={**manifest.task, "containerDefinitions": list[JsonValue](pinned)})


def _digest(image: str, clients: Clients) -> str | None:
    registry, _, rest = image.partition("/")
    repository, _, tag = rest.rpartition(":")
    try:
        told: Any = clients.ecr.describe_images(
            registryId=registry.partition(".")[0], repositoryName=repository, imageIds=[{"imageTag": tag}]
        )
    except (clients.ecr.exceptions.ImageNotFoundException, clients.ecr.exceptions.RepositoryNotFoundException):
        return None
    return str(told["imageDetails"][0]["imageDigest"])


def containers_of(manifest: Manifest) -> list[Json]:
    found = manifest.task["containerDefinitions"]
    assert isinstance(found, list)  # noqa: S101  the checks have seen to it
    return [container for container in found if isinstance(container, dict)]


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", "refused"))
