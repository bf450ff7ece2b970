"""`omnilex categories`, run as a person runs it."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from services.media.analysis.categories import built_in
from shared.schemas.categories import CategoryRules
from tests.cli.doors import Door

PATH = "/api/v1/categories"
RULES: dict[str, JsonValue] = {
    "version": 3,
    "changed_by": "priya",
    "changed_at": "2026-03-01T10:00:00Z",
    "rules": [
        {
            "name": "Leaving",
            "kind": "issue",
            "conditions": [
                {"kind": "text", "role": "CALLER", "phrases": ["another bank", "leave", "close it", "go elsewhere"]},
                {"kind": "text", "role": "AGENT", "phrases": ["sorry"], "negated": True},
            ],
        },
        {
            "name": "Bad end [x]",
            "conditions": [
                {"kind": "sentiment", "labels": ["NEGATIVE", "MIXED"], "share": 0.5, "window": {"start": 75}},
                {"kind": "non_talk", "seconds": 20},
                {"kind": "interruption", "times": 2, "window": {"unit": "seconds", "start": 5, "end": 60}},
            ],
        },
    ],
}


def test_rules_are_listed_in_words(tmp_path: Path) -> None:
    told = Door({f"GET {PATH}": RULES}).run(tmp_path, "categories", "list")
    assert told.code == 0, told.complained
    cells = [" ".join(line.split()) for line in told.printed.splitlines()]
    assert cells[1].startswith(
        "Leaving issue the caller says “another bank”, “leave”, “close it” or 1 more; no agent says"
    )
    assert cells[2] == (
        "Bad end [x] category somebody is negative or mixed in 50% of the turns (from 75% to the end); everybody is "
        "silent for 20 s; somebody breaks in 2 times (from 5 s to 60 s)"
    )
    assert cells[-1].startswith("Version 3, saved by priya on 2026-03-0")


def test_those_of_the_product_have_words_too(tmp_path: Path) -> None:
    door = Door({f"GET {PATH}/versions/0": built_in().model_dump(mode="json")})
    told = door.run(tmp_path, "categories", "list", "--version", "0")
    assert told.printed.splitlines()[-1] == "Version 0: what the product brings."
    assert all(rule.name in told.printed for rule in built_in().rules)


def test_what_is_shown_can_be_changed_tried_and_saved(tmp_path: Path) -> None:
    trial = {
        "looked_at": 40,
        "unreadable": 1,
        "changes": [
            {"name": "Leaving", "before": 2, "after": 6, "gained": ["I-1", "I-2", "I-3", "I-4"], "lost": []},
            {"name": "Bad end [x]", "before": 1, "after": 1, "gained": [], "lost": []},
        ],
    }
    door = Door({f"GET {PATH}": RULES, f"POST {PATH}/trial": trial, f"PUT {PATH}": RULES | {"version": 4}})
    file = tmp_path / "rules.json"
    assert door.run(tmp_path, "categories", "show", "--to", str(file)).code == 0
    assert json.loads(door.run(tmp_path, "categories", "show", "leaving").printed)["name"] == "Leaving"
    assert CategoryRules.model_validate_json(door.run(tmp_path, "categories", "show").printed).version == 3

    told = door.run(tmp_path, "categories", "test", str(file), "--limit", "50")
    assert door.asked[-1][2] == {"limit": "50"}
    lines = [" ".join(line.split()) for line in told.printed.splitlines()]
    assert lines[0] == "40 interactions looked at, 1 of 2 rules differ."
    assert lines[1] == "1 could not be read."
    assert lines[3] == "Leaving 2 6 I-1, I-2, I-3 and more"
    assert len(lines) == 4

    told = door.run(tmp_path, "categories", "save", str(file))
    sent = door.asked[-1][3]
    assert isinstance(sent, dict)
    assert (door.asked[-1][0], sent["version"]) == ("PUT", 3)
    assert told.printed == "Version 4 with 2 rules is in force for what is analysed now.\n"


def test_who_comes_second_is_told_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(RULES))
    door = Door({f"PUT {PATH}": (409, "The rules have changed meanwhile: version 9 is in force.")})
    told = door.run(tmp_path, "categories", "save", str(file))
    assert (told.code, told.printed) == (1, "")
    assert "version 9 is in force" in told.complained
    assert "put its number into the file" in " ".join(told.complained.split())
    forbidden = Door({f"PUT {PATH}": (403, "Your role does not allow this.")})
    told = forbidden.run(tmp_path, "categories", "save", str(file))
    assert (told.code, "Your role does not allow this." in told.complained) == (1, True)
    assert "put its number" not in told.complained


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "the file"),
        ('{"rules": [{"name": "x", "conditions": []}]}', "rules/0/conditions"),
        ('{"rules": [{"name": "x", "conditions": [{"kind": "mood"}]}]}', "rules/0/conditions/0"),
    ],
)
@pytest.mark.parametrize("command", ["test", "save"])
def test_a_file_without_rules_is_not_sent(tmp_path: Path, command: str, content: str, why: str) -> None:
    file = tmp_path / "rules.json"
    file.write_text(content)
    door = Door({})
    told = door.run(tmp_path, "categories", command, str(file))
    assert told.code == 2
    assert "holds no rules" in told.complained
    assert why in told.complained
    assert door.asked == []


def test_a_rule_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = Door({f"GET {PATH}": RULES}).run(tmp_path, "categories", "show", "Nothing")
    assert (told.code, told.printed) == (1, "")
    assert "There is no rule Nothing" in told.complained
    assert Door({}).run(tmp_path, "categories", "list", "--version", "7").code == 1
