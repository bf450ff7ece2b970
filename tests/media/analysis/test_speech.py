import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from services.media.analysis import RejectedSource, Transcript, identify, transcribe
from services.media.analysis.activity import Stretch, cut_out, joined, speech_stretches
from services.media.analysis.loudness import measure, per_second
from services.media.analysis.speech import transcribe_with
from shared.schemas.interaction import Word
from tests.media.analysis.builders import settings
from tests.media.analysis.sounds import Samples, noise, save, silence, tone, voice

RATE = 8000


class EveryHalfSecond:
    """Hears a word in each half second, whatever is said."""

    name = "Every half second"
    caution = None
    longest = 0.0

    def __init__(self) -> None:
        self.levels: list[float] = []

    def words(self, samples: NDArray[np.int16], language: str) -> list[Word]:
        if len(samples):
            self.levels.append(float(np.sqrt(np.mean((samples / 32768.0) ** 2))))
        starts = np.arange(0, len(samples) / 16000 - 0.5, 0.5)
        return [Word(text="word", start=float(at), end=float(at) + 0.4, confidence=0.5) for at in starts]


def low(seconds: float, seed: int = 1) -> Samples:
    return voice(seconds, pitch=110, tract=0.9, seed=seed)


def high(seconds: float, seed: int = 2) -> Samples:
    return voice(seconds, pitch=215, tract=1.15, seed=seed)


def conversation() -> Samples:
    """Low from 1 to 5 s, high from 6 to 10 s, low from 11 to 15 s, with a little noise on the line."""
    parts = [silence(1), low(4), silence(1), high(4), silence(1), low(4, seed=3), silence(1)]
    line = np.concatenate(parts)
    return line + noise(len(line) / RATE, level=0.0005)


def heard(tmp_path: Path, samples: Samples, *, codec: str = "pcm_s16le", **given: object) -> Transcript:
    path = save(tmp_path / "call.wav", samples, codec=codec)
    return transcribe_with(EveryHalfSecond(), path, identify(path, path.name), "en-US", settings=settings(**given))


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_mulaw", "pcm_u8"])
def test_two_voices_on_one_channel_are_told_apart(tmp_path: Path, codec: str) -> None:
    found = heard(tmp_path, conversation(), codec=codec)
    assert found.separation == "voice"
    assert found.separation_confidence > 0.7
    first, second = found.utterances
    assert all(0.8 < one.start < 5.2 or 10.6 < one.start < 15.2 for one in first.words)
    assert all(5.6 < one.start < 10.4 for one in second.words)
    assert found.duration == pytest.approx(16, abs=0.01)


def test_one_voice_is_one_speaker(tmp_path: Path) -> None:
    found = heard(tmp_path, np.concatenate([low(6), silence(1), low(6, seed=5)]) + noise(13, level=0.0005))
    assert (found.separation, [one.speaker for one in found.utterances]) == ("single", ["spk_0"])


def test_two_different_channels_are_two_speakers(tmp_path: Path) -> None:
    """Both talk at the same time from 2 to 4 s; by channel each keeps its own words."""
    left = np.concatenate([low(4), silence(4)]) + noise(8, level=0.0005)
    right = np.concatenate([silence(2), high(4), silence(2)]) + noise(8, level=0.0005, seed=2)
    found = heard(tmp_path, np.stack([left, right]))
    assert found.separation == "channel"
    spans = {one.speaker: (one.start, one.end) for one in found.utterances}
    assert spans["ch_0"][0] < 0.3
    assert 1.7 < spans["ch_1"][0] < 2.3
    assert spans["ch_1"][1] > 5.3


def test_identical_channels_are_mono_and_said_so(tmp_path: Path) -> None:
    line = conversation()
    found = heard(tmp_path, np.stack([line, 0.5 * line]))
    assert found.separation == "voice"
    assert "Both channels of the recording carry the same sound; it was analysed as mono." in found.warnings


def test_of_a_dead_channel_nothing_is_made(tmp_path: Path) -> None:
    found = heard(tmp_path, np.stack([silence(16), conversation()]))
    assert found.warnings[0] == "Channel 0 of the recording is silent; only the other one was analysed."
    assert {one.speaker for one in found.utterances} == {"spk_0", "spk_1"}


def test_speaker_separation_type_decides_for_stereo(tmp_path: Path) -> None:
    left = np.concatenate([low(4), silence(5)]) + noise(9, level=0.0005)
    right = np.concatenate([silence(5), high(4)]) + noise(9, level=0.0005, seed=2)
    kinds = {
        kind: heard(tmp_path, np.stack([left, right]), speaker_separation_type=kind).separation
        for kind in ("auto", "channel", "speaker")
    }
    assert kinds == {"auto": "channel", "channel": "channel", "speaker": "voice"}
    mono = heard(tmp_path, conversation(), speaker_separation_type="channel")
    assert mono.warnings == ["The recording has one channel; the speakers cannot be told apart by channel."]


