"""GitHub workflows beyond their schema: how images are built that are pushed."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import JsonValue

_ARCHITECTURES = ("linux/amd64", "linux/arm64")


def findings(path: Path) -> Iterator[str]:
    for name, job in yaml.safe_load(path.read_text())["jobs"].items():
        for step in job.get("steps", []):
            if str(step.get("uses", "")).startswith("docker/build-push-action@") and step.get("with", {}).get("push"):
                yield from (f"{name}: {finding}" for finding in _push(step["with"]))


def _push(given: dict[str, JsonValue]) -> Iterator[str]:
    arguments = dict(line.partition("=")[::2] for line in str(given.get("build-args", "")).split("\n"))
    if arguments.get("RELEASE") != "1":
        yield "pushes an image whose base may not be pinned: no RELEASE=1"
    if not arguments.get("PYTHON"):
        yield "pushes an image without saying on which base: no PYTHON"
    for architecture in _ARCHITECTURES:
        if architecture not in str(given.get("platforms", "")).split(","):
            yield f"pushes no image for {architecture}"
