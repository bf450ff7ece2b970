"""Listening to a recording."""

import re
from typing import Annotated

from fastapi import APIRouter, Header, Path
from fastapi.responses import StreamingResponse

from services.media.routes.parts import Service
from shared.auth import StaffCaller
from shared.errors import RangeNotSatisfiable

router = APIRouter()

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@router.get("/interactions/{interaction_id}/recording")
async def recording(
    interaction_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,128}$")],
    caller: StaffCaller,
    service: Service,
    *,
    range_: Annotated[str | None, Header(alias="range", max_length=200)] = None,
    if_range: Annotated[str | None, Header(max_length=200)] = None,
) -> StreamingResponse:
    """The whole, or the part that `Range` asks for (RFC 9110, 14): one range of bytes; any other `Range` is ignored."""
    found = await service.recordings.find(interaction_id)
    size, etag = found.info.size, f'"{found.info.etag}"'
    headers = {"accept-ranges": "bytes", "etag": etag, "cache-control": "private, no-store"}
    part = byte_range(range_, size) if if_range in (None, etag) else None
    first, last = part or (0, size - 1)
    headers["content-length"] = str(last - first + 1)
    if part:
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    chunks = await service.recordings.read(found, first, last)
    return StreamingResponse(chunks, 206 if part else 200, headers, found.media_type)


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte; null for the whole. Raises RangeNotSatisfiable for a part that lies behind the end."""
    asked = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if asked is None or not any(asked.groups()):
        return None
    begin, end = asked.groups()
    first = int(begin) if begin else max(0, size - int(end))
    last = min(int(end), size - 1) if begin and end else size - 1
    if begin and end and int(end) < first:
        return None
    if first >= size or (not begin and int(end) == 0):
        raise RangeNotSatisfiable("The recording has no such part.", headers={"content-range": f"bytes */{size}"})
    return first, last
