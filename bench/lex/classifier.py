"""Build time, time of one classification and memory of the intent classifier against the size of the bot."""

import resource
import subprocess
import sys
import time
from itertools import count

import numpy as np

from bench.lex.bots import TRADES, off_topic, trade
from services.lex.nlu.classifier import IntentClassifier

SIZES = ((15, 10), (80, 20), (77, 30), (150, 20), (100, 100))
_QUERIES = 400
_OPENINGS = ("please", "can you", "i want to", "hello", "i need to", "could you", "i would like to", "hey", "ok", "so")
_MEGABYTE = 1024  # in the kilobytes that the system counts in


def synthetic(intents: int, utterances: int) -> dict[str, list[list[str]]]:
    """A bot of the size asked for, from the phrases of all trades with openings and endings of other phrases."""
    known = [(f"{name}{intent}", texts) for name in TRADES for intent, texts in trade(name).train.items()]
    every = [text for _, texts in known for text in texts]
    samples: dict[str, list[list[str]]] = {}
    for n in range(intents):
        name, texts = known[n % len(known)]
        marks = (
            f"{_OPENINGS[(k + n) % 10]} {texts[k % len(texts)]} {every[(7 * n + 13 * k) % len(every)]}" for k in count()
        )
        unique = dict.fromkeys(next(marks) for _ in range(utterances))
        samples[f"{name}{n}"] = [[text] for text in unique]
    return samples


def measure(intents: int, utterances: int) -> str:
    samples = synthetic(intents, utterances)
    IntentClassifier(synthetic(2, 2), "en_US").ranked("once before the clock runs")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, busy = time.perf_counter(), time.thread_time()
    classifier = IntentClassifier(samples, "en_US")
    built, worked = time.perf_counter() - began, time.thread_time() - busy
    texts = [*off_topic(), *(text for name in TRADES for text, _ in trade(name).tests)]
    took = []
    for n in range(_QUERIES):
        began = time.perf_counter()
        classifier.ranked(texts[n % len(texts)])
        took.append(1000 * (time.perf_counter() - began))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    p50, p99 = np.percentile(took, [50, 99])
    rows = sum(map(len, samples.values()))
    return (
        f"| {rows} ({intents}) | {built:.2f} | {worked:.2f} | {p50:.2f} | {p99:.2f} | "
        f"{(most - before) / _MEGABYTE:.0f} | {most / _MEGABYTE:.0f} |"
    )


def main() -> None:
    """One process for each size, so that memory is its own."""
    print("| utterances (intents) | build s | of it working s | p50 ms | p99 ms | added MB | whole process MB |")
    print("|---|---|---|---|---|---|---|")
    for intents, utterances in SIZES:
        code = f"from bench.lex.classifier import measure; print(measure({intents}, {utterances}))"
        subprocess.run([sys.executable, "-c", code], check=True)


if __name__ == "__main__":
    main()
