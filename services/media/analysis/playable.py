"""Which recordings every browser plays as they are: those that are not listed here are given to people as a copy."""

from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer

_MEDIA_TYPES = {
    ("wav", "pcm_u8"): "audio/wav",
    ("wav", "pcm_s16le"): "audio/wav",
    ("mp3", "mp3"): "audio/mpeg",
    ("mp4", "aac"): "audio/mp4",
    ("flac", "flac"): "audio/flac",
    ("ogg", "opus"): "audio/ogg",
    ("ogg", "vorbis"): "audio/ogg",
    ("webm", "opus"): "audio/webm",
    ("webm", "vorbis"): "audio/webm",
}
"""By container and codec. Left out, since at least one of Chrome, Firefox and Safari does not play it: AMR, GSM,
ADPCM, G.711 (A-law, μ-law), 24-bit and floating-point PCM, Windows Media, ALAC, MP2, AC-3, Matroska other than WebM;
and bare AAC (ADTS), in which none of them can seek."""

_CONTAINERS = {"mov,mp4,m4a,3gp,3g2,mj2": "mp4"}
_RATES = range(8000, 96_001)  # what the browsers' own decoders take
_HEAD = 4096


def playable_as(path: Path, container: InputContainer, stream: AudioStream) -> str | None:
    """The media type under which browsers play the file; null when a copy is needed.

    A file with pictures, several tracks or more than two channels needs one: it would show or tell something else than
    what was analysed.
    """
    alone = not container.streams.video and len(container.streams.audio) == 1
    if not alone or stream.channels > 2 or stream.sample_rate not in _RATES:
        return None
    return _MEDIA_TYPES.get((_kind(path, container), stream.codec_context.name.removesuffix("float")))


def _kind(path: Path, container: InputContainer) -> str:
    """FFmpeg has one name for Matroska and WebM; the document type at the beginning tells them apart."""
    name = container.format.name
    if name != "matroska,webm":
        return _CONTAINERS.get(name, name)
    with path.open("rb") as file:
        return "webm" if b"\x42\x82\x84webm" in file.read(_HEAD) else "matroska"
