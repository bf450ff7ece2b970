"""How texts feel, told to other services."""

from fastapi import APIRouter

from services.media.routes.parts import Service
from shared.auth import ServiceCaller
from shared.schemas.handoffs import SentimentRequest, SentimentScores

router = APIRouter()


@router.post("/sentiment")
async def sentiment(request: SentimentRequest, caller: ServiceCaller, service: Service) -> SentimentScores:
    return await service.sentiment(request.texts, request.language)
