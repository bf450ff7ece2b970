"""Spoken utterances of the hand-written bots: `python -m bench.lex.speech` (ten minutes).

eSpeak NG says them in five voices; PocketSphinx hears them with the model of its package and with the bot's own.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder

from bench.lex.bots import Bot, trade
from services.lex.nlu.classifier import IntentClassifier
from services.lex.ports import Phrases, Sound, Transcript
from services.lex.speech.spelled_out import spoken as words_of
from services.lex.speech.sphinx import hear
from tests.lex.voices import spoken

TRADES = ("bank", "shop", "clinic")
VOICES = ("en-us", "en-us+f3", "en-us+m3", "en-us+m1", "en-us+f2")
SPEEDS = (140, 160, 175)
ACCEPTED = 0.4
RATE = 16_000


@dataclass(frozen=True, slots=True)
class Said:
    """`intent` is None for a text of no intent."""

    text: str
    intent: str | None
    samples: NDArray[np.int16]


@dataclass(slots=True)
class Score:
    utterances: int = 0
    right: int = 0
    typed_right: int = 0
    words: int = 0
    wrong: int = 0
    confidence: float = 0.0


class PackageModel:
    """PocketSphinx as the package sets it up, with the limits that recordings are transcribed with."""

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=RATE, loglevel="FATAL", maxhmmpf=3000, maxwpf=8)

    def __call__(self, sound: Sound, phrases: Phrases) -> Transcript:
        self._decoder.start_utt()
        self._decoder.process_raw(sound.samples.tobytes(), full_utt=True)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return Transcript("", 0.0)
        sure = [segment.prob for segment in self._decoder.seg() if segment.word[:1].isalnum()]
        return Transcript(self._decoder.hyp().hypstr, sum(sure) / max(len(sure), 1))


def utterances(bot: Bot) -> dict[str, list[Said]]:
    training = [(text, intent) for intent, texts in bot.train.items() for text in texts[::3]]
    kinds: dict[str, Sequence[tuple[str, str | None]]] = {
        "training utterances": training,
        "other words": bot.tests[::2],
        "foreign": [(text, None) for text in bot.foreign[:20]],
    }
    return {kind: list(_said(texts)) for kind, texts in kinds.items()}


def _said(texts: Sequence[tuple[str, str | None]]) -> Iterator[Said]:
    for number, (text, intent) in enumerate(texts):
        voice, speed = VOICES[number % len(VOICES)], SPEEDS[number % len(SPEEDS)]
        yield Said(text, intent, spoken(text, rate=RATE, voice=voice, words_a_minute=speed))


def main() -> None:
    bots = [trade(name) for name in TRADES]
    said = [utterances(bot) for bot in bots]
    print("| heard with | utterances | intent right | typed | words wrong | confidence | time of audio (CPU) |")
    print("|---|---|---|---|---|---|---|")
    for name, recogniser in (("the package's model", PackageModel()), ("the bot's texts", hear)):
        scores: dict[str, Score] = {}
        began, seconds = time.process_time(), 0.0
        for bot, kinds in zip(bots, said, strict=True):
            classifier = IntentClassifier({i: [[text] for text in texts] for i, texts in bot.train.items()}, "en_US")
            phrases = Phrases(f"{bot.name} {name}", tuple(text for texts in bot.train.values() for text in texts))
            for kind, each in kinds.items():
                for entry in each:
                    seconds += len(entry.samples) / RATE
                    heard = recogniser(Sound(entry.samples, RATE), phrases)
                    _count(scores.setdefault(kind, Score()), entry, heard, classifier)
        pace = (time.process_time() - began) / seconds
        for kind, score in scores.items():
            right, typed, wrong = (
                f"{100 * part / whole:.0f} %"
                for part, whole in (
                    (score.right, score.utterances),
                    (score.typed_right, score.utterances),
                    (score.wrong, score.words),
                )
            )
            sure = score.confidence / score.utterances
            print(f"| {name} | {kind}, {score.utterances} | {right} | {typed} | {wrong} | {sure:.2f} | {pace:.2f} |")


def _count(score: Score, entry: Said, heard: Transcript, classifier: IntentClassifier) -> None:
    wanted = words_of(entry.text)
    score.utterances += 1
    score.right += _intent(heard.text, classifier) == entry.intent
    score.typed_right += _intent(entry.text, classifier) == entry.intent
    score.words += len(wanted)
    score.wrong += _edits(wanted, heard.text.split())
    score.confidence += heard.confidence or 0.0


def _intent(text: str, classifier: IntentClassifier) -> str | None:
    best = classifier.ranked(text)[0] if text else None
    return best.intent if best and best.confidence >= ACCEPTED else None


def _edits(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Words to insert, leave out or replace (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(wanted, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(heard, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (word != other))
    return row[-1]


if __name__ == "__main__":
    main()
