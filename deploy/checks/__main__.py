"""Runs every check and prints what was found; exit code 1 when anything was.  `python -m deploy.checks`"""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from deploy.checks import composition, ecs, flows, policies, posture, recipe, workflows
from deploy.checks.loading import read_templates
from deploy.generate import out_of_step
from deploy.manifests import read_manifests

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
REGIONS = ("us-east-1", "us-west-2")
_BIN = Path(sys.executable).parent


def tools() -> dict[str, subprocess.Popen[str]]:
    """The tools of others, started side by side."""
    commands: dict[str, tuple[Path, list[str | Path]]] = {
        "cfn-lint": (
            INFRA,
            [_BIN / "cfn-lint", "--regions", *REGIONS, "--ignore-checks", "W3002", "--", *_templates()],
        ),
        "hadolint": (ROOT, [_BIN / "hadolint", "--no-color", "Dockerfile"]),
        "check-jsonschema": (
            ROOT,
            [_BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"],
        ),
        "check-jsonschema workflows": (
            ROOT,
            [_BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *_workflows()],
        ),
    }
    return {
        name: subprocess.Popen(  # noqa: S603  our own commands
            command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for name, (folder, command) in commands.items()
    }


def _templates() -> list[str]:
    return sorted(path.name for path in INFRA.glob("*.yaml"))  # nested stacks are followed from their own folder only


def _workflows() -> list[str]:
    return [str(path) for path in sorted((ROOT / ".github/workflows").glob("*.yml"))]


def findings() -> Iterator[str]:
    """Of our own rules."""
    from deploy.checks import events  # noqa: PLC0415  loads moto, while the tools are at work

    for name, template in read_templates(INFRA).items():
        for rules in (policies, posture, events):
            yield from (f"infra/{name}: {finding}" for finding in rules.findings(template))
    yield from (f"deploy/ecs: {finding}" for finding in ecs.findings(read_manifests()))
    yield from (f"infra/{name}: not in step with its source: python -m deploy.generate" for name in out_of_step())
    for path in sorted((INFRA / "connect").glob("*.json")):
        yield from (f"infra/connect/{path.name}: {finding}" for finding in flows.findings(path))
    yield from (f"compose.yaml: {finding}" for finding in composition.findings(ROOT / "compose.yaml"))
    yield from (f"Dockerfile: {finding}" for finding in recipe.findings(ROOT / "Dockerfile"))
    for workflow in _workflows():
        yield from (f"{Path(workflow).name}: {finding}" for finding in workflows.findings(Path(workflow)))


def main() -> int:
    began = time.monotonic()
    running = tools()
    found = list(findings())
    for name, process in running.items():
        told, _ = process.communicate()
        if process.returncode:
            found.append(f"{name}:\n{told.strip()}")
    for finding in found:
        print(finding)
    print(f"deploy: {len(found)} findings, {time.monotonic() - began:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
