"""docs/reference/adapters.md says what is there, and all of it."""

import ast
import re
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from tests.shared.test_production import EMBEDDED, SERVICES, WITHOUT_EMBEDDED_PART, settings_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/adapters.md"
ADAPTERS = [*ROOT.glob("services/*/aws.py"), *ROOT.glob("services/*/aws/*.py"), ROOT / "shared/aws.py"]
NO_PART = {"summary"} & WITHOUT_EMBEDDED_PART
"""Choices that have an Amazon side though their other one may stay in production."""


def rows(section: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    text = PAGE.read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


BOTH, ALONE = rows("One suite on both sides"), rows("Amazon's side alone")


def named(cell: str) -> list[tuple[Path, str]]:
    """The classes that a cell names: file and name."""
    return [(ROOT / path, name) for path, name in re.findall(r"`([\w/]+\.py):(\w+)`", cell)]


def suites(cell: str) -> list[Path]:
    return [ROOT / path for path in re.findall(r"`(tests/[\w/]+\.py)`", cell)]


def classes(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)}


def adapters(path: Path) -> set[str]:
    """Classes that ask a service of Amazon: they are given a client, or what has one, and answer as coroutines."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            methods = {part.name for part in node.body if isinstance(part, ast.AsyncFunctionDef)}
            if methods:
                found.add(node.name)
    return found


def test_every_class_that_is_named_is_there() -> None:
    for row in BOTH + ALONE:
        for cell in row:
            for path, name in named(cell):
                assert name in classes(path), (path, name)


def test_every_adapter_is_named() -> None:
    told = {(path, name) for row in BOTH + ALONE for path, name in named(row[3])}
    missing = {(path, name) for path in ADAPTERS for name in adapters(path)} - told
    assert not missing


def test_every_choice_of_a_part_is_named() -> None:
    told = {name for row in BOTH + ALONE for name in re.findall(r"`(OMNILEX_\w+)`", row[1])}
    for service in SERVICES:
        for name, field in settings_of(service).model_fields.items():
            values = set(map(str, get_args(field.annotation))) if get_origin(field.annotation) is Literal else set()
            if values & EMBEDDED or name in NO_PART:
                assert f"OMNILEX_{name.upper()}" in told, (service, name)


@pytest.mark.parametrize("row", BOTH, ids=lambda row: str(row[1]))
def test_suite_of_both_sides_runs_on_both(row: list[str]) -> None:
    """It has both at hand, and a fixture that is one or the other."""
    sides = [name for cell in row[2:4] for _, name in named(cell)]
    for suite in suites(row[4]):
        text = suite.read_text()
        if "(blobs: Blobs" in text:  # the folder's fixture, which several suites take
            text += (suite.parent / "conftest.py").read_text()
        for _, name in named(row[3]):
            opener = {
                "AmazonBedrock": "open_bedrock",
                "AmazonComprehend": "open_comprehend",
                "AmazonLex": "open_amazon_lex",
                "KendraFaqSearch": "open_kendra",
                "S3Blobs": "open_s3",
            }
            assert name in text or opener.get(name, name) in text, (suite, name)
        if sides:
            assert re.search(r"@pytest\.fixture\(params=\[", text), suite


@pytest.mark.parametrize("row", BOTH + ALONE, ids=lambda row: f"{row[1]} {row[0][-20:]}")
def test_suites_that_are_named_have_tests(row: list[str]) -> None:
    for suite in suites(row[4]):
        assert re.search(r"^(async )?def test_|^from .* import test_|^class Test", suite.read_text(), re.MULTILINE), (
            suite
        )


def test_files_that_are_named_elsewhere_are_there() -> None:
    for path in re.findall(r"`((?:tests|infra|deploy|services|shared)/[\w./-]+)`", PAGE.read_text()):
        assert (ROOT / path).exists(), path
