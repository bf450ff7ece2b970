"""Lex conversation logs, V2 (`message-version` 2.0) and V1, as chat turns: the customer's text and the bot's answers.

Format: "Logging conversations" of the Lex V2 guide.
The entries come as JSON lines, as one list, or inside CloudWatch's subscription
wrapper (`logEvents[].message` holds the entry as text).
"""

import re
from collections.abc import Iterator
from datetime import datetime

from pydantic import AliasChoices, BaseModel, Field, ValidationError
from pydantic_core import from_json

from services.media.analysis.parsers.values import SpokenAt, in_utc
from services.media.analysis.source import RejectedSource
from services.media.analysis.transcript import Transcript, Utterance

_MARKUP = re.compile(r"<[^<>]*>")
_OBFUSCATED = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")
_CALLER, _BOT = "caller", "bot"


class _Button(BaseModel):
    text: str = ""


class _Card(BaseModel):
    title: str = ""
    subtitle: str | None = None
    buttons: list[_Button] = Field(default_factory=list, validation_alias=AliasChoices("buttonsList", "buttons"))


class _Message(BaseModel):
    content: str | None = None
    content_type: str | None = Field(None, alias="contentType")
    image_response_card: _Card | None = Field(None, alias="imageResponseCard")


class _Bot(BaseModel):
    locale: str | None = Field(None, alias="localeId")


class _Entry(BaseModel):
    """Both versions at once: what V1 calls otherwise is given as an alias."""

    timestamp: SpokenAt
    input_transcript: str | None = Field(None, alias="inputTranscript")
    messages: list[_Message] | None = None
    bot_response: str | None = Field(None, alias="botResponse")
    session_id: str | None = Field(None, validation_alias=AliasChoices("sessionId", "userId"))
    request_id: str | None = Field(None, alias="requestId")
    request_attributes: dict[str, str] | None = Field(None, alias="requestAttributes")
    bot: _Bot | None = None
    locale: str | None = None

    @property
    def moment(self) -> datetime:
        """Lex logs in UTC, whether it says so or not."""
        return in_utc(self.timestamp)


def is_lex_log(documents: list[object]) -> bool:
    """Whether the first entry found has the fields that each Lex log entry has."""
    first = next(_raw_entries(documents), None)
    if not isinstance(first, dict) or "timestamp" not in first:
        return False
    version_2 = ("message-version" in first or "bot" in first) and "sessionId" in first
    return version_2 or {"messageVersion", "botName"} <= first.keys()


def read(documents: list[object]) -> Transcript:
    """Entries in time order, each request once.

    Raises `RejectedSource`: `malformed_log`, `empty_log`, `many_sessions`.
    """
    entries = _unique(_entries(documents))
    if not entries:
        raise RejectedSource("empty_log", "The conversation log holds no entries.")
    sessions = {entry.session_id for entry in entries}
    if len(sessions) > 1:
        raise RejectedSource("many_sessions", f"The log mixes {len(sessions)} sessions; one file is one conversation.")
    origin = entries[0].moment
    utterances = [turn for entry in entries for turn in _turns(entry, (entry.moment - origin).total_seconds())]
    attributes = [entry.request_attributes for entry in entries if entry.request_attributes]
    locale = next((entry.locale or (entry.bot.locale if entry.bot else None) for entry in entries), None)
    return Transcript(
        kind="chat",
        utterances=utterances,
        separation="log",
        language=locale.replace("_", "-") if locale else None,
        channel=next((one["omnilex:channel"] for one in attributes if "omnilex:channel" in one), None),
        started_at=origin,
        duration=round((entries[-1].moment - origin).total_seconds(), 3),
        guid=entries[0].session_id,
        warnings=[] if utterances else ["The conversation log holds no messages."],
    )


def _raw_entries(documents: list[object]) -> Iterator[object]:
    for document in documents:
        if isinstance(document, list):
            yield from document
        elif isinstance(document, dict) and isinstance(document.get("logEvents"), list):
            yield from (_unwrapped(event) for event in document["logEvents"])
        else:
            yield document


def _unwrapped(event: object) -> object:
    message = event.get("message") if isinstance(event, dict) else None
    try:
        return from_json(message) if isinstance(message, str) else None
    except ValueError:
        return None


def _entries(documents: list[object]) -> Iterator[_Entry]:
    for number, raw in enumerate(_raw_entries(documents), start=1):
        try:
            yield _Entry.model_validate(raw)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"]) or "the entry"
            raise RejectedSource(
                "malformed_log", f"Entry {number} of the conversation log is malformed: see {place}."
            ) from None


def _unique(entries: Iterator[_Entry]) -> list[_Entry]:
    """CloudWatch delivers at least once; entries of one request and moment are the same entry."""
    seen: dict[object, _Entry] = {}
    for entry in entries:
        seen.setdefault((entry.session_id, entry.request_id) if entry.request_id else id(entry), entry)
    return sorted(seen.values(), key=lambda entry: entry.moment)


def _turns(entry: _Entry, at: float) -> Iterator[Utterance]:
    at = round(at, 3)
    said = _OBFUSCATED.sub(_placeholder, (entry.input_transcript or "").strip())
    if said:
        yield Utterance(speaker=_CALLER, start=at, end=at, text=said, role="CALLER")
    texts = [_text(message) for message in entry.messages] if entry.messages else [entry.bot_response or ""]
    for text in texts:
        if text.strip():
            yield Utterance(speaker=_BOT, start=at, end=at, text=text.strip(), role="BOT")


def _placeholder(mark: re.Match[str]) -> str:
    """Lex writes `{Pin}` for the value of an obfuscated slot: a redaction like any other."""
    return f"[PII:{re.sub('[^A-Z]', '', mark[1].upper()) or 'PII'}]"


def _text(message: _Message) -> str:
    """A card reads as its title, subtitle and button texts, one a line; SSML without its marks."""
    card = message.image_response_card
    content = message.content or ""
    parts = [_MARKUP.sub("", content) if message.content_type == "SSML" else content]
    if card:
        parts += [card.title, card.subtitle or "", *(button.text for button in card.buttons)]
    return "\n".join(part for part in parts if part)
