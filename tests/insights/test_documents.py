"""Putting documents in the index and reading them back."""

import asyncio
from pathlib import Path

import httpx
import pytest
from pydantic import JsonValue

from services.insights.main import create_app
from services.insights.service import Insights
from services.insights.settings import InsightsSettings
from shared.callers import Caller, InternalTokens
from shared.clients.insights import InsightsClient
from shared.db import Database
from shared.schemas.interaction import Interaction
from shared.settings import DEVELOPMENT_SECRET
from tests.conftest import internal_headers, served, staff
from tests.insights.documents import Document, analyst, document, media


async def put(client: httpx.AsyncClient, body: Document) -> None:
    answer = await client.put(f"/interactions/{body['interaction_id']}", json=body, headers=media())
    assert (answer.status_code, answer.content) == (204, b"")


async def test_document_is_read_back_whole(insights: httpx.AsyncClient) -> None:
    sent = document("A-1")
    await put(insights, sent)
    answer = await insights.get("/interactions/A-1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    received = Interaction.model_validate_json(answer.content)
    assert received == Interaction.model_validate(sent)
    assert answer.json()["turns"][0]["text"] == "Café, 10 £ \u0000 — déjà\u2028vu 🙂"


async def test_list_row_is_the_header_and_nothing_more(insights: httpx.AsyncClient) -> None:
    await put(insights, document("A-1"))
    assert (await insights.get("/interactions")).json() == {
        "items": [
            {
                "interaction_id": "A-1",
                "kind": "call",
                "channel": "call",
                "started_at": "2026-03-01T10:00:00Z",
                "duration": 12.5,
                "language": "en-US",
                "agent": "Ada",
                "customer": None,
                "guid": None,
                "caller_average": 0.25,
                "caller_trend": -0.5,
                "agent_average": None,
                "agent_trend": None,
                "turn_count": 1,
                "warnings": ["mono"],
                "quality": [],
            }
        ],
        "next_cursor": None,
    }


async def test_document_replaces_the_earlier_one_everywhere(insights: httpx.AsyncClient) -> None:
    await put(insights, document("A-1", caller_average=0.25, agent="Ada"))
    await put(insights, document("A-1", caller_average=None, agent="Bob", processed_at="2026-03-01T12:00:00Z"))
    assert (await insights.get("/interactions/A-1")).json()["agent"] == "Bob"
    rows = (await insights.get("/interactions", params={"sentiment": "unknown"})).json()["items"]
    assert [(row["interaction_id"], row["agent"]) for row in rows] == [("A-1", "Bob")]
    assert (await insights.get("/interactions", params={"sentiment": "positive"})).json()["items"] == []


async def test_document_processed_earlier_changes_nothing(insights: httpx.AsyncClient) -> None:
    await put(insights, document("A-1", agent="new", processed_at="2026-03-01T11:00:00.000001Z"))
    # Later on the clock, yet earlier in time.
    await put(insights, document("A-1", agent="old", processed_at="2026-03-01T13:00:00+02:00"))
    assert (await insights.get("/interactions/A-1")).json()["agent"] == "new"


async def test_same_document_twice_is_one(insights: httpx.AsyncClient) -> None:
    await put(insights, document("A-1"))
    await put(insights, document("A-1", agent="again"))
    rows = (await insights.get("/interactions")).json()["items"]
    assert [row["agent"] for row in rows] == ["again"]


async def test_newest_of_many_put_at_once_stays(insights: httpx.AsyncClient) -> None:
    versions = [document("A-1", turn_count=n, processed_at=f"2026-03-01T11:00:{n:02}Z") for n in range(12)]
    await asyncio.gather(*(put(insights, version) for version in versions[::-1] + versions))
    assert (await insights.get("/interactions/A-1")).json()["turn_count"] == 11


async def test_documents_survive_a_restart(database_url: str) -> None:
    settings = InsightsSettings(insights_database_url=database_url)
    async with served(create_app(settings), headers=analyst()) as client:
        await put(client, document("A-1"))
    async with served(create_app(settings), headers=analyst()) as client:
        assert (await client.get("/interactions/A-1")).status_code == 200
        assert (await client.get("/ready")).json() == {"status": "ready"}


@pytest.mark.empty_database
async def test_plain_sqlite_is_a_file_in_the_data_folder(data_dir: Path) -> None:
    async with served(create_app(InsightsSettings(data_dir=data_dir)), headers=analyst()) as client:
        await put(client, document("A-1"))
    assert (data_dir / "insights.sqlite").is_file()


async def test_service_can_be_given(data_dir: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{data_dir / 'given.sqlite'}")
    await database.migrate("services.insights")
    async with served(create_app(service=Insights(database)), headers=analyst()) as client:
        await put(client, document("A-1"))
    await database.close()


async def test_client_of_media_indexes(insights: httpx.AsyncClient) -> None:
    tokens = InternalTokens(DEVELOPMENT_SECRET)
    client = InsightsClient(insights, base_url="http://test", audience="insights", tokens=tokens, sender="media")
    await client.index(Interaction.model_validate(document("call 1: 100% #née?")))
    answer = await insights.get("/interactions")
    assert [row["interaction_id"] for row in answer.json()["items"]] == ["call 1: 100% #née?"]


async def test_unknown_interaction_is_not_found(insights: httpx.AsyncClient) -> None:
    answer = await insights.get("/interactions/A-404", headers={"x-request-id": "request-0404"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "https://omnilex.dev/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such interaction.",
        "request_id": "request-0404",
    }


async def test_id_of_path_and_document_must_agree(insights: httpx.AsyncClient) -> None:
    headers = media() | {"x-request-id": "request-0422"}
    answer = await insights.put("/interactions/A-2", json=document("A-1"), headers=headers)
    assert answer.status_code == 422
    assert answer.json() == {
        "type": "https://omnilex.dev/problems/invalid-request",
        "title": "The request is not valid",
        "status": 422,
        "detail": "The document has another id than the path.",
        "request_id": "request-0422",
    }
    assert (await insights.get("/interactions")).json()["items"] == []


@pytest.mark.parametrize("interaction_id", ["%00", "a%00b", "..%2e", "%0a", "x" * 201])
async def test_unusable_id_is_refused(insights: httpx.AsyncClient, interaction_id: str) -> None:
    assert (await insights.get(f"/interactions/{interaction_id}")).status_code == 422


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("started_at", "2026-03-01T10:00:00"),
        ("started_at", "0001-01-01T00:00:00+14:00"),
        ("turn_count", 2**63),
        ("turn_count", -1),
        ("channel", "pigeon"),
        ("schema_name", "omnilex/2"),
    ],
)
async def test_document_out_of_shape_is_refused(insights: httpx.AsyncClient, member: str, value: str | int) -> None:
    answer = await insights.put("/interactions/A-1", json=document("A-1", **{member: value}), headers=media())
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{member}"]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
async def test_number_that_is_none_is_refused(insights: httpx.AsyncClient, number: bytes) -> None:
    body = Interaction.model_validate(document("A-1")).model_dump_json().encode()
    body = body.replace(b'"caller_average":0.25', b'"caller_average":' + number)
    headers = media() | {"content-type": "application/json"}
    answer = await insights.put("/interactions/A-1", content=body, headers=headers)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/caller_average"]


async def test_call_of_many_megabytes_is_accepted(insights: httpx.AsyncClient) -> None:
    turn: JsonValue = {"start": 0, "end": 1, "speaker": "spk_0", "role": "CALLER", "text": "x" * 1_000_000}
    await put(insights, document("A-1", turns=[turn] * 5))
    assert len((await insights.get("/interactions/A-1")).content) > 5_000_000


async def test_document_over_twenty_megabytes_is_refused(insights: httpx.AsyncClient) -> None:
    headers = media() | {"content-type": "application/json", "x-request-id": "request-0413"}
    answer = await insights.put("/interactions/A-1", content=b" " * (20 * 1024 * 1024 + 1), headers=headers)
    assert answer.status_code == 413
    assert answer.json() == {
        "type": "https://omnilex.dev/problems/payload-too-large",
        "title": "The body is too large",
        "status": 413,
        "detail": "At most 20971520 bytes are accepted here.",
        "request_id": "request-0413",
    }


@pytest.mark.parametrize(
    ("caller", "put_status", "read_status"),
    [
        (None, 401, 401),
        (Caller("service", "media"), 204, 403),
        (Caller("customer", "session-1"), 403, 403),
        (staff("admin"), 403, 404),
        (staff("supervisor"), 403, 404),
        (staff("analyst"), 403, 404),
        (staff("agent"), 403, 404),
        (Caller("staff", "pat"), 403, 403),
        (Caller("staff", "pat", frozenset({"owner"})), 403, 403),
    ],
)
async def test_who_may_do_what(data_dir: Path, caller: Caller | None, put_status: int, read_status: int) -> None:
    headers = internal_headers("insights", caller) if caller else {}
    async with served(create_app(InsightsSettings(data_dir=data_dir))) as client:
        answer = await client.put("/interactions/A-1", json=document("A-1"), headers=headers)
        assert answer.status_code == put_status
        assert (await client.get("/interactions/A-404", headers=headers)).status_code == read_status
        listed = await client.get("/interactions", headers=headers)
        assert listed.status_code == (200 if read_status == 404 else read_status)


async def test_token_for_another_service_is_refused(insights: httpx.AsyncClient) -> None:
    answer = await insights.get("/interactions", headers=internal_headers("media", staff("admin")))
    assert answer.status_code == 401


async def test_document_that_is_removed_is_gone_from_everywhere_and_removing_it_again_is_no_error(
    insights: httpx.AsyncClient,
) -> None:
    await put(insights, document("A-1"))
    await put(insights, document("A-2"))
    for _ in range(2):
        answer = await insights.delete("/interactions/A-1", headers=media())
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await insights.get("/interactions/A-1")).status_code == 404
    assert [item["interaction_id"] for item in (await insights.get("/interactions")).json()["items"]] == ["A-2"]
    assert (await insights.delete("/interactions/A-2", headers=analyst())).status_code == 403
