"""Listening: what is given out of which interaction, whole and in parts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from pydantic import ValidationError

from services.media.analysis import identify
from services.media.main import create_app
from services.media.recordings import Recordings
from services.media.service import MediaService
from services.media.settings import MediaSettings
from shared.blobs import FolderBlobs
from shared.db import open_database
from shared.errors import NotFound
from shared.schemas.interaction import Interaction, Recording, Source
from tests.conftest import internal_headers, served, staff
from tests.media.analysis.sounds import noise, save, silence, voice
from tests.media.conftest import RESULTS, SOURCES, pipeline_of

COPY, ORIGINAL = b"copy" * 100_000, b"original"
REDACTED = Recording(media_type="audio/mpeg", copied="redacted")
AS_IT_IS = Recording(media_type="audio/wav")


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "objects")


@pytest.fixture
async def client(settings: MediaSettings, blobs: FolderBlobs) -> AsyncIterator[httpx.AsyncClient]:
    async with open_database(settings.database_url("sqlite", "media"), "services.media") as database:
        service = MediaService(settings=settings, database=database, blobs=blobs, wake=lambda: None)
        app = create_app(settings, service)
        async with served(app, headers=internal_headers("media", staff("analyst"))) as client:
            yield client


async def stored(blobs: FolderBlobs, recording: Recording | None, *, minutes: float = 1) -> None:
    """A call with its original, its copy and its result, which was made `minutes` after the original came."""
    document = Interaction(
        interaction_id="call",
        kind="call",
        channel="call",
        started_at=datetime.now(UTC),
        duration=1,
        processed_at=datetime.now(UTC) + timedelta(minutes=minutes),
        source=Source(
            kind="audio",
            bucket=SOURCES,
            key="originalAudio/call.wav",
            name="call.wav",
            sentiment_engine="none",
            min_sentiment_negative=0.4,
            min_sentiment_positive=0.4,
        ),
        speakers=[],
        turns=[],
        recording=recording,
    )
    await blobs.put(SOURCES, document.source.key, ORIGINAL)
    await blobs.put(SOURCES, "mp3/call.mp3", COPY)
    await blobs.put(RESULTS, "parsedFiles/call.json", document.model_dump_json().encode())


async def test_copy_goes_before_the_original(client: httpx.AsyncClient, blobs: FolderBlobs) -> None:
    await stored(blobs, REDACTED)
    answer = await client.get("/interactions/call/recording")
    assert (answer.status_code, answer.content) == (200, COPY)
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["cache-control"] == "private, no-store"
    await stored(blobs, AS_IT_IS)
    answer = await client.get("/interactions/call/recording")
    assert (answer.content, answer.headers["content-type"]) == (ORIGINAL, "audio/wav")


async def test_original_is_never_given_for_a_copy_that_is_gone(client: httpx.AsyncClient, blobs: FolderBlobs) -> None:
    await stored(blobs, REDACTED)
    await blobs.delete(SOURCES, "mp3/call.mp3")
    assert (await client.get("/interactions/call/recording")).status_code == 404


async def test_original_that_was_replaced_since_is_not_given(client: httpx.AsyncClient, blobs: FolderBlobs) -> None:
    """The newer one may hold personal data that nobody has looked for yet."""
    await stored(blobs, AS_IT_IS, minutes=-1)
    answer = await client.get("/interactions/call/recording")
    assert (answer.status_code, "replaced" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("interaction", ["chat", "unknown"])
async def test_what_has_no_sound_is_not_found(client: httpx.AsyncClient, blobs: FolderBlobs, interaction: str) -> None:
    await stored(blobs, None)
    assert (await client.get(f"/interactions/{interaction}/recording")).status_code == 404
    assert (await client.get("/interactions/call/recording")).status_code == 404


@pytest.mark.parametrize("interaction", ["..%2F..%2Fx", "a%00", "a b", "a" * 129])
async def test_ids_that_are_none_are_refused(client: httpx.AsyncClient, interaction: str) -> None:
    assert (await client.get(f"/interactions/{interaction}/recording")).status_code in (404, 422)


SIZE = len(COPY)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=0-0", 0, 0),
        ("bytes=5-9", 5, 9),
        ("bytes=300001-99999999999", 300_001, SIZE - 1),
        ("bytes=-10", SIZE - 10, SIZE - 1),
        ("bytes=-99999999", 0, SIZE - 1),
        ("bytes=399999-", SIZE - 1, SIZE - 1),
    ],
)
async def test_part_that_is_asked_for(
    client: httpx.AsyncClient, blobs: FolderBlobs, asked: str, first: int, last: int
) -> None:
    await stored(blobs, REDACTED)
    answer = await client.get("/interactions/call/recording", headers={"range": asked})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.content == COPY[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,4-5", "lines=0-1", "bytes=-", "nonsense", "bytes=a-b"])
async def test_range_that_means_nothing_is_ignored(client: httpx.AsyncClient, blobs: FolderBlobs, asked: str) -> None:
    await stored(blobs, REDACTED)
    answer = await client.get("/interactions/call/recording", headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, COPY)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0"])
async def test_part_behind_the_end_is_a_problem(client: httpx.AsyncClient, blobs: FolderBlobs, asked: str) -> None:
    await stored(blobs, REDACTED)
    answer = await client.get("/interactions/call/recording", headers={"range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_part_of_another_version_is_the_whole_of_this_one(client: httpx.AsyncClient, blobs: FolderBlobs) -> None:
    await stored(blobs, REDACTED)
    etag = (await client.get("/interactions/call/recording")).headers["etag"]
    asked = {"range": "bytes=0-3", "if-range": etag}
    assert (await client.get("/interactions/call/recording", headers=asked)).status_code == 206
    asked["if-range"] = '"older"'
    assert (await client.get("/interactions/call/recording", headers=asked)).content == COPY


async def test_result_is_read_once_until_it_changes(settings: MediaSettings, blobs: FolderBlobs) -> None:
    recordings = Recordings(settings, blobs)
    await stored(blobs, REDACTED)
    assert (await recordings.find("call")).media_type == "audio/mpeg"
    await stored(blobs, AS_IT_IS)
    assert (await recordings.find("call")).media_type == "audio/wav"
    await stored(blobs, None)
    with pytest.raises(NotFound):
        await recordings.find("call")


async def test_customers_do_not_listen(settings: MediaSettings, blobs: FolderBlobs, client: httpx.AsyncClient) -> None:
    await stored(blobs, REDACTED)
    client.headers.pop("authorization")
    assert (await client.get("/interactions/call/recording")).status_code == 401


async def test_input_bucket_audio_playback_is_where_copies_lie(settings: MediaSettings, blobs: FolderBlobs) -> None:
    await stored(blobs, REDACTED)
    elsewhere = settings.model_copy(update={"input_bucket_audio_playback": "copies/ours"})
    with pytest.raises(NotFound):
        await Recordings(elsewhere, blobs).find("call")
    await blobs.put(SOURCES, "copies/ours/call.mp3", COPY)
    assert (await Recordings(elsewhere, blobs).find("call")).info.key == "copies/ours/call.mp3"


@pytest.mark.parametrize("folder", ["originalAudio", "originalAudio/mp3", "conversationLogs/x"])
def test_copies_do_not_lie_where_new_recordings_are_looked_for(folder: str) -> None:
    with pytest.raises(ValidationError, match="cannot be the folder of what is written"):
        MediaSettings(input_bucket_audio_playback=folder)


async def test_copy_of_what_browsers_do_not_play(settings: MediaSettings, tmp_path: Path) -> None:
    """Through the whole pipeline, with the real analysis: G.711 in, MP3 out, and nothing left in the work folder."""
    line = np.concatenate([silence(0.5), voice(1, pitch=110, tract=0.9), silence(0.5)]) + noise(2, level=0.0005)
    law = save(tmp_path / "law.wav", line, codec="pcm_mulaw").read_bytes()
    plain = save(tmp_path / "plain.wav", line, codec="pcm_s16le").read_bytes()
    async with pipeline_of(settings, real=True) as pipeline:
        await pipeline.upload(("law.wav", law), ("plain.wav", plain))
        entries = await pipeline.settled(2, 50)
        assert [(entry.fate, entry.reason) for entry in entries] == [("done", None)] * 2
        copied, original = [
            await pipeline.client.get(f"/interactions/{entry.interaction_id}/recording") for entry in entries
        ]
        assert pipeline.files(SOURCES, "mp3") == [f"mp3/{entries[0].interaction_id}.mp3"]
        assert (await pipeline.entries())[-1].seconds_total == 2.0
    assert (original.headers["content-type"], original.content) == ("audio/wav", plain)
    heard = tmp_path / "heard.mp3"
    heard.write_bytes(copied.content)
    assert identify(heard, heard.name).codec == "mp3float"
    assert not list(settings.work_dir.glob("*"))
