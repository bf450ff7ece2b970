"""Audio files: probed by their bytes, then decoded in blocks, so that memory does not grow with length.

Decoding is PyAV's (FFmpeg's libraries). Only the container formats listed here may open a file: FFmpeg also knows
playlists and scripts, which would make it read other files or the network.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from services.media.analysis.playable import playable_as
from services.media.analysis.source import Identified, RejectedSource

SAMPLE_RATE = 16_000
"""Hertz to which everything is resampled: what the recognisers' models were trained on."""

SHORTEST = 0.5
"""Seconds; less holds no word that a recogniser could find."""

LONGEST = 24 * 3600.0
"""Seconds; more is a wrong header rather than a conversation."""

MOST_CHANNELS = 64
"""What FFmpeg's resampler takes."""

SAMPLE_RATES = range(4000, 768_001)
"""Hertz; less is no speech, more is a wrong header. Either would be blown up or ground down to 16 kHz at length."""

_LEAST_GAP = 0.1
_MIXED_BY_LAYOUT = 8  # channels: up to these FFmpeg knows which is left and which is right
_FORMATS = "wav,w64,mp3,mov,mp4,m4a,3gp,3g2,mj2,flac,ogg,matroska,webm,amr,aac"
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
_WAV_HEAD = 1024 * 1024
_UNKNOWN_SIZE = 0x7FFFF000
_MISSING = 0.05  # share of the announced length that may be missing at the end


def probe(path: Path, ending: str) -> Identified:
    """What recording this is; the duration is what is really there, found by reading all packets.

    `ending` (`.wav`) only words the sentence. Raises `RejectedSource`: `not_audio`, `no_audio_track`, `truncated`,
    `no_samples`, `too_short`, `too_long`, `undecodable`, `unknown_codec`, `too_many_channels`, `sample_rate`.
    """
    with _opened(path, ending) as (container, stream):
        channels, rate, codec = stream.channels, stream.sample_rate, stream.codec_context.name
        tracks, media_type = len(container.streams.audio), playable_as(path, container, stream)
        _check_form(channels, rate)
        announced = _announced(path, container, stream)
        duration = _length(container, stream)
    if not channels or not rate:
        raise RejectedSource("no_samples", "The recording holds no sound that could be read.")
    if announced is not None and duration < announced * (1 - _MISSING) and announced - duration > SHORTEST:
        raise RejectedSource("truncated", f"The recording is cut off: {duration:.1f} s of {announced:.1f} s are there.")
    if duration <= 0:
        raise RejectedSource("no_samples", "The recording holds no sound at all.")
    if duration > LONGEST:
        raise RejectedSource("too_long", "The recording says it lasts more than a day.")
    if duration < SHORTEST:
        raise RejectedSource("too_short", f"The recording lasts {duration:.2f} s; {SHORTEST} s is the least.")
    _decode_something(path)
    return Identified("audio", round(duration, 3), channels, rate, codec, tracks=tracks, media_type=media_type)


def _check_form(channels: int, rate: int) -> None:
    if channels > MOST_CHANNELS:
        sentence = f"The recording says it has {channels} channels; {MOST_CHANNELS} are the most that are read."
        raise RejectedSource("too_many_channels", sentence)
    if channels and rate and rate not in SAMPLE_RATES:
        raise RejectedSource("sample_rate", f"The recording says it has {rate} samples a second; no speech has.")


def decoded(path: Path, *, stereo: bool) -> Iterator[NDArray[np.int16]]:
    """The samples at 16 kHz, in blocks of about a second.

    A block has the shape (channels, n), with 2 channels if `stereo`, else 1 (mixed down).

    A packet that cannot be decoded is left out, and gaps are filled with silence.
    Raises `RejectedSource` when the file cannot be opened.
    """
    channels = 2 if stereo else 1
    held: list[NDArray[np.int16]] = []
    for block in _resampled(path, channels):
        held.append(block)
        if sum(one.shape[1] for one in held) >= SAMPLE_RATE:
            yield np.concatenate(held, axis=1)
            held = []
    if held:
        yield np.concatenate(held, axis=1)


def _resampled(path: Path, channels: int) -> Iterator[NDArray[np.int16]]:
    with _opened(path, path.suffix) as (container, stream):
        many = stream.channels > _MIXED_BY_LAYOUT
        layout = stream.layout if many else "stereo" if channels == 2 else "mono"
        resampler = av.AudioResampler(format="s16", layout=layout, rate=SAMPLE_RATE)
        begin, done = None, 0.0
        for frame in _frames(container, stream):
            begin = (frame.time or 0.0) if begin is None else begin
            gap = _gap(frame, done, begin)
            yield from _quiet(gap, channels)
            done += gap + frame.samples / frame.sample_rate
            for out in _resample(resampler, frame):
                yield _planes(out, channels)
        for out in _resample(resampler, None):
            yield _planes(out, channels)


