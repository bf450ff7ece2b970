"""The same pipeline with ledger and workflow engine on PostgreSQL."""

import pytest

from services.media.settings import MediaSettings
from tests.media.conftest import pipeline_of


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_ledger_and_engine_run_on_postgres(database_url: str, settings: MediaSettings) -> None:
    urls = {"media_database_url": database_url, "workflow_database_url": database_url}
    async with pipeline_of(settings.model_copy(update=urls)) as pipeline:
        good, bad, copy = await pipeline.sent(("a.json", b"1"), ("b.wav", b"x"), ("c.json", b"1"))
        assert sorted([good.fate, copy.fate]) == ["done", "duplicate"]
        assert bad.fate == "rejected"
    async with pipeline_of(settings.model_copy(update=urls)) as pipeline:
        *_, again = await pipeline.sent(("d.json", b"2"))
        assert again.fate == "done"
