"""How the channels are set up."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.routes.callers import Admin, Service
from services.gateway.routes.openapi import problems
from shared.schemas.channels import ChannelReports

router = APIRouter(prefix="/api/v1/channels", tags=["channels"])


@router.get("", summary="What is configured, and what URL goes where", responses=problems(401, 403, 422))
async def list_channels(
    gateway: Service,
    caller: Admin,
    test: Annotated[
        bool, Query(description="try the credentials at the providers; nothing is sent to anybody")
    ] = False,
) -> ChannelReports:
    """For admins. No secret is in the answer."""
    return await gateway.channels.report(test=test)
