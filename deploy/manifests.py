"""The manifests in `deploy/ecs`: for each service a task definition, a service and how it scales, as the APIs of Amazon
ECS and Application Auto Scaling take them, with `${…}` for what only a stack knows.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import JsonValue

ECS = Path(__file__).parent / "ecs"
IN_ORDER = ("insights", "accounts", "bot", "media", "media-worker", "gateway")
"""Each after those that it calls."""
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")

Json = dict[str, JsonValue]


class MissingValues(Exception):
    """Placeholders for which there is no value."""


@dataclass(frozen=True)
class Manifest:
    name: str
    task: Json
    service: Json
    scaling: Json
    collector: Json
    """What `deploy.collector` puts beside the service where the stack has it; the same for all."""

    def placeholders(self) -> set[str]:
        return set(_PLACEHOLDER.findall(json.dumps([self.task, self.service, self.scaling])))

    def filled(self, values: Mapping[str, str]) -> "Manifest":
        """With the values put in. Raises MissingValues, naming all that are missing."""
        if missing := sorted(self.placeholders() - set(values)):
            raise MissingValues(f"{self.name}: no value for {', '.join(missing)}")
        task, service, scaling = (_filled(part, values) for part in (self.task, self.service, self.scaling))
        return replace(self, task=task, service=service, scaling=scaling)


def read_manifest(name: str, folder: Path = ECS) -> Manifest:
    files = ("task-definition.json", "service.json", "scaling.json")
    paths = [*(folder / name / file for file in files), folder / "collector.json"]
    return Manifest(name, *(json.loads(path.read_text()) for path in paths))


def read_manifests(folder: Path = ECS) -> list[Manifest]:
    """All of them, each after those that it calls."""
    return [read_manifest(name, folder) for name in IN_ORDER]


def _filled(part: Json, values: Mapping[str, str]) -> Json:
    def put(value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return {key: put(item) for key, item in value.items()}
        if isinstance(value, list):
            return [put(item) for item in value]
        return _PLACEHOLDER.sub(lambda found: values[found[1]], value) if isinstance(value, str) else value

    return {key: put(value) for key, value in part.items()}
