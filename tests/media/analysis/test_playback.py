"""The copy for people: when there is one, that it is the same recording, and that what is hidden is not to be heard."""

from pathlib import Path

import numpy as np
import pytest

from services.media.analysis import Identified, Transcript, build_interaction, identify, write_copy
from services.media.analysis.playback import quieted, recording_of
from services.media.analysis.recording import decoded
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Recording, Silence, Word
from tests.media.analysis.builders import settings, spoken, subject
from tests.media.analysis.sounds import Samples, noise, save, silence, tone, voice

PLAYABLE = Identified("audio", duration=60, channels=1, sample_rate=8000, codec="mp3", media_type="audio/mpeg")
WANTS_COPY = Recording(media_type="audio/mpeg", copied="not_playable")


def samples_of(path: Path, *, stereo: bool = False) -> Samples:
    return np.concatenate(list(decoded(path, stereo=stereo)), axis=1) / 32768.0


@pytest.mark.parametrize(
    ("name", "codec", "rate", "media_type"),
    [
        ("call.wav", "pcm_s16le", 8000, "audio/wav"),
        ("call.wav", "pcm_u8", 8000, "audio/wav"),
        ("call.mp3", "libmp3lame", 16000, "audio/mpeg"),
        ("call.m4a", "aac", 16000, "audio/mp4"),
        ("call.flac", "flac", 16000, "audio/flac"),
        ("call.ogg", "libopus", 16000, "audio/ogg"),
        ("call.webm", "libopus", 16000, "audio/webm"),
        ("call.wav", "pcm_mulaw", 8000, None),
        ("call.wav", "pcm_alaw", 8000, None),
        ("call.wav", "adpcm_ms", 8000, None),
        ("call.wav", "adpcm_ima_wav", 8000, None),
        ("call.wav", "pcm_f32le", 8000, None),
        ("call.amr", "libopencore_amrnb", 8000, None),
        ("call.mkv", "libopus", 16000, None),
        ("call.aac", "aac", 16000, None),
        ("call.m4a", "alac", 16000, None),
    ],
)
def test_what_browsers_do_not_play_is_copied(
    tmp_path: Path, name: str, codec: str, rate: int, media_type: str | None
) -> None:
    path = save(tmp_path / name, voice(2, pitch=110, tract=0.9, rate=rate), codec=codec, rate=rate)
    found = identify(path, name)
    assert found.media_type == media_type
    wanted = Recording(media_type=media_type) if media_type else WANTS_COPY
    assert recording_of(found, [spoken("spk_0", ("hello", 0.2, 0.5))]) == wanted


def test_the_copy_is_the_recording(tmp_path: Path) -> None:
    """Channels apart, no drift: silence and tones begin at the same 20 ms as in the original."""
    left = np.concatenate([silence(2), tone(1, hertz=500), silence(61), tone(1, hertz=500), silence(1)])
    right = np.concatenate([tone(1, hertz=900), silence(65)])
    source = save(tmp_path / "call.wav", np.stack([left, right]), codec="pcm_mulaw")
    target = tmp_path / "copy.mp3"
    write_copy(source, target, stereo=True, silenced=[])
    assert identify(target, target.name).media_type == "audio/mpeg"
    before, after = samples_of(source, stereo=True), samples_of(target, stereo=True)
    assert after.shape[1] == pytest.approx(before.shape[1], abs=3200)
    for channel, (begin, end) in ((0, (2, 3)), (0, (64, 65)), (1, (0, 1))):
        loud = np.flatnonzero(
            np.abs(after[channel, int((begin - 0.5) * 16000) if begin else 0 : (end + 1) * 16000]) > 0.1
        )
        first = loud / 16000 + (begin - 0.5 if begin else 0)
        assert first.min() == pytest.approx(begin, abs=0.02)
        assert first.max() == pytest.approx(end, abs=0.02)


