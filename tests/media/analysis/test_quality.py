"""Flags: each at its limit, and none on a recording or a transcript that is as it should be."""

from pathlib import Path

import numpy as np
import pytest

from services.media.analysis import Identified, Transcript, build_interaction, identify
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Interaction, Word
from tests.media.analysis.builders import settings, spoken, subject
from tests.media.analysis.sounds import Samples, save, silence, tone, voice

TALK = [spoken("ch_0", ("hello", 0.0, 2.0)), spoken("ch_1", ("yes", 2.0, 4.0))]


def built(
    *utterances: Utterance, path: Path | None = None, length: float | None = None, **given: object
) -> Interaction:
    transcript = Transcript(kind="call", separation="channel", utterances=list(utterances))
    identified = identify(path, path.name) if path else Identified("transcribe", duration=length)
    return build_interaction(transcript, identified, subject(), settings(**given), audio=path)


def of(tmp_path: Path, samples: Samples, codec: str = "pcm_s16le") -> list[tuple[str, float | None]]:
    found = built(*TALK, path=save(tmp_path / "call.wav", samples, codec=codec))
    return [(flag.code, flag.share) for flag in found.quality]


def speech(seed: int) -> Samples:
    return voice(4, pitch=120 + 60 * seed, tract=0.9 + 0.1 * seed, seed=seed)


def test_a_good_recording_has_no_flag(tmp_path: Path) -> None:
    assert of(tmp_path, np.stack([speech(1), speech(2)])) == []
    assert of(tmp_path, speech(1)) == []
    assert of(tmp_path, np.stack([speech(1), speech(2)]), "pcm_mulaw") == []


def test_a_dead_channel(tmp_path: Path) -> None:
    assert of(tmp_path, np.stack([silence(4), speech(2)])) == [("dead-channel", None)]
    found = built(*TALK, path=save(tmp_path / "both.wav", np.stack([silence(4), silence(4)]), codec="pcm_s16le"))
    assert [flag.sentence for flag in found.quality] == ["Nothing is heard on either channel."]


def test_identical_channels_be_it_at_other_levels(tmp_path: Path) -> None:
    assert of(tmp_path, np.stack([speech(1), 0.5 * speech(1)])) == [("identical-channels", None)]


@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_mulaw", "pcm_alaw"])
def test_clipping_is_the_share_of_what_is_heard(tmp_path: Path, codec: str) -> None:
    """4 s of which the first is a tone twice too loud: about a quarter of the frames is cut off."""
    samples = np.concatenate([tone(1, level=2.0), tone(3, level=0.5)])
    [(code, share)] = of(tmp_path, samples, codec)
    assert code == "clipping"
    assert share == pytest.approx(0.25, abs=0.02)


def test_clipping_in_one_channel_counts(tmp_path: Path) -> None:
    [(code, share)] = of(tmp_path, np.stack([speech(1), np.clip(40 * speech(2), -1, 1)]))
    assert code == "clipping"
    assert share is not None
    assert share > 0.5


def test_silence_is_what_nobody_fills_for_three_seconds_or_more() -> None:
    """10 s with talk in 0-4: 6 s of silence are 0.6, which is just allowed; in 10.1 s it is 6.1 / 10.1 = 0.604."""
    assert built(*TALK, length=10.0).quality == []
    [flag] = built(*TALK, length=10.1).quality
    assert (flag.code, flag.share, flag.sentence) == ("silence", 0.604, "Nobody speaks in 60% of the call.")
    assert built(*TALK, length=10.1, quality_most_silence=0.7).quality == []


def test_low_confidence_is_the_mean_over_known_words() -> None:
    """(0.9 + 0.3) / 2 = 0.6 is just enough; (0.9 + 0.28) / 2 = 0.59 is not. The third word's is not known."""

    def sure(last: float) -> Utterance:
        words = [Word(text=str(at), start=at, end=at + 1, confidence=one) for at, one in enumerate([0.9, last, None])]
        return Utterance(speaker="ch_0", start=0, end=3, text="0 1 2", words=words)

    assert (built(sure(0.3)).quality, built(sure(0.3)).word_confidence) == ([], 0.6)
    [flag] = built(sure(0.28)).quality
    assert (flag.code, flag.share) == ("low-confidence", 0.59)
    assert built(sure(0.28), quality_least_confidence=0.5).quality == []
    assert built(*TALK).word_confidence is None


def test_chats_have_neither_silence_nor_sound() -> None:
    lines = [Utterance(speaker="a", start=0, end=0, text="hi"), Utterance(speaker="b", start=900, end=900, text="yes")]
    chat = Transcript(kind="chat", separation="participant", utterances=lines)
    assert build_interaction(chat, Identified("connect_chat"), subject(), settings(), audio=None).quality == []
