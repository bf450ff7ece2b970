"""The scoring door: one JSON object a line in, one a line out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.lex.commands.classify import LONGEST_TEXT, ScoringDoor, answers
from services.lex.nlu.classifier import IntentClassifier

ROOT = Path(__file__).parents[2]
UTTERANCES = {"Greet": ["hello there", "good morning"], "Leave": ["see you later", "goodbye"]}


def ask(*requests: object) -> list[dict[str, object]]:
    return [json.loads(line) for line in answers(json.dumps(request) for request in requests)]


def fit(**more: object) -> dict[str, object]:
    return {"op": "fit", "utterances": UTTERANCES, **more}


def predict(text: str) -> dict[str, object]:
    return {"op": "predict", "text": text}


def test_info_says_that_it_is_ready() -> None:
    assert ask({"op": "info"})[0]["ok"] is True


def test_a_fitted_door_ranks_as_the_runtime_does() -> None:
    ok, answer = ask(fit(seed=0), predict("good morning"))
    runtime = IntentClassifier({intent: [[t] for t in texts] for intent, texts in UTTERANCES.items()}, "en_US")
    assert ok == {"ok": True}
    assert answer == {
        "interpretations": [
            {"intent": ranked.intent, "score": ranked.confidence} for ranked in runtime.ranked("good morning")
        ],
        "fallback": False,
    }


def test_a_foreign_text_falls_back_and_still_lists_the_candidates() -> None:
    answer = ask(fit(), predict("quantum zebra"))[1]
    assert answer["fallback"] is True
    assert len(answer["interpretations"]) == 2


def test_at_most_five_intents_are_listed() -> None:
    utterances = {f"Intent{n}": [f"word{n} again", f"more word{n}"] for n in range(9)}
    answer = ask({"op": "fit", "utterances": utterances}, predict("word3 again"))[1]
    assert len(answer["interpretations"]) == 5


def test_the_seed_changes_nothing() -> None:
    assert ask(fit(seed=0), predict("morning"))[1] == ask(fit(seed=7), predict("morning"))[1]


def test_a_second_fit_replaces_the_first() -> None:
    last = ask(fit(), {"op": "fit", "utterances": {"Only": ["pizza please"]}}, predict("pizza please"))[2]
    assert last["interpretations"] == [{"intent": "Only", "score": pytest.approx(1, abs=0.01)}]


@pytest.mark.parametrize(
    "utterances",
    [
        {"Only": ["hello there"]},
        {"Empty": [], "Full": ["hello there"]},
        {"Empty": []},
        {"": [""]},
        {"Twice": ["hello", "hello", "hello"], "Again": ["hello"]},
        {"挨拶": ["こんにちは"], "🙂": ["🙂 🙃", "\u200b"]},
        {"Slots": ["pay {Amount} to {Payee}", "{Amount}", "{", "{}"]},
    ],
)
def test_odd_definitions_are_learnt(utterances: dict[str, list[str]]) -> None:
    replies = ask({"op": "fit", "utterances": utterances}, predict("hello there"), predict(""), predict("\x00 \u202e"))
    assert replies[0] == {"ok": True}
    assert all("interpretations" in reply for reply in replies[1:])


@pytest.mark.parametrize(
    "request_",
    [
        predict("nothing is fitted yet"), {"op": "fit"}, {"op": "fit", "utterances": {}},
        {"op": "fit", "utterances": {"A": "text"}}, {"op": "fit", "utterances": {"A": [1]}},
        {"op": "fit", "utterances": {"A": ["x" * 100_000]}}, fit(locale="../../etc"),
        {"op": "other"}, {}, [], "x", None,
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_answered_and_the_door_stays_open(request_: object) -> None:
    refused, info = ask(request_, {"op": "info"})
    assert refused["ok"] is False
    assert refused["error"]
    assert info["ok"] is True


def test_a_text_without_end_is_refused() -> None:
    assert ask(fit(), predict("x" * (LONGEST_TEXT + 1)))[1]["ok"] is False


@settings(max_examples=100, deadline=None)
@given(line=st.text(max_size=200))
def test_no_line_breaks_the_door(line: str) -> None:
    assert ScoringDoor().answer(line)["ok"] is False


def test_it_is_a_command_of_the_console() -> None:
    lines = [json.dumps({"op": "info"}).encode(), b"\xff\xfe", json.dumps(fit()).encode()]
    command = [sys.executable, "-m", "services.lex.console", "classify", "--json-lines"]
    done = subprocess.run(command, input=b"\n".join(lines), capture_output=True, cwd=ROOT, check=True, timeout=60)
    assert [json.loads(line)["ok"] for line in done.stdout.splitlines()] == [True, False, True]


def test_it_starts_without_the_web_framework() -> None:
    code = "import sys, services.lex.commands.classify; sys.exit('fastapi' in sys.modules or 'httpx' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
