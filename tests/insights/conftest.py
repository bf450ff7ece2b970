"""The insights service on each kind of database, asked as staff unless a test says otherwise."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.insights.main import create_app
from services.insights.settings import InsightsSettings
from tests.conftest import served
from tests.insights.documents import analyst


@pytest.fixture
async def insights(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(InsightsSettings(insights_database_url=database_url))
    async with served(app, headers=analyst()) as client:
        yield client
