"""What the routes of media share."""

from typing import Annotated

from fastapi import Depends, Request

from services.media.service import MediaService
from shared.auth import staff_with
from shared.callers import Caller


async def _service(request: Request) -> MediaService:
    service: MediaService = request.app.state.service
    return service


Service = Annotated[MediaService, Depends(_service)]
Supervisor = Annotated[Caller, Depends(staff_with("supervisor"))]
