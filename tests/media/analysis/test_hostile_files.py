"""Files that were made to do harm, or that a broken writer left: each gets a reason, none gets much memory or time."""

import gzip
import struct
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from services.media.analysis import RejectedSource, identify, read_transcript
from services.media.analysis.loudness import per_second
from services.media.analysis.recording import decoded
from services.media.analysis.speech import transcribe_with
from shared.schemas.interaction import Word
from tests.media.analysis.builders import settings
from tests.media.analysis.sounds import Samples, noise, save, voice

RATE = 8000
HEARD = (0.3 * voice(5, pitch=110, tract=0.9) * 32767).astype("<i2")


class Deaf:
    """Hears nothing."""

    name = "Deaf"
    caution = None
    longest = 0.0

    def words(self, samples: NDArray[np.int16], language: str) -> list[Word]:
        return []


def wav(
    data: bytes, *, form: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16, size: int | None = None
) -> bytes:
    align = min(channels * bits // 8, 65535)
    fields = struct.pack("<HHIIHH", form, channels, rate, rate * align % 2**32, align, bits)
    length = len(data) if size is None else size
    head = b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", len(fields)) + fields
    return head + b"data" + struct.pack("<I", length) + data


def flac_that_says(tmp_path: Path, samples: int) -> bytes:
    """The count of samples is in the last 36 bits of the 8 bytes at 18 (RFC 9639, 8.2)."""
    data = bytearray(save(tmp_path / "true.flac", HEARD / 32767, codec="flac").read_bytes())
    field = int.from_bytes(data[18:26], "big") >> 36 << 36
    data[18:26] = (field | samples).to_bytes(8, "big")
    return bytes(data)


def movie(path: Path, *, tracks: int, pictures: bool, options: dict[str, str] | None = None) -> Path:
    """An MP4 with audio tracks, the second at half the level, and pictures."""
    with av.open(str(path), "w", options=options or {}) as container:
        streams = [container.add_stream("aac", rate=RATE, layout="mono") for _ in range(tracks)]
        video = container.add_stream("mpeg4", rate=10, width=64, height=64, pix_fmt="yuv420p") if pictures else None
        for level, stream in enumerate(streams):
            frame = av.AudioFrame.from_ndarray((HEARD >> level).reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate = RATE
            context = stream.codec_context
            resampler = av.AudioResampler(context.format, "mono", RATE, context.frame_size)
            for part in [*resampler.resample(frame), *resampler.resample(None), None]:
                container.mux(stream.encode(part))
        if video is not None:
            for _ in range(20):
                container.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
            container.mux(video.encode(None))
    return path


def refused(tmp_path: Path, name: str, data: bytes) -> str:
    path = tmp_path / "held"
    path.write_bytes(data)
    with pytest.raises(RejectedSource) as refusal:
        found = identify(path, name)
        assert found.kind != "audio", found
        read_transcript(found.kind, path)
    assert refusal.value.sentence.endswith(".")
    return refusal.value.code


def warnings(path: Path) -> list[str]:
    found = identify(path, path.name)
    assert found.kind == "audio"
    return transcribe_with(Deaf(), path, found, "en-US", settings=settings()).warnings


SOUND = HEARD.tobytes()
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (wav(b""), "no_samples"),
        (wav(b"\1\0"), "too_short"),
        (wav(SOUND, channels=0), "no_samples"),
        (wav(SOUND * 300, channels=100), "too_many_channels"),
        (wav(SOUND * 300, channels=65535), "no_samples"),
        (wav(SOUND, rate=1), "sample_rate"),
        (wav(SOUND, rate=2**31 - 1), "sample_rate"),
        (wav(SOUND, rate=2**32 - 1), "truncated"),
        (wav(SOUND, bits=0), "unknown_codec"),
        (wav(SOUND, bits=255), "unknown_codec"),
        (wav(SOUND, form=0x9999), "unknown_codec"),
        (wav(SOUND, size=10**9), "truncated"),
        (wav(SOUND, size=100), "too_short"),
        (np.random.default_rng(3).bytes(4 * MIB), "not_audio"),
        (b"\xff\xfb\x90\x00" * 40 + np.random.default_rng(3).bytes(4 * MIB), "not_audio"),
        (b"#EXTM3U\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "not_audio"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "not_audio"),
        (b"\0" * MIB, "not_audio"),
    ],
    ids=[
        "nothing",
        "no samples",
        "one sample",
        "no channels",
        "100 channels",
        "65535 channels",
        "1 Hz",
        "2 GHz",
        "4 GHz",
        "no bits",
        "255 bits",
        "unknown form",
        "says it is longer",
        "says it is shorter",
        "noise",
        "noise that begins as an MP3",
        "playlist",
        "list of files",
        "zeros",
    ],
)
def test_bytes_that_are_no_recording_say_why(tmp_path: Path, data: bytes, code: str) -> None:
    assert refused(tmp_path, "call.wav", data) == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[" * 33 * MIB, "too_large"),
        (b"[" * MIB, "corrupt_json"),
        (b'{"a":' * 200_000, "corrupt_json"),
        (b"[[],[]" + b",[]" * 2_000_000 + b"]", "too_large"),
        (b"[]\n" * 2_000_000, "too_large"),
        (b"{}" * 2_000_001, "too_large"),
        (b'{"a":' + b"9" * 4 * MIB + b"}", "corrupt_json"),
        (b'{"a":1e999999999}', "unknown_json"),
        (gzip.compress(b"[" * 64 * MIB), "too_large"),
        (gzip.compress(b"\0" * 64 * MIB), "too_large"),
        (gzip.compress(gzip.compress(b"[" * 64 * MIB)), "corrupt_json"),
        (gzip.compress(b"{}")[:-6], "corrupt_gzip"),
    ],
    ids=[
        "33 MiB of brackets",
        "a MiB of brackets",
        "200,000 objects deep",
        "2 million lists",
        "2 million lines",
        "2 million objects",
        "4 MiB of digits",
        "number beyond all",
        "packed brackets",
        "packed zeros",
        "packed twice",
        "half a packed file",
    ],
)
def test_json_and_gzip_bombs_do_not_go_off(tmp_path: Path, data: bytes, code: str) -> None:
    assert refused(tmp_path, "call.json", data) == code


