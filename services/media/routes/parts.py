"""What the routes of media share."""

from typing import Annotated

from fastapi import Depends, Request

from services.media.service import MediaService


async def _service(request: Request) -> MediaService:
    service: MediaService = request.app.state.service
    return service


Service = Annotated[MediaService, Depends(_service)]
