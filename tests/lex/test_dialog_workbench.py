"""`omnilex bot test` and `omnilex bot chat`, through the real process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import JsonValue

from services.lex.test_sets import TestSetError, read_set
from tests.lex.conftest import listening
from tests.lex.conversation import step, words

HEAD = "Line #,Conversation #,Source,Input,Expected Output Intent,Expected Output Slot 1,Expected Output Slot 2\n"
Document = dict[str, JsonValue]


def write(path: Path, document: Document) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A bot that sells shirts, as an unpacked export."""
    root = tmp_path / "Shop"
    locale = root / "BotLocales" / "en_US"
    order: Document = {
        "name": "OrderShirt",
        "sampleUtterances": [{"utterance": "i want a shirt"}, {"utterance": "order a {Size} shirt"}],
        "slotPriorities": [{"slotName": "Size", "priority": 1}, {"slotName": "Count", "priority": 2}],
        "dialogCodeHook": {"enabled": True},
        "initialResponseSetting": {
            "codeHook": {"enableCodeHookInvocation": True, "isActive": True},
            "nextStep": step("InvokeDialogCodeHook"),
        },
        "intentClosingSetting": {"closingResponse": words("Ordered {Count} {Size}.")},
    }
    write(root / "Bot.json", {"name": "Shop", "identifier": "SHOPBOT001"})
    write(locale / "BotLocale.json", {"identifier": "en_US", "nluConfidenceThreshold": 0.4})
    write(locale / "Intents" / "OrderShirt" / "Intent.json", order)
    for name, kind in (("Size", "SizeType"), ("Count", "AMAZON.Number")):
        elicitation: Document = {
            "slotConstraint": "Required",
            "promptSpecification": {**words(f"{name}?"), "maxRetries": 1},
        }
        slot: Document = {"name": name, "slotTypeName": kind, "valueElicitationSetting": elicitation}
        write(locale / "Intents" / "OrderShirt" / "Slots" / name / "Slot.json", slot)
    greet: Document = {"name": "Greet", "sampleUtterances": [{"utterance": "good day to you"}]}
    write(locale / "Intents" / "Greet" / "Intent.json", greet)
    fallback: Document = {"name": "FallbackIntent", "parentIntentSignature": "AMAZON.FallbackIntent"}
    write(locale / "Intents" / "FallbackIntent" / "Intent.json", fallback)
    values: list[JsonValue] = [{"sampleValue": {"value": value}} for value in ("small", "large")]
    setting: Document = {"resolutionStrategy": "TOP_RESOLUTION"}
    sizes: Document = {"name": "SizeType", "slotTypeValues": values, "valueSelectionSetting": setting}
    write(locale / "SlotTypes" / "SizeType" / "SlotType.json", sizes)
    return root