def test_hidden_words_are_silent_in_the_samples(tmp_path: Path) -> None:
    """The other words are as they were, and both channels are silent: the other side may have said it again."""
    line = voice(20, pitch=110, tract=0.9) + noise(20, level=0.01)
    source = save(tmp_path / "call.wav", np.stack([line, 0.8 * line[::-1]]), codec="pcm_s16le")
    turn = Utterance(
        speaker="ch_0",
        start=1,
        end=19,
        text="my PIN is [PII:PIN] and my card [PII:CARD] thanks",
        words=[
            Word(text="PIN", start=4.0, end=4.6),
            Word(text="[PII:PIN]", start=5.0, end=6.5),
            Word(text="card", start=9.0, end=9.5),
            Word(text="[PII:CARD]", start=10.0, end=14.0),
            Word(text="thanks", start=17.0, end=18.0),
        ],
    )
    found = identify(source, source.name)
    recording = recording_of(found, [turn])
    assert recording.copied == "redacted"
    assert recording.silenced == [Silence(start=4.75, end=6.75), Silence(start=9.75, end=14.25)]
    target = tmp_path / "copy.mp3"
    write_copy(source, target, stereo=True, silenced=recording.silenced)
    before, after = samples_of(source, stereo=True), samples_of(target, stereo=True)
    for begin, end in ((5.0, 6.5), (10.0, 14.0)):
        part = slice(int(begin * 16000), int(end * 16000))
        assert np.abs(before[:, part]).max() > 0.1
        assert np.abs(after[:, part]).max() < 1e-4
    for begin, end in ((0.5, 4.5), (7.0, 9.5), (14.5, 19.5)):
        part = slice(int(begin * 16000), int(end * 16000))
        assert all(np.corrcoef(before[at, part], after[at, part])[0, 1] > 0.95 for at in (0, 1))


def test_stretches_near_each_other_are_one_and_stay_within_the_recording() -> None:
    words = (("[PII:PIN]", 0.1, 0.5), ("ok", 0.5, 0.6), ("[PII:PIN]", 0.8, 1.0), ("[PII:SSN]", 59.0, 59.9))
    found = recording_of(PLAYABLE, [spoken("a", *words)])
    assert found.silenced == [Silence(start=0, end=1.25), Silence(start=58.75, end=60)]


def test_a_hidden_turn_without_times_of_words_is_silent_as_a_whole() -> None:
    turn = Utterance(speaker="a", start=10, end=12, text="it is [PII]")
    assert recording_of(PLAYABLE, [turn]).silenced == [Silence(start=9.75, end=12.25)]


def test_silence_is_laid_over_the_edges_of_blocks() -> None:
    blocks = [np.full((1, 1000), 7, np.int16) for _ in range(20)]
    stretches = [Silence(start=0.05, end=0.2), Silence(start=0.3, end=0.31), Silence(start=0.32, end=5)]
    line = np.concatenate(list(quieted(iter(blocks), stretches)), axis=1)[0]
    expected = np.full(20000, 7)
    expected[800:3200] = expected[4800:4960] = expected[5120:] = 0
    assert np.array_equal(line, expected)
    assert all((block == 7).all() for block in blocks)


def test_the_result_says_what_is_to_be_played(tmp_path: Path) -> None:
    source = save(tmp_path / "call.wav", voice(12, pitch=110, tract=0.9), codec="pcm_s16le")
    found = identify(source, source.name)
    digits = ["four", *["one"] * 15]
    words = [(word, 1 + 0.5 * at, 1.4 + 0.5 * at) for at, word in enumerate(digits)]
    heard = Transcript(
        kind="call", utterances=[spoken("spk_0", *words, ("thanks", 10.0, 10.4))], separation="single", duration=12
    )
    document = build_interaction(heard, found, subject(), settings(), audio=source)
    assert document.recording == Recording(
        media_type="audio/mpeg", copied="redacted", silenced=[Silence(start=0.75, end=9.15)]
    )
    told = settings(content_redaction_languages="undefined")
    assert build_interaction(heard, found, subject(), told, audio=source).recording == Recording(media_type="audio/wav")
    assert build_interaction(heard, Identified("transcribe"), subject(), told, audio=None).recording is None
