import gzip
import io
import json
import wave
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.media.analysis import Identified, RejectedSource, identify, read_transcript
from services.media.analysis.documents import SIZE_LIMIT
from tests.media.analysis.sounds import noise, save, tone


def refused(path: Path, name: str | None = None) -> RejectedSource:
    with pytest.raises(RejectedSource) as refusal:
        identify(path, name or path.name)
    return refusal.value


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("pcm.wav", "pcm_s16le", 8000),
        ("eight_bit.wav", "pcm_u8", 8000),
        ("mu_law.wav", "pcm_mulaw", 8000),
        ("a_law.wav", "pcm_alaw", 8000),
        ("lossless.flac", "flac", 16000),
        ("tape.mp3", "libmp3lame", 16000),
        ("phone.m4a", "aac", 16000),
        ("chat.ogg", "libopus", 48000),
        ("browser.webm", "libopus", 48000),
    ],
)
def test_audio_is_known_by_its_bytes(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = save(tmp_path / name, tone(2, rate), codec=codec, rate=rate)
    found = identify(path, "without-ending")
    assert found.kind == "audio"
    assert found.channels == 1
    assert found.sample_rate == rate
    assert found.duration == pytest.approx(2, abs=0.1)


def test_two_channels_are_counted(tmp_path: Path) -> None:
    path = save(tmp_path / "two.wav", np.stack([tone(1), noise(1)]), codec="pcm_s16le")
    assert identify(path, path.name) == Identified("audio", 1.0, 2, 8000, "pcm_s16le", media_type="audio/wav")


def test_amr_is_known(tmp_path: Path) -> None:
    """A frame at 12.2 kbit/s (type 7, header 0x3C) takes 32 bytes and holds 20 ms: 100 of them are 2 s."""
    path = tmp_path / "voice.amr"
    path.write_bytes(b"#!AMR\n" + (b"\x3c" + bytes(31)) * 100)
    assert identify(path, path.name) == Identified("audio", 2.0, 1, 8000, "amrnb", None)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()
    assert refused(path).code == "empty"


def test_text_named_wav_is_refused_as_text(tmp_path: Path) -> None:
    path = tmp_path / "note.wav"
    path.write_text("Dear Sir or Madam, I never got my card.")
    refusal = refused(path)
    assert (refusal.code, refusal.sentence) == ("not_audio", "The file is named .wav but holds text.")


def test_text_of_another_name_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("Dear Sir or Madam")
    assert refused(path).code == "unknown_text"


def test_bytes_that_are_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(bytes(range(256)) * 64)
    assert refused(path).code == "not_audio"


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "ffconcat version 1.0\nfile secret.wav\n"]
)
def test_a_playlist_does_not_open_other_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.mp3"
    path.write_text(text)
    assert refused(path).code == "not_audio"
    path.write_bytes(text.encode() + bytes(100))
    assert refused(path).code == "not_audio"


def test_a_recording_of_which_the_end_is_missing_is_refused(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.wav", tone(10), codec="pcm_s16le")
    path = tmp_path / "cut.wav"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    refusal = refused(path)
    assert refusal.code == "truncated"
    assert refusal.sentence == "The recording is cut off: 5.0 s of 10.0 s are there."


def test_a_container_cut_before_its_index_is_refused(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.m4a", tone(5, 16000), codec="aac", rate=16000)
    path = tmp_path / "cut.m4a"
    path.write_bytes(whole.read_bytes()[:4000])
    assert refused(path).code == "truncated"


def test_a_wave_file_written_to_a_pipe_has_no_length_and_is_accepted(tmp_path: Path) -> None:
    raw = bytearray(save(tmp_path / "whole.wav", tone(2), codec="pcm_s16le").read_bytes())
    at = raw.index(b"data") + 4
    raw[at : at + 4] = b"\xff\xff\xff\xff"
    path = tmp_path / "piped.wav"
    path.write_bytes(raw)
    assert identify(path, path.name).duration == pytest.approx(2, abs=0.05)


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert refused(path).code == "no_audio_track"


@pytest.mark.parametrize(("samples", "code"), [(0, "no_samples"), (1600, "too_short")])
def test_a_recording_without_room_for_a_word_is_refused(tmp_path: Path, samples: int, code: str) -> None:
    path = tmp_path / "short.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * samples))
    assert refused(path).code == code


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"jobName": "j", "results": {"items": []}}, "transcribe"),
        ({"message-version": "2.0", "sessionId": "s", "timestamp": "2026-01-02T03:04:05Z"}, "lex_log"),
        ({"messageVersion": "1.0", "botName": "b", "timestamp": "2026-01-02T03:04:05Z"}, "lex_log"),
        ({"schema_name": "omnilex/1"}, "result"),
        ({"Transcript": [], "Participants": []}, "call_analytics"),
        ({"Transcript": [], "InitialContactId": "c"}, "connect_chat"),
    ],
)
def test_documents_are_known_by_their_shape(tmp_path: Path, document: object, kind: str) -> None:
    path = tmp_path / "any.bin"
    path.write_text(json.dumps(document))
    assert identify(path, path.name).kind == kind


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"results": ', "corrupt_json"),
        ('{"results": {}}\n{"broken', "corrupt_json"),
        ("[" * 100_000, "corrupt_json"),
        ('{"hello": 1}', "unknown_json"),
        ("[1, 2]", "unknown_json"),
        ('{"Transcript": []}', "unknown_json"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert refused(path).code == code


def test_a_document_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b"[" + b" " * SIZE_LIMIT + b"]")
    assert refused(path).code == "too_large"


def test_a_gzip_bomb_is_refused_within_bounds(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with gzip.open(packed, "wb", compresslevel=9) as file:
        for _ in range(SIZE_LIMIT // 2**20 + 2):
            file.write(bytes(2**20))
    path = tmp_path / "bomb.gz"
    path.write_bytes(packed.getvalue())
    assert path.stat().st_size < 100_000
    assert refused(path).code == "too_large"


def test_broken_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}')[:-6])
    assert refused(path).code == "corrupt_gzip"


_HEADS = [
    b"",
    b"{",
    b"[",
    b"RIFF\x24\x00\x00\x00WAVEfmt ",
    b"fLaC",
    b"OggS",
    b"ID3",
    b"\xff\xfb\x90",
    b"#!AMR\n",
    b"\x1f\x8b\x08",
]


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(head=st.sampled_from([*_HEADS, b"\x1aE\xdf\xa3", b"\x00\x00\x00\x18ftypmp42"]), rest=st.binary(max_size=600))
def test_whatever_the_bytes_the_answer_is_a_kind_or_a_refusal(tmp_path: Path, head: bytes, rest: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(head + rest)
    try:
        found = identify(path, "any.wav")
    except RejectedSource:
        return
    assert found.kind == "audio" or read_transcript(found.kind, path)


_KEYS = (
    "results items jobName type start_time alternatives channel_labels messages speaker_labels segments timestamp "
    "sessionId message-version schema_name turns"
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS.split()), inner, max_size=5),
    max_leaves=25,
)


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=_JSON, more=_JSON)
def test_hostile_documents_are_read_or_refused(tmp_path: Path, results: object, more: object) -> None:
    path = tmp_path / "any.json"
    documents = [{"jobName": "j", "results": results}, {"results": {"items": results}}]
    documents += [{"message-version": "2.0", "sessionId": "s", "timestamp": more, "messages": results}, results]
    for document in documents:
        path.write_text(json.dumps(document))
        with suppress(RejectedSource):
            assert read_transcript(identify(path, path.name).kind, path).kind in {"call", "chat"}