def omnilex_bot(*arguments: str | Path, heard: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.lex.console", *map(str, arguments)]
    return subprocess.run(command, input=heard, capture_output=True, text=True, env=os.environ, timeout=60, check=False)


def test_a_workbench_set_gives_intent_and_slot_accuracy_and_its_conversations(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "set.csv"
    file.write_text(
        HEAD + "1,1,User,order a large shirt,OrderShirt,Size = large,\n"
        "2,1,Agent,Count?,,,\n"
        "3,1,User,3,OrderShirt,Size = Large,Count = 3\n"
        "4,2,User,i want a shirt,OrderShirt,,\n"
        "5,2,User,small,OrderShirt,Size = large,\n"
        "6,,User,good day to you,Greet,,\n",
        encoding="utf-8",
    )
    done = omnilex_bot("test", shop, "--set", file, "--json", "--fail-under", "0.7")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["utterances"], report["intentAccuracy"], report["slotAccuracy"]) == (5, 1.0, 0.75)
    assert report["conversations"] == [
        {"conversation": "1", "turns": 2, "right": 2},
        {"conversation": "2", "turns": 2, "right": 1},
    ]
    assert omnilex_bot("test", shop, "--set", file, "--fail-under", "0.9").returncode == 1


@pytest.mark.parametrize("head", ["", "utterance,intent\n"])
def test_a_plain_list_shows_confusions_and_misses(shop: Path, tmp_path: Path, head: str) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        f"{head}i want a shirt,OrderShirt\ngood day to you,OrderShirt\nquantum zebra orchestra,Greet\n"
        "quantum zebra orchestra,FallbackIntent\n",
        encoding="utf-8",
    )
    done = omnilex_bot("test", shop, "--set", file)
    assert done.returncode == 0, done.stderr
    assert "intent accuracy  50.0%  (2 of 4)" in done.stdout
    assert "1 × OrderShirt taken for Greet" in done.stdout
    assert "'quantum zebra orchestra' (Greet)" in done.stdout


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEAD + "1,1,User,hello,Nothing,,\n", "line 2"),
        (HEAD + "1,1,User,i want a shirt,OrderShirt,Size large,\n", "line 2"),
        (HEAD + "1,1,User,i want a shirt,OrderShirt,Colour = red,\n", "line 2"),
        (HEAD + "1,1,Robot,i want a shirt,OrderShirt,,\n", "line 2"),
        (HEAD + "\n1,1,User,,OrderShirt,,\n", "line 3"),
        ("i want a shirt,OrderShirt\nalone\n", "line 2"),
        ("", "holds no utterance"),
    ],
)
def test_a_fault_in_a_set_names_its_line(tmp_path: Path, content: str, line: str) -> None:
    file = tmp_path / "set.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(TestSetError, match=line):
        read_set(file, {"OrderShirt": ["Size"], "Greet": []})


def test_a_bot_or_a_set_that_is_not_there_is_said(shop: Path, tmp_path: Path) -> None:
    assert "There is no bot" in omnilex_bot("chat", "Nobody").stderr
    done = omnilex_bot("test", shop, "--set", tmp_path / "none.csv")
    assert (done.returncode, "cannot be read" in done.stderr) == (1, True)


def test_a_chat_says_that_a_text_is_too_long_and_goes_on(shop: Path) -> None:
    done = omnilex_bot("chat", shop, heard=f"order a large shirt{'!' * 1024}\norder a large shirt\n")
    assert "error: The text has 1043 characters; Lex takes 1024 at most." in done.stdout
    assert done.stdout.count("intent OrderShirt") == 1


def test_a_chat_from_a_pipe_shows_intent_slots_and_what_comes_next(shop: Path) -> None:
    done = omnilex_bot("chat", shop, heard="order a large shirt\n3\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("This bot asks its code hook, and none is called here")
    assert "> order a large shirt\nCount?\n  intent OrderShirt 1.00 (InProgress)" in done.stdout
    assert "slots  Size = large, Count = –" in done.stdout
    assert "next   ElicitSlot Count" in done.stdout
    assert "Ordered 3 large." in done.stdout
    assert "next   Close" in done.stdout


@pytest.fixture
def hook() -> Iterator[str]:
    """A code hook that turns every request down."""
    app = FastAPI()

    async def refuse(event: Document) -> Document:
        said: Document = {"contentType": "PlainText", "content": "We are closed."}
        state: Document = {"name": "OrderShirt", "state": "Failed"}
        return {"sessionState": {"dialogAction": {"type": "Close"}, "intent": state}, "messages": [said]}

    app.add_api_route("/", refuse, methods=["POST"])
    with listening(app) as url:
        yield url


def test_the_code_hook_is_called_only_when_it_is_given(shop: Path, hook: str) -> None:
    assert "Size?" in omnilex_bot("chat", shop, heard="i want a shirt\n").stdout
    assert "We are closed." in omnilex_bot("chat", shop, "--code-hook", hook, heard="i want a shirt\n").stdout
