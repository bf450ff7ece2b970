"""The collector of traces that stands beside each service's container where a stack has one (`CollectorImage`).

It is the AWS Distro for OpenTelemetry: it listens to its own task only and hands spans to AWS X-Ray. It starts before
the service and stops after it, so that the last spans arrive, and a service goes on without it.
"""

import json
from dataclasses import dataclass, replace

from pydantic import JsonValue

from deploy.manifests import Json, Manifest

IMAGE = "CollectorImage"
"""The placeholder, and the output of a stack, that says whether there is one."""


@dataclass(frozen=True)
class Collector:
    """`container` is one more of the task; `environment` and `depends_on` are added to the service's own."""

    container: Json
    environment: list[JsonValue]
    depends_on: list[JsonValue]


def collector_of(manifest: Manifest) -> Collector:
    """The collector for this service, whose log group it shares, with the placeholders left in."""
    told = manifest.collector
    service = _containers(manifest)[0]
    log = service["logConfiguration"]
    assert isinstance(log, dict)  # noqa: S101  the checks have seen to it
    options = log["options"]
    assert isinstance(options, dict)  # noqa: S101
    own = told["container"]
    assert isinstance(own, dict)  # noqa: S101
    container: Json = {
        **own,
        # A string of JSON, which is YAML too: the image takes its configuration from this variable.
        "environment": [{"name": "AOT_CONFIG_CONTENT", "value": json.dumps(told["configuration"])}],
        "logConfiguration": {**log, "options": {**options, "awslogs-stream-prefix": "collector"}},
    }
    environment = told["environment"]
    assert isinstance(environment, list)  # noqa: S101
    return Collector(container, environment, [{"containerName": container["name"], "condition": "START"}])


def with_collector(manifest: Manifest) -> Manifest:
    """The manifest with the collector beside its container, which is told where it is."""
    collector = collector_of(manifest)
    service, *others = _containers(manifest)
    environment = service.get("environment", [])
    assert isinstance(environment, list)  # noqa: S101
    told: Json = {
        **service,
        "environment": [*environment, *collector.environment],
        "dependsOn": collector.depends_on,
    }
    containers: list[JsonValue] = [told, *others, collector.container]
    return replace(manifest, task={**manifest.task, "containerDefinitions": containers})


def _containers(manifest: Manifest) -> list[Json]:
    found = manifest.task["containerDefinitions"]
    assert isinstance(found, list)  # noqa: S101  the checks have seen to it
    return [container for container in found if isinstance(container, dict)]
