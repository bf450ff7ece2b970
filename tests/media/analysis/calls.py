"""Made-up telephone calls of which it is known who speaks when: one channel, eSpeak's voices, noise, G.711."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.signal import butter, resample_poly, sosfilt

from services.media.analysis.activity import speech_stretches
from services.media.analysis.loudness import FRAME
from services.media.analysis.voice_features import Window, windows_of
from tests.lex.voices import spoken

RATE = 8000
SAID = (
    "Welcome to customer service, you are speaking with Robin.",
    "Hi, I have been waiting for half an hour, this is ridiculous.",
    "My apologies, we have a lot of calls today. What is it about?",
    "I would like to close my account and move everything somewhere else.",
    "May I ask why?",
    "The fees went up again and nobody told me.",
    "I see. We wrote to all customers in February about the new price list.",
    "I never got any letter.",
    "Let me check which address we have for you.",
    "Twelve Garden Street.",
    "Here it says fourteen Garden Street, so the letter may have gone to your neighbour.",
    "That is terrible, I was standing there in front of everybody like a fool.",
    "I can correct that at once and give you back the fee for the last three months.",
    "Really? That would be nice of you.",
    "It is done, you will see the amount on your statement tomorrow morning.",
    "Alright, then I will stay for now, but please tell me earlier next time.",
    "By the way, with the online account there would be no monthly fee at all.",
    "How does that work, do I need a computer for it or is my phone enough?",
    "Your phone is enough, you sign in with your number and your PIN.",
    "Fine, I will try it this weekend.",
    "If anything is unclear, just call us again.",
    "Okay, thanks a lot, goodbye.",
)


@dataclass(frozen=True)
class Call:
    """`turns` are (begin, end, number of the voice) in seconds."""

    samples: NDArray[np.int16]
    turns: list[tuple[float, float, int]]


@cache
def _say(text: str, voice: str, pace: int) -> NDArray[np.float64]:
    sound = spoken(text, rate=RATE, voice=voice, words_a_minute=pace).astype(np.float64)
    loud = np.flatnonzero(np.abs(sound) > 150)
    return sound[loud[0] : loud[-1] + 1]


def call(voices: Sequence[str], *, seed: int, turns: int = 26, noise: float = 20) -> Call:
    """Turns of 1 to 8 s with pauses of 0.05 to 0.9 s, the second voice up to 8 dB softer or louder.

    `noise` is how many dB it lies below the speech. The band is a telephone's, the samples are G.711's.
    """
    random = np.random.default_rng(seed)
    paces = [int(random.integers(135, 185)) for _ in voices]
    gains = [1.0, 10 ** (random.uniform(-8, 8) / 20)]
    parts: list[NDArray[np.float64]] = []
    spans: list[tuple[float, float, int]] = []
    at, who, line = 0.0, 0, int(random.integers(0, len(SAID)))
    while len(spans) < turns:
        sound = _say(SAID[line % len(SAID)], voices[who], paces[who])
        if random.random() < 0.3:
            more = _say(SAID[line * 7 % len(SAID)], voices[who], paces[who])
            sound = np.concatenate([sound, np.zeros(RATE * 3 // 20), more])
        sound = sound[: 8 * RATE] * gains[who]
        pause = np.zeros(int(random.uniform(0.05, 0.9) * RATE))
        parts += [pause, sound]
        begin = at + len(pause) / RATE
        at = begin + len(sound) / RATE
        spans.append((begin, at, who))
        line += 1
        who = (who + 1) % len(voices) if random.random() < 0.9 else who
    return Call(_telephone(np.concatenate([*parts, np.zeros(RATE)]), noise, random), spans)


def _telephone(line: NDArray[np.float64], noise: float, random: np.random.Generator) -> NDArray[np.int16]:
    line = sosfilt(butter(4, [250, 3500], btype="band", fs=RATE, output="sos"), line)
    line *= 3000 / np.sqrt(np.mean(line[np.abs(line) > 50] ** 2))
    line = np.clip((line + random.normal(0, 3000 * 10 ** (-noise / 20), len(line))) / 32768, -1, 1)
    packed = np.round(np.sign(line) * np.log1p(255 * np.abs(line)) / np.log(256) * 127) / 127
    return np.asarray(np.sign(packed) * (256 ** np.abs(packed) - 1) / 255 * 32767, np.int16)


def windows(heard: Call) -> list[Window]:
    """What the voices are told apart by."""
    samples = np.clip(resample_poly(heard.samples.astype(np.float64), 2, 1), -32767, 32767).astype(np.int16)
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME) / 32768
    decibels = (10 * np.log10(np.maximum(np.mean(frames**2, axis=1), 1e-10))).astype(np.float32)
    stretches = speech_stretches(decibels, 0)
    return [
        window
        for one in stretches
        for window in windows_of(samples[one.begin * FRAME : one.end * FRAME], one.begin / 100)
    ]


def wrong_share(heard: Call, found: Sequence[Window], labels: NDArray[np.intp]) -> float:
    """Share of the time spoken that goes to the wrong voice, under the best naming of the voices, 0..1."""
    middles = np.array([(window.start + window.end) / 2 for window in found])
    moments = np.concatenate([np.arange(begin, end, 0.02) for begin, end, _ in heard.turns])
    true = np.concatenate([np.full(len(np.arange(begin, end, 0.02)), who) for begin, end, who in heard.turns])
    after = np.clip(np.searchsorted(middles, moments), 1, len(middles) - 1)
    nearest = np.where(moments - middles[after - 1] <= middles[after] - moments, after - 1, after)
    counts = np.zeros((int(max(labels.max(), true.max())) + 1,) * 2)
    np.add.at(counts, (labels[nearest], true), 1)
    rows, columns = linear_sum_assignment(-counts)
    return 1 - float(counts[rows, columns].sum()) / len(true)
