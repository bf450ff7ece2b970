"""Cursors of listings: opaque to whoever gets one, and refused when they are not ours."""

import base64
import binascii
from datetime import datetime

from shared.errors import InvalidRequest

_NOT_OURS = "This cursor was not given by this listing."


def position_cursor(position: int) -> str:
    return _sealed(str(position))


def position_of(cursor: str) -> int:
    """Raises InvalidRequest."""
    try:
        position = int(_opened(cursor))
    except ValueError as error:
        raise InvalidRequest(_NOT_OURS) from error
    if not 0 <= position < 2**63:
        raise InvalidRequest(_NOT_OURS)
    return position


def moment_cursor(moment: datetime, name: str) -> str:
    return _sealed(f"{moment.isoformat()} {name}")


def moment_of(cursor: str) -> tuple[datetime, str]:
    """Raises InvalidRequest."""
    told, _, name = _opened(cursor).partition(" ")
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as error:
        raise InvalidRequest(_NOT_OURS) from error
    if moment.tzinfo is None or "\0" in name:
        raise InvalidRequest(_NOT_OURS)
    return moment, name


def _sealed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(_NOT_OURS) from error
