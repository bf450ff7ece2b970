from itertools import pairwise

import numpy as np

from services.media.analysis.voices import Window, tell_apart, windows_of
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