def test_max_speakers_limits_the_voices(tmp_path: Path) -> None:
    third = voice(4, pitch=320, tract=1.4, seed=7)
    line = np.concatenate([one for part in (low(4), high(4), third) * 2 for one in (part, silence(1))])
    line = line + noise(len(line) / RATE, level=0.0005)
    assert len(heard(tmp_path, line).utterances) == 2
    assert len(heard(tmp_path, line, max_speakers=3).utterances) == 3


@pytest.mark.parametrize("samples", [silence(5), tone(5)], ids=["silence", "tone"])
def test_a_recording_without_speech_gives_no_words_and_says_so(tmp_path: Path, samples: Samples) -> None:
    found = heard(tmp_path, samples)
    assert found.utterances == []
    assert found.warnings == ["No words were recognised in the recording."]


def test_quiet_speech_is_brought_to_the_level_that_recognisers_expect(tmp_path: Path) -> None:
    """The speech is at about -46 dBFS; -20 dBFS is 0.1 of full scale."""
    path = save(tmp_path / "quiet.wav", 0.05 * conversation(), codec="pcm_s16le")
    recogniser = EveryHalfSecond()
    transcribe_with(recogniser, path, identify(path, path.name), "en-US", settings=settings())
    assert all(0.05 < level < 0.2 for level in recogniser.levels)


def test_pocketsphinx_hears_words_in_a_child_process(tmp_path: Path) -> None:
    path = save(
        tmp_path / "call.wav",
        np.concatenate([silence(1), low(1.5), silence(1)]) + noise(3.5, level=0.0005),
        codec="pcm_mulaw",
    )
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(transcribe, path, identify(path, path.name), "en-US", settings()).result()
    assert found.transcriber == "PocketSphinx"
    assert found.utterances
    assert found.warnings == ["The words were recognised by PocketSphinx: expect many wrong words."]
    words = found.utterances[0].words
    assert all(0.5 < one.start <= one.end < 3 and 0 <= (one.confidence or 0) <= 1 for one in words)


def test_pocketsphinx_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    path = save(tmp_path / "call.wav", low(1), codec="pcm_s16le")
    with pytest.raises(RejectedSource) as refusal:
        transcribe(path, identify(path, path.name), "es-US", settings())
    assert refusal.value.code == "language_not_supported"


def test_loudness_by_hand(tmp_path: Path) -> None:
    """A sine of amplitude 0.5 has the power 0.5^2 / 2 = 0.125: 10 log10 0.125 = -9.0 dBFS. Silence has none."""
    path = save(tmp_path / "call.wav", np.concatenate([tone(1, level=0.5), silence(1)]), codec="pcm_s16le")
    loud = per_second(path, by_channel=False)["ch_0"]
    assert loud[0] == pytest.approx(-9.0, abs=0.1)
    assert loud[1] is None or loud[1] < -50
    stereo = save(tmp_path / "two.wav", np.stack([tone(1, level=0.5), tone(1, level=0.05)]), codec="pcm_s16le")
    assert [row[0] for row in per_second(stereo, by_channel=True).values()] == pytest.approx([-9.0, -29.0], abs=0.2)


def test_gaps_in_a_stream_are_kept_as_silence(tmp_path: Path) -> None:
    """AMR marks 20 ms without data by a frame of type 15 (0x7C); 50 of them between speech last a second."""
    speech = (b"\x3c" + bytes(31)) * 50
    path = tmp_path / "voice.amr"
    path.write_bytes(b"#!AMR\n" + speech + b"\x7c" * 50 + speech)
    assert measure(path, stereo=False).power.shape[1] == pytest.approx(300, abs=5)


def test_stretches_are_cut_out_of_blocks_as_they_come() -> None:
    line = np.arange(16000 * 4, dtype=np.int64) % 30000
    blocks = [np.stack([part, -part]).astype(np.int16) for part in np.array_split(line, 7)]
    wanted = [Stretch(0, 10, 150), Stretch(1, 100, 120), Stretch(0, 300, 400), Stretch(1, 130, 390)]
    cut = dict(cut_out(iter(blocks), wanted))
    assert set(cut) == set(wanted)
    for stretch, samples in cut.items():
        sign = -1 if stretch.channel else 1
        assert np.array_equal(samples, sign * line[stretch.begin * 160 : stretch.end * 160])


def test_long_speech_is_cut_at_its_quietest_place() -> None:
    levels = np.full(4000, -60, np.float32)
    levels[500:3000] = -20
    levels[1600] = -30
    stretches = speech_stretches(levels, 0)
    assert stretches[0] == Stretch(0, 485, 1600)
    assert all(one.end - one.begin <= 1500 for one in stretches)
    assert stretches[-1].end == 3015


def test_stretches_are_joined_up_to_a_length() -> None:
    stretches = [Stretch(0, 0, 500), Stretch(0, 600, 1000), Stretch(0, 1100, 1500), Stretch(1, 0, 100)]
    assert joined(stretches, 10.0) == [Stretch(0, 0, 1000), Stretch(0, 1100, 1500), Stretch(1, 0, 100)]
    assert joined(stretches, 0.0) == stretches