def _resample(resampler: av.AudioResampler, frame: av.AudioFrame | None) -> list[av.AudioFrame]:
    """Empty for a frame of another form than the first, as a damaged or spliced file has them."""
    try:
        return resampler.resample(frame)
    except (av.FFmpegError, ValueError):
        return []


def _quiet(seconds: float, channels: int) -> Iterator[NDArray[np.int16]]:
    left = round(seconds * SAMPLE_RATE)
    while left > 0:
        yield np.zeros((channels, min(left, SAMPLE_RATE)), np.int16)
        left -= SAMPLE_RATE


def _planes(frame: av.AudioFrame, channels: int) -> NDArray[np.int16]:
    """What came with more channels than were asked for is mixed evenly."""
    samples = np.asarray(frame.to_ndarray(), np.int16).reshape(frame.samples, -1).T
    if len(samples) > channels:
        return np.repeat(samples.mean(axis=0, keepdims=True), channels, axis=0).astype(np.int16)
    return samples


@contextmanager
def _opened(path: Path, ending: str) -> Iterator[tuple[InputContainer, AudioStream]]:
    try:
        container = av.open(str(path.resolve()), mode="r", options=_OPTIONS, metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        raise _unopened(path, ending) from error
    with container:
        if not container.streams.audio:
            raise RejectedSource("no_audio_track", "The file has no audio track, only pictures or data.")
        known = [stream for stream in container.streams.audio if stream.codec_context is not None]
        if not known:
            raise RejectedSource("unknown_codec", "The recording is encrypted, or coded in a way that is not known.")
        yield container, known[0]


def _unopened(path: Path, ending: str) -> RejectedSource:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp" or head[:4] in {b"RIFF", b"fLaC", b"OggS", b"\x1aE\xdf\xa3"} or head[:5] == b"#!AMR":
        return RejectedSource("truncated", "The recording is cut off or damaged: it cannot be opened.")
    named = f"The file is named {ending} but holds no audio" if ending else "The file holds no audio"
    return RejectedSource("not_audio", f"{named} of a kind that is known.")


def _announced(path: Path, container: InputContainer, stream: AudioStream) -> float | None:
    """The length in seconds that the header gives; null when it gives none or one that only says "unknown"."""
    if container.format.name == "wav":
        return _announced_by_wav(path)
    if container.format.name not in {"flac", "mov,mp4,m4a,3gp,3g2,mj2"}:
        return None
    length = stream.duration * stream.time_base if stream.duration and stream.time_base else None
    return float(length) if length and length < 7 * 24 * 3600 else None


def _announced_by_wav(path: Path) -> float | None:
    """From the chunks themselves: FFmpeg gives what is there, not what the header says.

    Writers to a pipe leave 0 or -1 there.
    """
    with path.open("rb") as file:
        head = file.read(_WAV_HEAD)
    at, byte_rate = 12, 0
    while at + 8 <= len(head):
        name, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if name == b"fmt ":
            byte_rate = int.from_bytes(head[at + 16 : at + 20], "little")
        if name == b"data":
            return size / byte_rate if byte_rate and 0 < size < _UNKNOWN_SIZE else None
        at += 8 + size + size % 2
    return None


def _length(container: InputContainer, stream: AudioStream) -> float:
    first: int | None = None
    last = 0
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and packet.size:
                first = packet.pts if first is None else min(first, packet.pts)
                last = max(last, packet.pts + (packet.duration or 0))
    except (av.FFmpegError, ValueError):
        pass  # what was read until the damage counts
    return float((last - (first or 0)) * stream.time_base) if stream.time_base else 0.0


def _decode_something(path: Path) -> None:
    if not any(block.size for block in decoded(path, stereo=False)):
        raise RejectedSource("undecodable", "The file looks like a recording but no sound can be decoded from it.")


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[av.AudioFrame]:
    """Up to the first packet that cannot be read; packets that cannot be decoded are left out."""
    packets = iter(container.demux(stream))
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, ValueError):
            return
        if packet is None:
            return
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            continue
        yield from frames


def _gap(frame: av.AudioFrame, done: float, begin: float) -> float:
    """Seconds that are missing before the frame, of which `done` seconds after `begin` have been decoded.

    Telephones send nothing while nobody speaks; without the gap all later words would come too early.
    """
    gap = frame.time - begin - done if frame.time is not None else 0.0
    return gap if _LEAST_GAP < gap < LONGEST - done else 0.0
