from itertools import pairwise

import numpy as np
import pytest

from services.media.analysis.voice_features import Window, windows_of
from services.media.analysis.voices import tell_apart
from tests.media.analysis.calls import call, windows, wrong_share
from tests.media.analysis.sounds import voice

LOW = {"pitch": 110.0, "tract": 0.9}
HIGH = {"pitch": 215.0, "tract": 1.15}


def heard(*kinds: dict[str, float]) -> list[Window]:
    windows: list[Window] = []
    for number, kind in enumerate(kinds):
        samples = voice(4, rate=16000, seed=number, **kind)
        windows += windows_of((samples * 32767).astype(np.int16), 5.0 * number)
    return windows


def test_two_voices_are_told_apart() -> None:
    windows = heard(LOW, HIGH, LOW, HIGH)
    found = tell_apart(windows, 2)
    assert found.count == 2
    assert [int(label) for label in found.labels] == [int(window.start // 5) % 2 for window in windows]
    assert found.confidence > 0.7


def test_one_voice_is_one_voice() -> None:
    assert tell_apart(heard(LOW, LOW, LOW, LOW), 2).count == 1


def test_more_voices_only_if_allowed() -> None:
    third = {"pitch": 320.0, "tract": 1.4}
    windows = heard(LOW, HIGH, third, LOW, HIGH, third)
    assert (tell_apart(windows, 2).count, tell_apart(windows, 3).count) == (2, 3)


def test_too_little_speech_is_one_voice() -> None:
    assert (tell_apart([], 2).count, len(tell_apart([], 2).labels)) == (1, 0)
    assert windows_of(np.zeros(100, np.int16), 0.0) == []


def test_windows_cover_the_stretch() -> None:
    windows = windows_of((voice(3, rate=16000, **LOW) * 32767).astype(np.int16), 10.0)
    assert windows[0].start == 10.0
    assert 12.8 < windows[-1].end <= 13.0
    assert all(later.start < earlier.end for earlier, later in pairwise(windows))


HELD_OUT = (
    ("en-us+norbert", "en-us+Hugo"),
    ("en-us+Mario", "en-us+anika"),
    ("en-gb-x-rp+grandma", "en-us+zac"),
    ("en-us+travis", "en-us+caleb"),
    ("en-us+david", "en-us+f2"),
    ("en-us+benjamin", "en-us+f4"),
)
"""Voices on which nothing was tuned, some pairs of one sex."""


def test_calls_of_two_telephone_voices_are_told_apart() -> None:
    """`python -m bench.media.voices` has more of them. eSpeak's sound is a little different each time."""
    wrong = []
    for number, pair in enumerate(HELD_OUT):
        made = call(pair, seed=9000 + number, noise=(30, 20, 14)[number % 3])
        parts = windows(made)
        found = tell_apart(parts, 2)
        assert found.count == 2, pair
        assert 0.6 <= found.confidence <= 1
        wrong.append(wrong_share(made, parts, found.labels))
    assert max(wrong) < 0.10, wrong
    assert sum(wrong) / len(wrong) < 0.04, wrong


@pytest.mark.parametrize("alone", [pair[0] for pair in HELD_OUT])
def test_one_telephone_voice_stays_one(alone: str) -> None:
    assert tell_apart(windows(call([alone], seed=len(alone), turns=18)), 2).count == 1


def test_windows_without_a_pitch_are_one_voice() -> None:
    unvoiced = [Window(at, at + 1.2, np.append(np.zeros(16), np.nan)) for at in np.arange(0, 20, 0.6)]
    assert tell_apart(unvoiced, 2).count == 1
