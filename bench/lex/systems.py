"""What can be asked for the intent of a text: the runtime's classifier, the command line's door, another design."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypedDict

from services.lex.nlu.classifier import IntentClassifier

Utterances = Mapping[str, Sequence[str]]
Best = tuple[str, float]
"""The best intent and its confidence."""
System = Callable[[Utterances, Sequence[str]], list[Best]]
"""Learns the utterances and answers each of the texts."""


def ours(utterances: Utterances, texts: Sequence[str]) -> list[Best]:
    """The runtime's own classifier."""
    classifier = IntentClassifier({intent: [[text] for text in given] for intent, given in utterances.items()}, "en_US")
    best = [classifier.ranked(text)[0] for text in texts]
    return [(ranked.intent, ranked.confidence) for ranked in best]


class _Scored(TypedDict):
    intent: str
    score: float


class _Answer(TypedDict):
    interpretations: list[_Scored]


class _Fitted(Protocol):
    def predict_many(self, texts: Sequence[str]) -> list[_Answer]: ...


class _Reference(Protocol):
    def fit(self, utterances: Utterances) -> _Fitted: ...


def reference(path: Path) -> System:
    """The classifier of a Python module, for which `create().fit(utterances).predict_many(texts)` gives answers as
    `omnilex bot classify` does, best first. Raises ImportError."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    create: Callable[[], _Reference] = module.create

    def answers(utterances: Utterances, texts: Sequence[str]) -> list[Best]:
        return [_best(answer) for answer in create().fit(utterances).predict_many(texts)]

    return answers


def door(utterances: Utterances, texts: Sequence[str]) -> list[Best]:
    """`omnilex bot classify --json-lines` in a process of its own. Raises RuntimeError when it refuses."""
    requests: list[dict[str, object]] = [{"op": "fit", "utterances": utterances, "seed": 0}]
    requests += [{"op": "predict", "text": text} for text in texts]
    command = [str(Path(sys.executable).with_name("omnilex")), "bot", "classify", "--json-lines"]
    lines = "".join(f"{json.dumps(request)}\n" for request in requests)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    fitted, *answers = (json.loads(line) for line in done.stdout.splitlines())
    if not fitted.get("ok"):
        raise RuntimeError(f"omnilex bot classify: {fitted}")
    return [_best(answer) for answer in answers]


def _best(answer: _Answer) -> Best:
    first = answer["interpretations"][0]
    return first["intent"], first["score"]
