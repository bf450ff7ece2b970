"""What the routes of media share."""

from typing import Annotated

from fastapi import Depends, Path, Request

from services.media.service import MediaService
from shared.auth import staff_with
from shared.callers import Caller


async def _service(request: Request) -> MediaService:
    service: MediaService = request.app.state.service
    return service


Service = Annotated[MediaService, Depends(_service)]
Supervisor = Annotated[Caller, Depends(staff_with("supervisor"))]
STORABLE = r"^[^\x00]*$"
"""PostgreSQL keeps no text with a NUL, and cannot be asked for one."""
Id = Annotated[str, Path(max_length=200, pattern=STORABLE)]
