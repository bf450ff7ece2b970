"""Every rule of the table is claimed by a test, and every claim names a rule."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

TABLE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "lex-dialog.md"
ROW = re.compile(r"\| ((?:\w+)-\d+[a-z]?) \| (.+) \|")
MODULES = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))


def rules() -> list[str]:
    return [row[1] for line in TABLE.read_text(encoding="utf-8").splitlines() if (row := ROW.fullmatch(line))]


def claims(module: ModuleType) -> Iterator[str]:
    """The ids that the tests of a module claim, those of single parameters among them."""
    for name, test in vars(module).items():
        if isinstance(test, FunctionType) and name.startswith("test_") and test.__module__ == module.__name__:
            for mark in getattr(test, "pytestmark", []):
                yield from claimed_by(mark)


def claimed_by(mark: pytest.Mark) -> Iterator[str]:
    if mark.name == "rule":
        yield from mark.args
    if mark.name == "parametrize":
        for values in mark.args[1]:
            for inner in getattr(values, "marks", ()):
                yield from claimed_by(getattr(inner, "mark", inner))


CLAIMED = {rule for name in MODULES for rule in claims(import_module(f"tests.lex.rules.{name}"))}


def test_an_id_stands_for_one_rule() -> None:
    listed = rules()
    assert len(listed) == len(set(listed)) > 100


def test_every_rule_is_claimed_by_a_test() -> None:
    assert [rule for rule in rules() if rule not in CLAIMED] == []


def test_no_test_claims_a_rule_that_is_not_there() -> None:
    assert set() == CLAIMED - set(rules())
