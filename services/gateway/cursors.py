"""Cursors of listings by time: opaque to the caller."""

import base64
import binascii
from datetime import datetime

from shared.errors import InvalidRequest


def written(at: datetime, name: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{name}".encode()).decode().rstrip("=")


def read(cursor: str | None) -> tuple[datetime, str] | None:
    """Raises InvalidRequest for what is no cursor of ours."""
    if not cursor:
        return None
    try:
        at, separator, name = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
        moment = datetime.fromisoformat(at)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("The cursor is not one of this listing.") from error
    if not separator or moment.tzinfo is None or "\x00" in name:
        raise InvalidRequest("The cursor is not one of this listing.")
    return moment, name
