"""compose.yaml beyond its schema: what it names must be there."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import JsonValue

Json = dict[str, JsonValue]


def findings(path: Path) -> Iterator[str]:
    document = yaml.safe_load(path.read_text())
    services: dict[str, Json] = document["services"]
    taken: dict[int, str] = {}
    for name, service in services.items():
        yield from (f"{name}: {finding}" for finding in _dependencies(service, services))
        yield from (f"{name}: {finding}" for finding in _links(service, document))
        yield from (f"{name}: {finding}" for finding in _build(service, path.parent))
        for port in _host_ports(service):
            if port > 65535:
                yield f"{name}: port {port} is out of range"
            if taken.setdefault(port, name) != name:
                yield f"{name}: port {port} of the host is {taken[port]}'s"
        if "image" in service and not re.search(r"(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$", str(service["image"])):
            yield f"{name}: image has no fixed version"
        if service.get("privileged"):
            yield f"{name}: is privileged"
    for host in (
        set(re.findall(r"(?:http://|@)([a-z][a-z0-9-]*):\d+", path.read_text())) - set(services) - {"localhost"}
    ):
        yield f"no service {host}"


def _names(value: JsonValue) -> list[str]:
    if isinstance(value, list):
        return [item if isinstance(item, str) else str(item.get("source", "")) for item in value if item]  # type: ignore[union-attr]
    return list(value) if isinstance(value, dict) else []


def _dependencies(service: Json, services: dict[str, Json]) -> Iterator[str]:
    waits = service.get("depends_on", {})
    for other in _names(waits):
        if other not in services:
            yield f"waits for {other}, which is not there"
            continue
        how = waits.get(other) if isinstance(waits, dict) else None
        condition = how.get("condition") if isinstance(how, dict) else None
        if condition == "service_healthy" and not _has_health_check(services[other]):
            yield f"waits for {other} to be healthy, which has no health check"
        if condition == "service_completed_successfully" and services[other].get("restart", "no") not in ("no", False):
            yield f"waits for {other} to end, which is started again whenever it ends"


def _has_health_check(service: Json) -> bool:
    return "healthcheck" in service or "build" in service  # the Dockerfile has one, for every image


def _links(service: Json, document: dict[str, JsonValue]) -> Iterator[str]:
    for kind in ("networks", "secrets", "configs"):
        known = document.get(kind) or {}
        assert isinstance(known, dict)  # noqa: S101  by the schema
        yield from (f"{kind[:-1]} {name} is not defined" for name in _names(service.get(kind)) if name not in known)
    volumes = document.get("volumes") or {}
    assert isinstance(volumes, dict)  # noqa: S101  by the schema
    found = service.get("volumes", [])
    for volume in found if isinstance(found, list) else []:
        source = volume.split(":")[0] if isinstance(volume, str) else str(volume.get("source", "."))  # type: ignore[union-attr]
        if re.fullmatch(r"[A-Za-z0-9][\w.-]*", source) and source not in volumes:
            yield f"volume {source} is not defined"


def _host_ports(service: Json) -> Iterator[int]:
    found = service.get("ports", [])
    for port in found if isinstance(found, list) else []:
        text = str(port.get("published", "")) if isinstance(port, dict) else str(port).split("/")[0]
        parts = re.sub(r"\$\{[^}]*:-([^}]*)\}", r"\1", text).split(":")
        published = parts[-2] if len(parts) > 1 else parts[0] if isinstance(port, dict) else ""
        if published.isdecimal():
            yield int(published)


def _build(service: Json, root: Path) -> Iterator[str]:
    build = service.get("build")
    if build is None:
        return
    told = build if isinstance(build, dict) else {"context": build}
    recipe = root / str(told.get("context", ".")) / str(told.get("dockerfile", "Dockerfile"))
    if not recipe.exists():
        yield f"no {recipe.name}"
        return
    target = told.get("target")
    if target and not re.search(rf"^FROM .* AS {re.escape(str(target))}\s*$", recipe.read_text(), re.M | re.I):
        yield f"{recipe.name} has no stage {target}"
    arguments = told.get("args") or {}
    for argument in arguments if isinstance(arguments, dict) else ():
        if not re.search(rf"^ARG {re.escape(argument)}\b", recipe.read_text(), re.M):
            yield f"{recipe.name} takes no {argument}"
