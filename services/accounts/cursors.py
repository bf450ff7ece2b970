"""The opaque cursors of listings: the sort values of the last item of a page."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

from shared.errors import InvalidRequest

_PARTS: TypeAdapter[list[str]] = TypeAdapter(list[Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,100}$")]])


def cursor_of(*parts: str) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


def parts_of(cursor: str, count: int) -> list[str]:
    """What `cursor_of` was given. Raises InvalidRequest unless it was that many parts."""
    try:
        parts = _PARTS.validate_json(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValidationError, ValueError, binascii.Error) as error:
        raise _no_cursor() from error
    if len(parts) != count:
        raise _no_cursor()
    return parts


def moment_in(part: str) -> datetime:
    """A moment that was written with its zone. Raises InvalidRequest."""
    try:
        return datetime.fromisoformat(part).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _no_cursor() from error


def number_in(part: str, *, below: int) -> int:
    """A whole number from 0. Raises InvalidRequest."""
    if not (part.isascii() and part.isdigit() and int(part) < below):
        raise _no_cursor()
    return int(part)


def _no_cursor() -> InvalidRequest:
    return InvalidRequest("The cursor is not valid.")
