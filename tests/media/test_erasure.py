"""Erasure through HTTP: everything goes, is certified, and does not come back; and folders with a limit in days."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from services.media.customers import customer_digest
from services.media.retention import Retention
from services.media.settings import MediaSettings
from services.media.store import digest, now
from shared.blobs import FolderBlobs
from shared.db import open_database
from shared.errors import Unavailable
from shared.schemas.erasures import Certificate, Erasure
from shared.schemas.ledger import LedgerEntry
from tests.conftest import eventually, internal_headers, staff
from tests.media.conftest import RESULTS, SOURCES, Pipeline, pipeline_of
from tests.media.fakes import FakeIndex
from tests.media.jobs import FakeTranscriber


def admin() -> dict[str, str]:
    return internal_headers("media", staff("admin"))


@pytest.fixture
async def pipeline(settings: MediaSettings) -> AsyncIterator[Pipeline]:
    quick = {"erasure_look_seconds": 0.1, "erasure_settle_seconds": 0.5}
    async with pipeline_of(settings.model_copy(update=quick)) as pipeline:
        yield pipeline


async def ordered(pipeline: Pipeline, **asked: str) -> httpx.Response:
    return await pipeline.client.post("/erasures", json=asked, headers=admin())


async def certified(pipeline: Pipeline, **asked: str) -> Certificate:
    answer = await ordered(pipeline, **asked)
    assert answer.status_code == 202, answer.text
    erasure = Erasure.model_validate_json(answer.content)

    async def is_done() -> bool:
        nonlocal erasure
        told = await pipeline.client.get(f"/erasures/{erasure.erasure_id}", headers=admin())
        erasure = Erasure.model_validate_json(told.content)
        return erasure.state == "done"

    await eventually(is_done)
    assert erasure.certificate is not None
    return erasure.certificate


def everything(pipeline: Pipeline) -> list[str]:
    return [path.relative_to(pipeline.root).as_posix() for path in pipeline.root.rglob("*") if path.is_file()]


def counted(certificate: Certificate) -> dict[str, int]:
    return {part.part: part.count for part in certificate.parts}


async def test_interaction_goes_everywhere_and_is_certified(pipeline: Pipeline) -> None:
    [kept] = await pipeline.sent(("kept.json", b"1"))
    before = everything(pipeline)
    [gone] = await pipeline.sent(("Maya Lopez.json", b"22"), metadata='{"customer": "C-1", "agent": "Kim"}')
    assert gone.interaction_id is not None
    certificate = await certified(pipeline, interaction_id=gone.interaction_id)
    assert sorted(everything(pipeline)) == sorted(before)
    assert counted(certificate) == {
        "source": 1, "side_car": 1, "transcript": 1, "result": 1, "index": 1, "workflow": 1, "ledger": 1
    }  # fmt: skip
    assert [document.interaction_id for document in pipeline.index.documents] == [kept.interaction_id]
    shown = LedgerEntry.model_validate_json((await pipeline.client.get(f"/ledger/{gone.entry_id}")).content)
    assert (shown.fate, shown.name, shown.key) == ("erased", "erased", f"erased/{gone.entry_id}")
    assert (certificate.asked_by, certificate.scope, certificate.entries) == ("pat", "interaction", [gone.entry_id])
    [source] = [part for part in certificate.parts if part.part == "source"]
    assert (source.bytes, len(source.sha256[0])) == (2, 64)
    for personal in ("Maya", "C-1", "Kim"):
        assert personal not in certificate.model_dump_json()
    assert await certified(pipeline, interaction_id=gone.interaction_id) == certificate


async def test_transcription_that_is_under_way_is_forgotten_too(settings: MediaSettings, tmp_path: Path) -> None:
    transcriber = FakeTranscriber(tmp_path / "jobs.json", looks=10_000)
    quick = {"erasure_look_seconds": 0.1, "erasure_settle_seconds": 0.5, "transcribe_poll_seconds": 0.1}
    async with pipeline_of(settings.model_copy(update=quick), transcriber=transcriber) as pipeline:
        await pipeline.upload(("call.wav", b"RIFF1"), metadata='{"customer": "C-1"}')
        await eventually(lambda: transcriber.jobs)
        await certified(pipeline, customer="C-1")
        assert [job["status"] for job in transcriber.jobs.values()] == ["forgotten"]


async def test_customer_goes_with_failures_duplicates_and_what_waits(pipeline: Pipeline) -> None:
    theirs = '{"customer": " C-1 "}'
    await pipeline.sent(("a.json", b"1"), ("b.json", b'"bug"'), ("c.txt", b"no"), metadata=theirs)
    await pipeline.sent(("copy of a.json", b"1"))
    await pipeline.sent(("other.json", b"2"), metadata='{"customer": "C-2"}')
    bulk = (await pipeline.client.post("/bulk", json={"source": "upload"}, headers=admin())).json()["bulk_id"]
    await pipeline.client.post(f"/bulk/{bulk}/pause", headers=admin())
    files, data = [("file", ("held.json", b"5"))], {"metadata": theirs}
    await pipeline.client.post("/objects", params={"bulk_id": bulk}, files=files, data=data)
    certificate = await certified(pipeline, customer="C-1")
    assert counted(certificate)["source"] == counted(certificate)["ledger"] == 5
    left = [entry.name for entry in await pipeline.entries() if entry.fate != "erased"]
    assert left == ["other.json"]
    other = pipeline.index.documents[0].interaction_id
    assert {path.rpartition("/")[2] for path in everything(pipeline)} == {
        "other.json",
        "other.json.metadata.json",
        f"{other}.json",
    }
    again = await certified(pipeline, customer="C-1")
    assert (again.entries, again.parts) == ([], [])


async def test_erasure_is_tried_until_everything_went(pipeline: Pipeline) -> None:
    [gone] = await pipeline.sent(("a.json", b"1"))
    assert gone.interaction_id is not None
    pipeline.index.faults = [Unavailable("away"), Unavailable("away")]
    certificate = await certified(pipeline, interaction_id=gone.interaction_id)
    assert pipeline.index.removed == [gone.interaction_id]
    assert counted(certificate)["source"] == 1


async def test_what_is_at_work_ends_without_a_trace(pipeline: Pipeline) -> None:
    pipeline.analyser.seconds = 1
    pipeline.drop("conversationLogs/s.json", b"1")
    await eventually(lambda: pipeline.analyser.at_once == 1)
    [entry] = await pipeline.entries()
    interaction_id = digest(SOURCES, "conversationLogs/s.json")
    certificate = await certified(pipeline, interaction_id=interaction_id)
    await eventually(lambda: pipeline.analyser.at_once == 0)
    assert certificate.entries == [entry.entry_id]
    assert (everything(pipeline), pipeline.index.documents) == ([], [])


async def test_same_object_that_comes_again_is_new(pipeline: Pipeline) -> None:
    pipeline.drop("conversationLogs/s.json", b"1")
    [first] = await pipeline.settled(1)
    assert first.interaction_id is not None
    await certified(pipeline, interaction_id=first.interaction_id)
    pipeline.drop("conversationLogs/s.json", b"1")
    erased, again = await pipeline.settled(2)
    assert (erased.fate, again.fate) == ("erased", "done")
    assert again.interaction_id == first.interaction_id
    assert len(pipeline.files(RESULTS, "parsedFiles")) == len(pipeline.index.documents) == 1


async def test_who_may_erase_and_what(pipeline: Pipeline) -> None:
    supervisors = internal_headers("media", staff("supervisor"))
    assert (await pipeline.client.post("/erasures", json={"customer": "x"}, headers=supervisors)).status_code == 403
    assert (await pipeline.client.get("/erasures", headers=supervisors)).status_code == 403
    assert (await ordered(pipeline, interaction_id="unknown")).status_code == 404
    assert (await ordered(pipeline)).status_code == 422
    assert (await pipeline.client.get("/erasures/unknown", headers=admin())).status_code == 404
    await certified(pipeline, customer="nobody")
    await certified(pipeline, customer="no one")
    first = (await pipeline.client.get("/erasures", params={"limit": "1"}, headers=admin())).json()
    rest = await pipeline.client.get("/erasures", params={"cursor": first["next_cursor"]}, headers=admin())
    assert (len(first["items"]), len(rest.json()["items"]), rest.json()["next_cursor"]) == (1, 1, None)


def test_digest_of_a_customer_needs_the_secret() -> None:
    assert customer_digest("s", "C-1") == customer_digest("s", " C-1 ") != customer_digest("t", "C-1")


async def test_what_is_too_old_goes_by_folder_but_nothing_in_work(tmp_path: Path) -> None:
    settings = MediaSettings(data_dir=tmp_path, retention=("failedAudio=30", "parsedFiles = 400"))
    blobs, index = FolderBlobs(tmp_path / "objects"), FakeIndex()
    for bucket, key in [
        (settings.input_bucket_name, "failedAudio/originalAudio/a.wav"),
        (settings.input_bucket_name, "failedAudio/originalAudio/a.wav.metadata.json"),
        (settings.input_bucket_name, "failedAudioOther/b.wav"),
        (settings.input_bucket_name, "originalAudio/c.wav"),
        (settings.output_bucket_name, "parsedFiles/i1.json"),
    ]:
        await blobs.put(bucket, key, b"1")
    async with open_database(settings.database_url("sqlite", "media"), "services.media") as database:
        retention = Retention(settings=settings, database=database, blobs=blobs, index=index)
        assert await retention.sweep() == 0
        assert await retention.sweep(now() + timedelta(days=31)) == 2
        assert index.removed == []
        assert await retention.sweep(now() + timedelta(days=401)) == 1
    assert index.removed == ["i1"]
    left = [info.key for info in await blobs.listing(settings.input_bucket_name, "")]
    assert left == ["failedAudioOther/b.wav", "originalAudio/c.wav"]


async def test_source_that_waits_is_kept_whatever_its_age(pipeline: Pipeline, settings: MediaSettings) -> None:
    bulk = (await pipeline.client.post("/bulk", json={"source": "upload"}, headers=admin())).json()["bulk_id"]
    await pipeline.client.post(f"/bulk/{bulk}/pause", headers=admin())
    files = [("file", ("held.json", b"5"))]
    await pipeline.client.post("/objects", params={"bulk_id": bulk}, files=files, data={"metadata": "{}"})
    limited = settings.model_copy(update={"retention": ("uploads=1",)})
    async with open_database(settings.database_url("sqlite", "media"), "services.media") as database:
        retention = Retention(settings=limited, database=database, blobs=pipeline.blobs, index=pipeline.index)
        assert await retention.sweep(now() + timedelta(days=3)) == 0
        await pipeline.client.post(f"/bulk/{bulk}/cancel", headers=admin())
        assert await retention.sweep(now() + timedelta(days=3)) == 2


@pytest.mark.parametrize("given", ["failedAudio", "failedAudio=0", "=3", "failedAudio=-1", "/x=3", "a=b=c"])
def test_limit_that_is_none_is_refused_at_the_start(given: str) -> None:
    with pytest.raises(ValidationError, match="OMNILEX_RETENTION"):
        MediaSettings(retention=(given,))
