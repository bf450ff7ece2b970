"""Text sources: which one a JSON document is, and one module each that reads it."""

from collections.abc import Callable
from pathlib import Path

from services.media.analysis import collecting
from services.media.analysis.documents import read_documents
from services.media.analysis.parsers import call_analytics, connect_chat, contact_record, lex_log, result_document
from services.media.analysis.parsers import transcribe as transcribe_output
from services.media.analysis.source import RejectedSource
from services.media.analysis.transcript import Transcript
from shared.schemas.ledger import SourceKind

_PARSERS: dict[SourceKind, Callable[[list[object]], Transcript]] = {
    "transcribe": transcribe_output.read,
    "call_analytics": call_analytics.read,
    "connect_chat": connect_chat.read,
    "lex_log": lex_log.read,
    "result": result_document.read,
}


def kind_of(documents: list[object]) -> SourceKind:
    """The kind of source that JSON documents are, by their shape. Raises `RejectedSource`."""
    if lex_log.is_lex_log(documents):
        return "lex_log"
    if call_analytics.is_stream(documents):
        return "call_analytics"
    first = documents[0] if documents else None
    if contact_record.is_contact_record(first):
        raise RejectedSource(
            "contact_record",
            "The file is a contact record: it tells of a conversation but holds none. Put it beside the recording or "
            "the transcript, under the same name with .metadata.json behind it.",
        )
    if contact_record.is_event(first):
        raise RejectedSource("no_conversation", "The file is an event that tells of a conversation but holds none.")
    if len(documents) == 1 and (kind := _kind_of_one(first)):
        return kind
    raise RejectedSource(
        "unknown_json",
        "The file is JSON, but no transcript of Amazon Transcribe, Call Analytics, Contact Lens or Connect chat, no "
        "Lex conversation log and no result document.",
    )


def _kind_of_one(document: object) -> SourceKind | None:
    if result_document.is_result(document):
        return "result"
    if transcribe_output.is_transcribe(document):
        return "transcribe"
    if connect_chat.is_connect_chat(document):
        return "connect_chat"
    return "call_analytics" if call_analytics.is_analysis(document) else None


def read_transcript(kind: SourceKind, path: Path) -> Transcript:
    """Reads a source of any kind but `audio`. Raises `RejectedSource` naming what is missing."""
    parser = _PARSERS.get(kind)
    if parser is None:
        raise RejectedSource("unsupported_kind", f"Sources of kind {kind} are not read as text.")
    with collecting.put_off():
        return parser(read_documents(path))
