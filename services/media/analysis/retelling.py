"""A summary that somebody else writes: what of a conversation is shown to them, and what of their answer is kept."""

import re

from pydantic import BaseModel, ConfigDict

from services.media.analysis.leaks import leaks_of
from services.media.analysis.redaction import redact_text
from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.summary import has_substance
from shared.schemas.interaction import Interaction, Turn

_MOST_LINES = 6
_LONGEST_TURN = 2000  # characters: one pasted letter must not push out the rest
_FIRST_SHARE = 0.6  # of what is shown, where not all can be: why they came; the rest is how it ended
_GAP = "[…]"
_TAGS = str.maketrans("<>", "()")  # nothing that is said can end the conversation
_MARKS = re.compile(r"^\s*(?:[-*•#>]+|\d{1,2}[.)])\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_SENTENCE_END = re.compile(r"[.!?。！？।](?=\s|$)")
_INSTEAD = "The summary is in the parties' own words instead."


class Conversation(BaseModel):
    """What is shown. Without `text` nobody is asked, and `reason` says why where people should know."""

    model_config = ConfigDict(frozen=True)

    language: str = ""
    text: str = ""
    turns_left_out: int = 0
    reason: str | None = None


class Answer(BaseModel):
    """What was written, or the reason why there is nothing."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    reason: str | None = None


class Unusable(Exception):
    """The answer cannot be kept; its message is for people, and quotes nothing."""


def conversation_of(document: Interaction, settings: AnalysisSettings, *, most: int) -> Conversation:
    """The turns, a line each, in `most` characters. Nothing in a language in which personal data is not hidden.

    Where not all fit, the middle is left out.
    """
    language = document.language or settings.transcribe_languages[0]
    if not any(has_substance(turn) for turn in document.turns):
        return Conversation(language=language)
    if not settings.redacts(language):
        reason = f"Personal data is not hidden in {language}, so nobody else was shown the conversation. {_INSTEAD}"
        return Conversation(language=language, reason=reason)
    lines = [_line(turn) for turn in document.turns]
    if sum(len(line) + 1 for line in lines) <= most:
        return Conversation(language=language, text="\n".join(lines))
    head = _fitting(lines, int((most - len(_GAP) - 2) * _FIRST_SHARE))
    left = most - len(_GAP) - 2 - sum(len(line) + 1 for line in lines[:head])
    tail = _fitting(lines[:head:-1], left)
    shown = [*lines[:head], _GAP, *lines[len(lines) - tail :]]
    return Conversation(language=language, text="\n".join(shown), turns_left_out=len(lines) - head - tail)


def _line(turn: Turn) -> str:
    text = " ".join(turn.text.translate(_TAGS).split())
    return f"{turn.role.capitalize()}: {text[:_LONGEST_TURN].rstrip()}"


def _fitting(lines: list[str], room: int) -> int:
    """How many of the lines fit, one after the other."""
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return number
    return len(lines)


def retold(document: Interaction, shown: Conversation, answer: Answer, *, engine: str, most: int) -> Interaction:
    """The document with the summary that was written, in `most` characters; with its own, and a warning, without."""
    try:
        if answer.reason is not None:
            raise Unusable(answer.reason)
        lines = summary_lines(answer.text, most=most)
    except Unusable as fault:
        return _warned(document, f"{fault} {_INSTEAD}")
    source = document.source.model_copy(update={"summary_engine": engine})
    document = document.model_copy(update={"summary": lines, "source": source})
    if shown.turns_left_out:
        number = f"{shown.turns_left_out} of {len(document.turns)} turns"
        return _warned(document, f"The conversation is long: {number} in its middle were not read for the summary.")
    return document


def warned(document: Interaction, shown: Conversation) -> Interaction:
    """The document of a conversation that nobody was shown."""
    return _warned(document, shown.reason) if shown.reason else document


def _warned(document: Interaction, sentence: str) -> Interaction:
    return document.model_copy(update={"warnings": [*document.warnings, sentence]})


def summary_lines(text: str, *, most: int) -> list[str]:
    """Plain lines of at most `most` characters together, without personal data. Raises Unusable.

    A sentence that the limit breaks off is left out. What is still personal after hiding makes all of it unusable, also
    where its other half is in a line that is left out.
    """
    written = [_MARKS.sub("", _CONTROL.sub(" ", raw)).strip(" *_`") for raw in text.splitlines()]
    hidden = [" ".join(redact_text(line).split()) for line in written]
    lines = [after for before, after in zip(written, hidden, strict=True) if any(map(str.isalpha, before))]
    lines = _within(lines[:_MOST_LINES], most)
    if not lines:
        raise Unusable("What was written is no summary.")
    if any(leaks_of(line) for line in [*lines, " ".join(lines), " ".join(hidden)]):
        raise Unusable("What was written could not be freed of personal data.")
    return lines


def _within(lines: list[str], most: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if len(line) > most:
            ends = [hit.end() for hit in _SENTENCE_END.finditer(line) if hit.end() <= most]
            return [*kept, line[: ends[-1]]] if ends else kept
        kept.append(line)
        most -= len(line)
    return kept
