"""The insights service: `uvicorn --factory services.insights.main:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.insights.routes import router
from services.insights.service import Insights
from services.insights.settings import InsightsSettings
from shared.app import build_app
from shared.db import open_database

# A call of two hours with all its words takes about 5 MB.
_DOCUMENT_LIMIT = 20 * 1024 * 1024


@asynccontextmanager
async def wire(settings: InsightsSettings) -> AsyncIterator[Insights]:
    """The service on its migrated database, for the life of the block."""
    url = settings.database_url(settings.insights_database_url, "insights")
    async with open_database(url, "services.insights") as database:
        yield Insights(database)


def create_app(settings: InsightsSettings | None = None, service: Insights | None = None) -> FastAPI:
    """The application; with a `service` nothing is opened."""
    return build_app(
        name="insights",
        title="OmniLex insights",
        settings=settings or InsightsSettings(),
        wire=wire,
        routers=[router],
        service=service,
        body_limits={"/interactions": _DOCUMENT_LIMIT},
        docs=False,
    )
