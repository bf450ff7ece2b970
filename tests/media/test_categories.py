"""Rules of categories over HTTP: read, tried on what there is, saved in versions, and in force at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from services.media.analysis import Identified, Transcript, build_interaction
from services.media.analysis.categories import built_in, rules_in_force
from services.media.main import create_app
from services.media.service import MediaService
from services.media.settings import MediaSettings
from shared.blobs import FolderBlobs
from shared.db import open_database
from tests.conftest import internal_headers, served, staff
from tests.media.analysis.builders import felt, subject
from tests.media.conftest import RESULTS

CARD = {"name": "Card", "conditions": [{"kind": "text", "phrases": ["card"]}]}
LOAN = {"name": "Loan", "conditions": [{"kind": "text", "phrases": ["loan"]}]}


def role(name: str) -> dict[str, str]:
    return internal_headers("media", staff(name))


@asynccontextmanager
async def replica(settings: MediaSettings, blobs: FolderBlobs) -> AsyncIterator[httpx.AsyncClient]:
    url = settings.database_url("sqlite", "media")
    async with open_database(url, "services.media") as database:
        service = MediaService(settings=settings, database=database, blobs=blobs, wake=lambda: None)
        async with served(create_app(settings, service), headers=role("supervisor")) as client:
            yield client


@pytest.fixture
async def client(settings: MediaSettings) -> AsyncIterator[httpx.AsyncClient]:
    async with replica(settings, FolderBlobs(settings.data_dir / "objects")) as client:
        yield client


class LateBlobs(FolderBlobs):
    """Stores something new only when everybody who saves has looked at what there is."""

    def __init__(self, root: Path, together: asyncio.Barrier) -> None:
        super().__init__(root)
        self._together = together

    async def put_new(self, bucket: str, key: str, data: bytes) -> bool:
        await self._together.wait()
        return await super().put_new(bucket, key, data)


def put_result(settings: MediaSettings, name: str, text: str) -> None:
    transcript = Transcript(kind="call", separation="single", utterances=[felt("a", 0, 1, 0, 0, text=text)])
    document = build_interaction(transcript, Identified("transcribe"), subject(), settings, audio=None)
    folder = settings.data_dir / "objects" / RESULTS / settings.output_bucket_parsed_results
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(document.model_copy(update={"interaction_id": name}).model_dump_json())


async def test_what_the_product_brings_is_version_0(client: httpx.AsyncClient) -> None:
    found = (await client.get("/categories")).json()
    assert (found["version"], len(found["rules"])) == (0, len(built_in().rules))
    assert (await client.get("/categories/versions/0")).json() == found
    assert (await client.get("/categories/versions/1")).status_code == 404


async def test_rules_are_tried_before_they_are_saved(client: httpx.AsyncClient, settings: MediaSettings) -> None:
    put_result(settings, "I-1", "my card")
    put_result(settings, "I-2", "my loan and my card")
    (settings.data_dir / "objects" / RESULTS / settings.output_bucket_parsed_results / "I-3.json").write_text("{")
    assert (await client.put("/categories", json={"version": 0, "rules": [CARD]})).json()["version"] == 1
    trial = (await client.post("/categories/trial", json={"version": 1, "rules": [LOAN]})).json()
    assert (trial["looked_at"], trial["unreadable"]) == (2, 1)
    assert trial["changes"] == [
        {"name": "Card", "before": 2, "after": 0, "gained": [], "lost": ["I-1", "I-2"]},
        {"name": "Loan", "before": 0, "after": 1, "gained": ["I-2"], "lost": []},
    ]
    assert [rule["name"] for rule in (await client.get("/categories")).json()["rules"]] == ["Card"]
    few = (await client.post("/categories/trial?limit=1", json={"rules": [LOAN]})).json()
    assert few["looked_at"] + few["unreadable"] == 1


async def test_versions_follow_each_other_and_are_in_force(client: httpx.AsyncClient, settings: MediaSettings) -> None:
    assert rules_in_force(settings) == built_in()
    saved = (await client.put("/categories", json={"version": 0, "rules": [CARD]})).json()
    assert saved["changed_by"]
    assert saved["changed_at"]
    late = await client.put("/categories", json={"version": 0, "rules": [LOAN]})
    assert late.status_code == 409
    assert (await client.put("/categories", json={"version": 1, "rules": [LOAN]})).json()["version"] == 2
    assert [rule.name for rule in rules_in_force(settings).rules] == ["Loan"]
    assert [rule["name"] for rule in (await client.get("/categories/versions/1")).json()["rules"]] == ["Card"]


async def test_damaged_rules_are_told_and_taken_for_none(client: httpx.AsyncClient, settings: MediaSettings) -> None:
    assert (await client.put("/categories", json={"version": 0, "rules": [CARD]})).status_code == 200
    path = settings.data_dir / "objects" / settings.support_files_bucket_name / "categories" / "000002.json"
    path.write_text('{"rules": 3}')
    for answer in (await client.get("/categories"), await client.put("/categories", json={"version": 2, "rules": []})):
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["detail"] == "The rules of categories cannot be read: categories/000002.json is damaged."
    path.unlink()
    assert (await client.get("/categories")).json()["version"] == 1


async def test_of_two_replicas_that_save_at_once_one_is_told_to_look_again(settings: MediaSettings) -> None:
    blobs = LateBlobs(settings.data_dir / "objects", asyncio.Barrier(2))
    async with replica(settings, blobs) as one, replica(settings, blobs) as other:
        answers = await asyncio.gather(
            one.put("/categories", json={"version": 0, "rules": [CARD]}),
            other.put("/categories", json={"version": 0, "rules": [LOAN]}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        refusal = next(answer for answer in answers if answer.status_code == 409)
        assert refusal.headers["content-type"] == "application/problem+json"
        assert refusal.json()["detail"] == "The rules have changed meanwhile: version 1 is in force."
        saved = next(answer for answer in answers if answer.status_code == 200).json()
        assert (await one.get("/categories")).json() == (await other.get("/categories")).json() == saved


@pytest.mark.parametrize(
    ("name", "method", "path", "status"),
    [
        ("analyst", "GET", "/categories", 200),
        ("analyst", "PUT", "/categories", 403),
        ("analyst", "POST", "/categories/trial", 403),
        ("agent", "PUT", "/categories", 403),
        ("admin", "PUT", "/categories", 200),
    ],
)
async def test_who_may(client: httpx.AsyncClient, name: str, method: str, path: str, status: int) -> None:
    body = None if method == "GET" else {"version": 0, "rules": [CARD]}
    assert (await client.request(method, path, json=body, headers=role(name))).status_code == status


@pytest.mark.parametrize(
    "wrong",
    [
        {"rules": [{"name": "", "conditions": []}]},
        {"rules": [CARD | {"name": " "}]},
        {"rules": [CARD | {"name": "Ca\u0000rd"}]},
        {"rules": [CARD | {"conditions": [{"kind": "text", "phrases": ["ca\nrd"]}]}]},
        {"rules": [CARD, CARD]},
        [],
        {"rules": 3},
    ],
)
async def test_bad_rules_are_refused(client: httpx.AsyncClient, wrong: object, data_dir: Path) -> None:
    assert (await client.put("/categories", json=wrong)).status_code == 422
    assert (await client.get("/categories")).json()["version"] == 0
