"""`omnilex bot classify --json-lines`: the runtime's intent classifier behind standard input and output.

One JSON object a line in, one a line out: `{"op":"info"}`, `{"op":"fit","utterances":{"Intent":["…"]}}` with an
optional `"locale"`, `{"op":"predict","text":"…"}`. What cannot be done is answered with `{"ok":false,"error":"…"}`.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from services.lex.commands.command import Command
from services.lex.nlu.classifier import IntentClassifier
from services.lex.nlu.samples import expand

THRESHOLD = 0.40
LONGEST_TEXT = 10_000
MOST_UTTERANCES = 15_000
_LISTED = 5

Answer = dict[str, JsonValue]


class Refused(Exception):
    """The request cannot be answered; the message says why."""


class Fit(BaseModel):
    """`seed` is accepted and has no effect: training knows no chance."""

    model_config = ConfigDict(strict=True)

    utterances: dict[str, list[str]]
    locale: str = Field(default="en_US", pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,4})?$")
    seed: int = 0


class Predict(BaseModel):
    model_config = ConfigDict(strict=True)

    text: str = Field(max_length=LONGEST_TEXT)


class ScoringDoor:
    """Answers one request at a time; holds the classifier that was fitted last."""

    def __init__(self) -> None:
        self._classifier: IntentClassifier | None = None

    def answer(self, line: str) -> Answer:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise Refused("A request is a JSON object.")
            return self._answer(request)
        except Refused as refusal:
            return {"ok": False, "error": str(refusal)}
        except ValidationError as failure:
            first = failure.errors(include_url=False, include_input=False)[0]
            return {"ok": False, "error": f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"}
        except (ValueError, RecursionError):
            return {"ok": False, "error": "The line is no JSON."}

    def _answer(self, request: dict[str, JsonValue]) -> Answer:
        match request.get("op"):
            case "info":
                return {"ok": True, "name": "omnilex", "version": version("omnilex"), "threshold": THRESHOLD}
            case "fit":
                return self._fit(Fit.model_validate(request))
            case "predict":
                return self._predict(Predict.model_validate(request).text)
        raise Refused("op is one of info, fit and predict.")

    def _fit(self, request: Fit) -> Answer:
        if not request.utterances:
            raise Refused("utterances: at least one intent is needed.")
        if sum(map(len, request.utterances.values())) > MOST_UTTERANCES:
            raise Refused(f"utterances: at most {MOST_UTTERANCES} can be learnt.")
        if any(len(text) > LONGEST_TEXT for texts in request.utterances.values() for text in texts):
            raise Refused(f"utterances: at most {LONGEST_TEXT} characters each.")
        samples = {
            intent: [expand(text, {}, n) for n, text in enumerate(texts)]
            for intent, texts in request.utterances.items()
        }
        self._classifier = IntentClassifier(samples, request.locale)
        return {"ok": True}

    def _predict(self, text: str) -> Answer:
        if self._classifier is None:
            raise Refused("Nothing has been fitted.")
        ranked = self._classifier.ranked(text)[:_LISTED]
        return {
            "interpretations": [{"intent": best.intent, "score": best.confidence} for best in ranked],
            "fallback": ranked[0].confidence < THRESHOLD,
        }


def answers(lines: Iterable[str]) -> Iterator[str]:
    """One line of JSON for each line that is not blank."""
    door = ScoringDoor()
    for line in lines:
        if line.strip():
            yield json.dumps(door.answer(line), ensure_ascii=True)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json-lines", action="store_true", required=True, help="one JSON object a line, in and out")


def _run(_: argparse.Namespace) -> int:
    lines = (line.decode(errors="replace") for line in sys.stdin.buffer)
    for answer in answers(lines):
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    return 0


COMMAND = Command(help="Fit the intent classifier and ask it, over standard input.", arguments=_arguments, run=_run)
