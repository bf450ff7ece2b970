"""What a file is, told from its bytes."""

import codecs
from pathlib import Path

from services.media.analysis.documents import GZIP_MAGIC, read_documents
from services.media.analysis.parsers import kind_of
from services.media.analysis.source import Identified, RejectedSource

_HEAD = 64 * 1024
_AUDIO_ENDINGS = {".wav", ".mp3", ".m4a", ".mp4", ".flac", ".ogg", ".oga", ".opus", ".webm", ".amr"}
_LAYOUT = set(b"\t\n\r\f\x1b")


def identify(path: Path, name: str) -> Identified:
    """Probes the bytes at `path`; `name` (the file's own name) only words the sentence.

    Raises `RejectedSource` for everything that is not one of the kinds of docs/reference/definitions.md; never anything
    else, whatever the bytes.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    ending = Path(name).suffix.lower()
    if not head:
        raise RejectedSource("empty", "The file is empty.")
    if head.startswith(GZIP_MAGIC) or _is_text(head):
        return _identify_text(path, head, ending)
    from services.media.analysis.recording import probe  # noqa: PLC0415  FFmpeg is loaded only for bytes that may be audio

    return probe(path, ending)


def _is_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in _LAYOUT for byte in head[:4096]):
        return False
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return False
    return "\0" not in text


def _identify_text(path: Path, head: bytes, ending: str) -> Identified:
    compressed = head.startswith(GZIP_MAGIC)
    if not compressed and head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] not in {b"{", b"["} and not _is_export(head):
        if ending in _AUDIO_ENDINGS:
            raise RejectedSource("not_audio", f"The file is named {ending} but holds text.")
        raise RejectedSource("unknown_text", "The file holds text that is neither a transcript nor a conversation log.")
    return Identified(kind=kind_of(read_documents(path)))


def _is_export(head: bytes) -> bool:
    first = head.split(b"\n", 1)[0]
    return first[:2] == b"20" and b" {" in first[:40]
