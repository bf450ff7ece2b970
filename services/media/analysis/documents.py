"""JSON out of files that nobody vouches for: one document, JSON lines, or CloudWatch's gzip. Memory is bounded."""

import gzip
import json
import re
import zlib
from pathlib import Path

from pydantic_core import from_json

from services.media.analysis.source import RejectedSource

SIZE_LIMIT = 32 * 1024 * 1024  # a four-hour Transcribe document is about 16 MB; parsed, JSON takes ten times its size
MOST_VALUES = 2_000_000
"""Objects, lists and their members: a four-hour Transcribe document has 0.8 million. Each takes 100 bytes of memory."""

GZIP_MAGIC = b"\x1f\x8b"
_EXPORT_PREFIX = re.compile(
    r"\d{4}-\d\d-\d\dT\S{1,30} (?=\{)"
)  # CloudWatch's export to S3 puts the time before each line


def read_documents(path: Path) -> list[object]:
    """The JSON documents in the file, in order: one, or one a line, or several run together (as Firehose leaves them).

    Raises `RejectedSource`: `too_large`, `corrupt_gzip`, `corrupt_json`.
    """
    raw = _read(path)
    try:
        return [from_json(raw, allow_inf_nan=False)]
    except ValueError:
        pass
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RejectedSource("corrupt_json", "The file starts like JSON but is not UTF-8 text.") from None
    return _lines(text) or _run_together(text)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(SIZE_LIMIT + 1)
    if raw.startswith(GZIP_MAGIC):
        raw = _decompressed(path)
    if len(raw) > SIZE_LIMIT:
        raise RejectedSource("too_large", f"The document is larger than {SIZE_LIMIT // 1024**2} MB.")
    if sum(raw.count(sign) for sign in (b",", b"[", b"{", b"\n")) > MOST_VALUES:
        raise RejectedSource("too_large", "The document has far more parts than a conversation.")
    return raw


def _decompressed(path: Path) -> bytes:
    try:
        with gzip.open(path) as file:
            return file.read(SIZE_LIMIT + 1)
    except (OSError, EOFError, zlib.error):
        raise RejectedSource("corrupt_gzip", "The file is compressed with gzip but cannot be unpacked.") from None


def _lines(text: str) -> list[object]:
    """Empty when the lines are not documents each."""
    documents: list[object] = []
    for line in text.splitlines():
        bare = _EXPORT_PREFIX.sub("", line.strip(), count=1)
        if not bare:
            continue
        try:
            documents.append(from_json(bare, allow_inf_nan=False))
        except ValueError:
            return []
    return documents


def _run_together(text: str) -> list[object]:
    decoder = json.JSONDecoder()
    documents: list[object] = []
    at, end = 0, len(text)
    try:
        while at < end:
            document, at = decoder.raw_decode(text, at)
            documents.append(document)
            while at < end and text[at].isspace():
                at += 1
    except (ValueError, RecursionError):
        line = text.count("\n", 0, at) + 1
        raise RejectedSource(
            "corrupt_json", f"The JSON is broken in the document that starts on line {line}."
        ) from None
    return documents
