"""Values as other systems write them, and the refusal of a document that is not what it says it is."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationError

from services.media.analysis.source import RejectedSource

MOST_SPEAKERS = 30
"""What Amazon Transcribe itself tells apart at most; a document with more is no conversation."""

LATEST = 7 * 24 * 3600.0
"""Seconds after which nobody goes on talking: a later time is a broken one."""


def number_in(value: object) -> float | None:
    """Zero or more, be it written as text; null for anything else."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) and number >= 0 else None
    return None


def seconds_in(value: object) -> float | None:
    """As `number_in`, of seconds from the start; more than a week counts as missing."""
    number = number_in(value)
    return None if number is None or number > LATEST else number


def _seconds(value: object) -> float | None:
    milliseconds = number_in(value)
    return None if milliseconds is None or milliseconds > LATEST * 1000 else round(milliseconds / 1000, 3)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _plausible(moment: datetime) -> datetime:
    """A date at the edge of the calendar cannot be brought to another zone."""
    if not 1970 <= moment.year < 9999:
        raise ValueError("not a time at which anybody talked")
    return moment


Number = Annotated[float | None, BeforeValidator(number_in)]
"""Zero or more; what is no such number counts as missing."""

Milliseconds = Annotated[float | None, BeforeValidator(_seconds)]
"""Read as milliseconds, kept as seconds; more than a week counts as missing."""

Text = Annotated[str, BeforeValidator(_text)]
"""What is no text counts as none."""

SpokenAt = Annotated[datetime, AfterValidator(_plausible)]


def in_utc(moment: datetime) -> datetime:
    """Services of AWS write UTC, whether they say so or not."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def malformed(error: ValidationError, document: str, writer: str) -> RejectedSource:
    """The refusal that names the first part that is wrong, without quoting it."""
    fault = error.errors(include_input=False, include_context=False, include_url=False)[0]
    place = ".".join(str(part) for part in fault["loc"]) or "the document"
    if fault["type"] == "missing":
        return RejectedSource("malformed_transcript", f"The {document} is malformed: {place} is missing.")
    return misshapen(document, place, writer)


def misshapen(document: str, place: str, writer: str) -> RejectedSource:
    """The refusal of a document whose part at `place` is of another kind than its writer makes it."""
    return RejectedSource("malformed_transcript", f"The {document} is malformed: {place} is not what {writer} writes.")


def check_speakers(speakers: Sequence[str]) -> None:
    """Raises `RejectedSource` where there are more than anybody tells apart."""
    if len(set(speakers)) > MOST_SPEAKERS:
        raise RejectedSource("malformed_transcript", f"The transcript names more than {MOST_SPEAKERS} speakers.")
