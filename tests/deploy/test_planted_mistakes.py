"""Mistakes that people make, planted one at a time: `make check` must find all but those named here."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.config import ConfigMixIn, ManualArgs
from cfnlint.runner import Runner

from deploy.checks import composition, ecs, events, flows, policies, posture, recipe, workflows
from deploy.checks.loading import read_template
from deploy.manifests import IN_ORDER, read_manifests
from deploy.service_template import template_of

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Mistake:
    """`old` is found in `file` and becomes `new`."""

    what: str
    file: str
    old: str
    new: str


MISTAKES = [Mistake(**told) for told in yaml.safe_load(Path(__file__).with_name("mistakes.yaml").read_text())]
NOT_FOUND = {"one queue's address for the other's", "alarm that goes off too late"}
"""Sentences in which every word is right; only running the system tells."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("infra", "deploy/ecs", ".github"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("lex", "__pycache__"))
    for name in ("compose.yaml", "Dockerfile"):
        shutil.copy(ROOT / name, folder / name)
    _shortened(folder / "infra/bot-definition.yaml")
    return folder


def _shortened(path: Path) -> None:
    """The bot with two intents: what is said of one is said of all, and linting all takes seconds each time."""
    template = yaml.safe_load(path.read_text())
    for locale in template["Resources"]["Bot"]["Properties"]["BotLocales"]:
        del locale["Intents"][2:]
    path.write_text(yaml.safe_dump(template, sort_keys=False))


def found_in(folder: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What the checks of this kind of file find, the quick ones first."""
    path = folder / file
    if file.startswith("deploy/ecs"):
        try:
            manifests = read_manifests(folder / "deploy/ecs")
        except (json.JSONDecodeError, KeyError) as error:
            yield str(error)
            return
        yield from ecs.findings(manifests)
        (folder / "infra/services.yaml").write_text(yaml.safe_dump(template_of(manifests), sort_keys=False))
        yield from linted(folder / "infra", "services.yaml", monkeypatch)
    elif path.suffix == ".yaml" and path.parent.name == "infra":
        template = read_template(path)
        for rules in (policies, posture, events):
            yield from rules.findings(template)
        yield from linted(folder / "infra", path.name, monkeypatch)
    elif path.suffix == ".yml":
        yield from workflows.findings(path)
    elif path.suffix == ".json":
        yield from flows.findings(path)
    elif path.name == "compose.yaml":
        yield from composition.findings(path)
        yield from run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", path)
    else:
        yield from recipe.findings(path)
        yield from run("hadolint", path)


def linted(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(folder)  # nested templates are looked for from here
    told = ManualArgs(regions=["us-east-1"], ignore_checks=["W3002"])
    for match in Runner(ConfigMixIn(**told, templates=[name])).run():
        yield f"{match.rule.id} {match.message}"


def run(tool: str, *arguments: Any) -> list[str]:  # noqa: ANN401  paths and words
    done = subprocess.run([BIN / tool, *arguments], capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [done.stdout]


def first(findings: Iterable[str]) -> str | None:
    return next(iter(findings), None)


@pytest.mark.parametrize("file", sorted({re.sub(r"deploy/ecs/.*", "deploy/ecs", mistake.file) for mistake in MISTAKES}))
def test_nothing_is_found_where_nothing_is_planted(copy: Path, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(found_in(copy, file, monkeypatch)) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_mistake_is_found(copy: Path, mistake: Mistake, monkeypatch: pytest.MonkeyPatch) -> None:
    path = copy / mistake.file
    right = path.read_text()
    assert mistake.old in right, "the mistake can no longer be made so"
    path.write_text(right.replace(mistake.old, mistake.new, 1))
    try:
        found = first(found_in(copy, mistake.file, monkeypatch))
    finally:
        path.write_text(right)
    assert (found is None) is (mistake.what in NOT_FOUND), found


def test_nearly_all_are_found() -> None:
    names = {mistake.what for mistake in MISTAKES}
    assert len(names) == len(MISTAKES) >= 40
    assert names >= NOT_FOUND
    assert len(NOT_FOUND) <= 2


def test_every_service_is_among_the_manifests() -> None:
    assert {path.name for path in (ROOT / "deploy/ecs").iterdir() if path.is_dir()} == set(IN_ORDER)
