"""Carries out a plan: migrations first, then each service after those that it calls; stops at the first that fails."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from deploy.clients import Clients
from deploy.plan import DIGEST_TAG, CannotRelease, Step

PREVIOUS_TAG, RELEASE_TAG, RELEASED_TAG = "omnilex:previous", "omnilex:release", "omnilex:released"
_MIGRATE = ["python", "-m", "shared.migrate"]
_SHARES_TABLES = {"media-worker"}  # with a service that has been migrated before it
_NOT_OF_AN_UPDATE = {"serviceName", "desiredCount", "launchType", "schedulingStrategy"}  # scaling has set the number

Say = Callable[[str], None]


class ReleaseFailed(Exception):
    """Says which service failed and what ECS says of it. What was released before it is left as it is."""


class Rollout:
    """`patience` is how long a service may take, in seconds; `pause` lies between two looks."""

    def __init__(self, clients: Clients, say: Say, *, patience: float = 3600, pause: float = 10) -> None:
        self._clients = clients
        self._say = say
        self._patience = patience
        self._pause = pause

    def apply(self, steps: list[Step], tag: str) -> None:
        """Raises ReleaseFailed."""
        changed = [step for step in steps if step.action != "keep"]
        registered = {step.name: self._register(step) for step in changed}
        for step in changed:
            if step.name not in _SHARES_TABLES:
                self._migrate(step, registered[step.name])
        for step in changed:
            self._renew(step, registered[step.name], tag)

    def roll_back(self, cluster: str, names: list[str], *, chosen: bool) -> None:
        """Each service to the task definition it had before its last release, callers before those whom they call.

        Unless they are `chosen`, only those of the newest release: one that failed midway has not reached the others.
        Raises CannotRelease when there is nothing to go back to; nothing is changed then.
        """
        services = {name: self._service(cluster, name) for name in names}
        services = services if chosen else _of_newest_release(services)
        without = [name for name, service in services.items() if _tag(service, PREVIOUS_TAG) is None]
        if without or not services:
            raise CannotRelease(f"nothing to go back to: {', '.join(without or names)}")
        for name in reversed(list(services)):
            service = services[name]
            target = str(_tag(service, PREVIOUS_TAG))
            self._say(f"{name}: back to {_short(target)}")
            self._clients.ecs.update_service(cluster=cluster, service=name, taskDefinition=target)
            self._wait(cluster, name, target)
            self._note(service["serviceArn"], {RELEASE_TAG: f"before {_tag(service, RELEASE_TAG)}"})
            self._clients.ecs.untag_resource(resourceArn=service["serviceArn"], tagKeys=[PREVIOUS_TAG])

    def _register(self, step: Step) -> str:
        tags = [{"key": DIGEST_TAG, "value": step.digest}]
        made = self._clients.ecs.register_task_definition(**step.manifest.task, tags=tags)
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def _migrate(self, step: Step, task_definition: str) -> None:
        cluster, service = str(step.manifest.service["cluster"]), step.manifest.service
        override = {"name": step.name, "command": _MIGRATE}
        started = self._clients.ecs.run_task(
            cluster=cluster,
            taskDefinition=task_definition,
            launchType="FARGATE",
            networkConfiguration=service["networkConfiguration"],
            overrides={"containerOverrides": [override]},
            startedBy="release",
        )
        if started.get("failures") or not started["tasks"]:
            raise ReleaseFailed(f"{step.name}: the migration cannot start: {started.get('failures')}")
        task = self._ended(cluster, started["tasks"][0]["taskArn"], step.name)
        codes = [container.get("exitCode") for container in task["containers"]]
        if any(code != 0 for code in codes):
            reason = task.get("stoppedReason") or f"exit code {codes}"
            raise ReleaseFailed(f"{step.name}: the migration failed ({reason}); no service has been changed")
        self._say(f"{step.name}: migrated")

    def _ended(self, cluster: str, task: str, name: str) -> Any:  # noqa: ANN401  what ECS tells of a task
        end = time.monotonic() + self._patience
        while time.monotonic() < end:
            found = self._clients.ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"][0]
            if found["lastStatus"] == "STOPPED":
                return found
            time.sleep(self._pause)
        raise ReleaseFailed(f"{name}: the migration has not ended after {self._patience:.0f} s")

    def _renew(self, step: Step, task_definition: str, tag: str) -> None:
        manifest = step.manifest
        cluster, name = str(manifest.service["cluster"]), step.name
        self._say(f"{name}: {step.action} with {_short(task_definition)}")
        told = {**manifest.service, "taskDefinition": task_definition}
        if step.action == "create":
            made = self._clients.ecs.create_service(**told)
        else:
            renewed = {key: value for key, value in told.items() if key not in _NOT_OF_AN_UPDATE}
            made = self._clients.ecs.update_service(service=name, **renewed)
        self._scale(step)
        self._wait(cluster, name, task_definition)
        notes = {RELEASE_TAG: tag, RELEASED_TAG: datetime.now(UTC).isoformat()}
        if step.running:
            notes[PREVIOUS_TAG] = step.running
        self._note(made["service"]["serviceArn"], notes)

    def _scale(self, step: Step) -> None:
        scaling: Any = step.manifest.scaling
        self._clients.scaling.register_scalable_target(**scaling["target"])
        for policy in scaling["policies"]:
            self._clients.scaling.put_scaling_policy(**policy)

    def _wait(self, cluster: str, name: str, task_definition: str) -> None:
        end = time.monotonic() + self._patience
        while time.monotonic() < end:
            service = self._service(cluster, name)
            primary: Any = next((one for one in service["deployments"] if one["status"] == "PRIMARY"), {})
            state, reason = primary.get("rolloutState"), primary.get("rolloutStateReason", "")
            if service["taskDefinition"] != task_definition or state == "FAILED":
                raise ReleaseFailed(
                    f"{name}: failed and was taken back to {_short(service['taskDefinition'])}. {reason}"
                )
            if state == "COMPLETED":
                self._say(f"{name}: done")
                return
            time.sleep(self._pause)
        raise ReleaseFailed(f"{name}: has not settled after {self._patience:.0f} s; see its events and alarms")

    def _service(self, cluster: str, name: str) -> Any:  # noqa: ANN401  what ECS tells of a service
        told = self._clients.ecs.describe_services(cluster=cluster, services=[name], include=["TAGS"])
        found = [service for service in told["services"] if service["status"] == "ACTIVE"]
        if not found:
            raise CannotRelease(f"{name} does not run in {cluster}")
        return found[0]

    def _note(self, arn: str, notes: dict[str, str]) -> None:
        tags = [{"key": key, "value": value} for key, value in notes.items()]
        self._clients.ecs.tag_resource(resourceArn=arn, tags=tags)


def _of_newest_release(services: Mapping[str, Any]) -> dict[str, Any]:
    released = {name: service for name, service in services.items() if _tag(service, PREVIOUS_TAG)}
    newest = max(released.values(), key=lambda service: _tag(service, RELEASED_TAG) or "", default=None)
    return {name: one for name, one in released.items() if _tag(one, RELEASE_TAG) == _tag(newest, RELEASE_TAG)}


def status_of(cluster: str, names: list[str], clients: Clients) -> list[str]:
    """A line for each service: how many tasks run, of which revision and release, and how its last release stands."""
    told = clients.ecs.describe_services(cluster=cluster, services=names, include=["TAGS"])
    found = {service["serviceName"]: service for service in told["services"]}
    return [_status(name, found.get(name)) for name in names]


def _status(name: str, service: Any) -> str:  # noqa: ANN401  what ECS tells of a service
    if service is None or service["status"] != "ACTIVE":
        return f"{name:13} is not there"
    states = [one.get("rolloutState", "?") for one in service["deployments"] if one["status"] == "PRIMARY"]
    return (
        f"{name:13} {service['runningCount']}/{service['desiredCount']} tasks of {_short(service['taskDefinition'])}"
        f", release {_tag(service, RELEASE_TAG) or '-'}, {' '.join(states).lower() or 'no deployment'}"
    )


def _tag(service: Any, key: str) -> str | None:  # noqa: ANN401  what ECS tells of a service
    return next((str(tag["value"]) for tag in service.get("tags", []) if tag["key"] == key), None)


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]
