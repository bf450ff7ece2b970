"""Text sources: which one a JSON document is, and one module each that reads it."""

from collections.abc import Callable
from pathlib import Path

from services.media.analysis.documents import read_documents
from services.media.analysis.parsers import lex_log, result_document, transcribe
from services.media.analysis.source import RejectedSource
from services.media.analysis.transcript import Transcript
from shared.schemas.ledger import SourceKind

_PARSERS: dict[SourceKind, Callable[[list[object]], Transcript]] = {
    "transcribe": transcribe.read,
    "lex_log": lex_log.read,
    "result": result_document.read,
}


def kind_of(documents: list[object]) -> SourceKind:
    """The kind of source that JSON documents are, by their shape. Raises `RejectedSource`."""
    if lex_log.is_lex_log(documents):
        return "lex_log"
    first = documents[0] if len(documents) == 1 else None
    if result_document.is_result(first):
        return "result"
    if transcribe.is_transcribe(first):
        return "transcribe"
    if isinstance(first, dict) and isinstance(first.get("Transcript"), list):
        raise RejectedSource(
            "unsupported_kind", "Call Analytics, Contact Lens and Connect chat documents are not read yet."
        )
    raise RejectedSource(
        "unknown_json", "The file is JSON, but neither an Amazon Transcribe result nor a Lex conversation log."
    )


def read_transcript(kind: SourceKind, path: Path) -> Transcript:
    """Reads a source of any kind but `audio`. Raises `RejectedSource` naming what is missing."""
    parser = _PARSERS.get(kind)
    if parser is None:
        raise RejectedSource("unsupported_kind", f"Sources of kind {kind} are not read as text.")
    return parser(read_documents(path))
