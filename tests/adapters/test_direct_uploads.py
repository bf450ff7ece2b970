"""Files that go to the object store directly: on Amazon S3 from the offer to the ledger, and refused on a folder."""

import base64
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aioboto3
import httpx
import pytest

from services.media.main import create_app
from services.media.service import MediaService
from services.media.settings import MediaSettings
from shared.aws import S3Blobs, open_s3
from shared.blobs import Blobs, FolderBlobs
from shared.callers import Caller
from shared.db import open_database
from shared.errors import InvalidRequest
from tests.conftest import internal_headers, served, staff

SOURCE = "omni-lex-sentiment-source-audio"
ASKED = {"name": "C:\\calls\\a b+ü.wav", "size": 5, "metadata": {"agent": "Kim"}}


@pytest.fixture
async def s3(aws_environment: None, session: aioboto3.Session) -> AsyncIterator[S3Blobs]:
    prefix = uuid.uuid4().hex[:12] + "-"
    async with open_s3(prefix, session) as blobs:
        await blobs._client.create_bucket(Bucket=prefix + SOURCE)
        yield blobs


async def client_of(blobs: Blobs, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The routes of media over this store; nothing is started."""
    settings = MediaSettings(data_dir=folder, max_upload_bytes=1000)
    async with open_database(settings.database_url("sqlite", "media"), "services.media") as database:
        service = MediaService(settings=settings, database=database, blobs=blobs, wake=lambda: None)
        async with served(create_app(settings, service), headers=internal_headers("media", staff("analyst"))) as client:
            yield client


@pytest.fixture
async def client(s3: S3Blobs, data_dir: Path) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(s3, data_dir):
        yield client


async def posted(form: dict[str, Any], data: bytes) -> httpx.Response:
    async with httpx.AsyncClient() as store:
        return await store.post(form["url"], data=form["fields"], files={"file": ("any name", data)})


async def test_file_goes_from_its_form_to_the_ledger(client: httpx.AsyncClient, s3: S3Blobs) -> None:
    offered = await client.post("/objects/presigned", json=ASKED)
    assert offered.status_code == 201
    form = offered.json()
    assert form["key"].startswith(f"originalAudio/{datetime.now(UTC):%Y}/")
    assert form["key"].endswith("/a b+ü.wav")
    assert [info.key for info in await s3.listing(SOURCE, "")] == [form["key"] + ".metadata.json"]
    assert json.loads(await s3.get(SOURCE, form["key"] + ".metadata.json")) == {"agent": "Kim"}
    assert (await posted(form, b"sound")).is_success
    assert await s3.get(SOURCE, form["key"]) == b"sound"
    arrived = await client.post("/objects/presigned/arrived", json={"key": form["key"]})
    assert arrived.status_code == 202
    entry = arrived.json()
    assert (entry["name"], entry["size"], entry["fate"]) == ("a b+ü.wav", 5, "waiting")
    again = await client.post("/objects/presigned/arrived", json={"key": form["key"]})
    assert again.json() == entry
    assert [item["key"] for item in (await client.get("/ledger")).json()["items"]] == [form["key"]]


async def test_form_is_good_for_one_object_of_one_size_and_for_a_while(client: httpx.AsyncClient) -> None:
    form = (await client.post("/objects/presigned", json=ASKED)).json()
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 5, 5] in policy["conditions"]
    assert {"key": form["key"]} in policy["conditions"]
    assert form["fields"]["key"] == form["key"]
    assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    until = datetime.fromisoformat(policy["expiration"])
    assert until - datetime.now(UTC) < timedelta(minutes=15, seconds=1)
    assert abs(datetime.fromisoformat(form["expires_at"]) - until) < timedelta(seconds=5)


@pytest.mark.parametrize("name", ["${filename}", "a${filename}.wav", "$${filename}"])
async def test_name_cannot_be_a_variable_of_s3s(client: httpx.AsyncClient, s3: S3Blobs, name: str) -> None:
    form = (await client.post("/objects/presigned", json=ASKED | {"name": name})).json()
    assert "${" not in form["key"]
    with pytest.raises(InvalidRequest):
        await s3.upload_form(SOURCE, f"originalAudio/{name}", size=1, seconds=60)


async def test_two_offers_of_one_name_are_two_objects(client: httpx.AsyncClient) -> None:
    forms = [(await client.post("/objects/presigned", json=ASKED)).json() for _ in range(2)]
    assert forms[0]["key"] != forms[1]["key"]


async def test_file_that_is_too_large_gets_no_form(client: httpx.AsyncClient, s3: S3Blobs) -> None:
    assert (await client.post("/objects/presigned", json=ASKED | {"size": 1001})).status_code == 413
    assert await s3.listing(SOURCE, "") == []


@pytest.mark.parametrize(
    "key",
    ["originalAudio/none.wav", "parsedFiles/secret.json", "originalAudio/a.wav.metadata.json", "originalAudio/", "x"],
)
async def test_what_did_not_arrive_or_is_no_upload_is_not_found(
    client: httpx.AsyncClient, s3: S3Blobs, key: str
) -> None:
    if key != "originalAudio/none.wav":
        await s3.put(SOURCE, key, b"{}")
    assert (await client.post("/objects/presigned/arrived", json={"key": key})).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"), [("/objects/presigned", ASKED), ("/objects/presigned/arrived", {"key": "originalAudio/none"})]
)
async def test_who_may_upload_directly(client: httpx.AsyncClient, path: str, body: dict[str, object]) -> None:
    for caller in (staff("agent"), Caller("customer", "chat-1")):
        answer = await client.post(path, json=body, headers=internal_headers("media", caller))
        assert answer.status_code == 403
    assert (await client.post(path, json=body, headers={"authorization": ""})).status_code == 401


async def test_bad_request_is_refused_and_nothing_is_stored(client: httpx.AsyncClient, s3: S3Blobs) -> None:
    for body in ({}, ASKED | {"size": -1}, ASKED | {"name": ""}, ASKED | {"metadata": {"roles": {"ch_0": "BOSS"}}}):
        assert (await client.post("/objects/presigned", json=body)).status_code == 422
    large = ASKED | {"name": "x" * 2 * 1024 * 1024}
    assert (await client.post("/objects/presigned", json=large)).status_code == 413
    assert await s3.listing(SOURCE, "") == []


async def test_folder_takes_files_from_nobody_but_us(data_dir: Path) -> None:
    folder = FolderBlobs(data_dir / "objects")
    async for client in client_of(folder, data_dir):
        refused = await client.post("/objects/presigned", json=ASKED)
        assert refused.status_code == 409
        assert "upload API" in refused.json()["detail"]
    assert await folder.listing(SOURCE, "") == []