def test_flac_that_lies_about_its_length(tmp_path: Path) -> None:
    assert refused(tmp_path, "call.flac", flac_that_says(tmp_path, 500 * RATE)) == "truncated"
    for said in (100, 2**36 - 1):
        path = tmp_path / "lies.flac"
        path.write_bytes(flac_that_says(tmp_path, said))
        assert identify(path, path.name).duration == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}], ids=["index last", "index first"])
def test_half_an_mp4_is_told_from_a_whole_one(tmp_path: Path, options: dict[str, str]) -> None:
    path = movie(tmp_path / "call.mp4", tracks=1, pictures=True, options=options)
    assert identify(path, path.name).codec == "aac"
    data = path.read_bytes()
    assert refused(tmp_path, "call.mp4", data[: len(data) // 2]) == "truncated"


def test_of_a_film_the_sound_is_heard_and_of_two_tracks_the_first(tmp_path: Path) -> None:
    one = movie(tmp_path / "one.mp4", tracks=1, pictures=True)
    two = movie(tmp_path / "two.mp4", tracks=2, pictures=True)
    assert warnings(one) == ["No words were recognised in the recording."]
    assert warnings(two)[0] == "The file has 2 audio tracks; only the first was analysed."
    levels = [per_second(path, by_channel=False)["ch_0"][:5] for path in (one, two)]
    assert levels[0] == pytest.approx(levels[1], abs=0.2)
    assert refused(tmp_path, "film.mp4", movie(tmp_path / "mute.mp4", tracks=0, pictures=True).read_bytes()) == (
        "no_audio_track"
    )


@pytest.mark.parametrize("channels", [3, 6, 9, 64])
def test_many_channels_are_mixed_into_one_and_said_so(tmp_path: Path, channels: int) -> None:
    """All but one are silent: of the power of that one, an even mix leaves the share 1/n^2."""
    lines = np.zeros((len(HEARD), channels), "<i2")
    lines[:, 0] = HEARD
    path = tmp_path / "call.wav"
    path.write_bytes(wav(lines.tobytes(), channels=channels))
    assert f"The recording has {channels} channels; they were mixed into one." in warnings(path)
    mixed = np.concatenate(list(decoded(path, stereo=False)), axis=1)
    assert mixed.shape == (1, pytest.approx(5 * 16000, abs=200))
    assert np.abs(mixed).max() > 0


@pytest.mark.parametrize("share", [0.01, 1.0])
def test_samples_that_are_no_numbers_do_no_harm(tmp_path: Path, share: float) -> None:
    samples: Samples = noise(3)
    broken = np.random.default_rng(5).random(len(samples)) < share
    samples[broken] = np.nan
    samples[broken.nonzero()[0][::3]] = np.inf
    path = tmp_path / "call.wav"
    path.write_bytes(wav(samples.astype("<f4").tobytes(), form=3, bits=32))
    assert warnings(path) == ["No words were recognised in the recording."]
    assert all(level is None or -120 < level <= 0.1 for level in per_second(path, by_channel=False)["ch_0"])
