"""HTTP: who may, what is refused, what an upload keeps."""

import httpx
import pytest

from services.media.main import create_app
from services.media.names import safe_name
from services.media.service import MediaService
from services.media.settings import MediaSettings
from services.media.sources import is_source
from shared.blobs import FolderBlobs
from shared.callers import Caller
from shared.db import open_database
from tests.conftest import internal_headers, served, staff
from tests.media.conftest import SOURCES

FILE = {"file": ("a.json", b"{}")}
HOSTILE = {
    "../../etc/passwd": "passwd",
    "C:\\calls\\a b.wav": "a b.wav",
    'he said "no".wav': 'he said "no".wav',
    "😀 call.wav": "😀 call.wav",
    "line\nbreak\x00.wav": "linebreak.wav",
    ".hidden": "hidden",
    "..": "unnamed",
    "": "unnamed",
    "x.metadata.json": "x.json",
    "\u202egpj.wav": "gpj.wav",
    "e\u0301.wav": "é.wav",
}


@pytest.fixture
async def client(settings: MediaSettings):  # noqa: ANN201  a fixture; pytest gives its users what it yields
    """The routes over a real ledger and folder; nothing is started."""
    url = settings.database_url("sqlite", "media")
    async with open_database(url, "services.media") as database:
        blobs = FolderBlobs(settings.data_dir / "objects")
        small = settings.model_copy(update={"max_upload_bytes": 1000, "max_upload_request_bytes": 10_000})
        service = MediaService(settings=small, database=database, blobs=blobs, wake=lambda: None)
        async with served(create_app(small, service), headers=internal_headers("media", staff("analyst"))) as client:
            yield client


def stored(settings: MediaSettings) -> list[str]:
    root = settings.data_dir / "objects" / SOURCES
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


async def test_upload_answers_with_waiting_entries_in_order(client: httpx.AsyncClient) -> None:
    answer = await client.post("/objects", files=[("file", (f"{name}.json", b"{}")) for name in "cab"])
    assert answer.status_code == 202
    assert [entry["name"] for entry in answer.json()] == ["c.json", "a.json", "b.json"]
    assert {entry["fate"] for entry in answer.json()} == {"waiting"}
    assert {entry["interaction_id"] for entry in answer.json()} == {None}


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        (staff("supervisor"), 202),
        (staff("analyst"), 202),
        (staff("admin"), 202),
        (Caller("service", "gateway"), 202),
        (staff("agent"), 403),
        (Caller("customer", "chat-1"), 403),
    ],
)
async def test_who_may_upload(client: httpx.AsyncClient, caller: Caller, status: int) -> None:
    answer = await client.post("/objects", files=FILE, headers=internal_headers("media", caller))
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/objects", "/ledger", "/ledger/x"])
async def test_nobody_enters_without_a_token(client: httpx.AsyncClient, path: str) -> None:
    method = "POST" if path == "/objects" else "GET"
    answer = await client.request(method, path, headers={"authorization": ""})
    assert answer.status_code == 401


async def test_upload_without_a_file_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/objects", data={"metadata": "{}"})).status_code == 422
    assert (await client.post("/objects", json={})).status_code == 422


@pytest.mark.parametrize("metadata", ["{", '{"language": "german"}', "[]", '{"roles": {"spk_0": "BOSS"}}'])
async def test_bad_metadata_is_refused_and_nothing_is_stored(
    client: httpx.AsyncClient, settings: MediaSettings, metadata: str
) -> None:
    answer = await client.post("/objects", files=FILE, data={"metadata": metadata})
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert "_" not in answer.json()["errors"][0]["detail"]  # a sentence, not a code
    assert "BOSS" not in answer.text
    assert stored(settings) == []


async def test_file_over_the_limit_is_refused_and_nothing_is_stored(
    client: httpx.AsyncClient, settings: MediaSettings
) -> None:
    files = [("file", ("small.json", b"{}")), ("file", ("large.json", b"1" * 1001))]
    assert (await client.post("/objects", files=files)).status_code == 413
    whole = [("file", (f"{number}.json", b"1" * 999)) for number in range(11)]
    assert (await client.post("/objects", files=whole)).status_code == 413
    assert stored(settings) == []


@pytest.mark.parametrize(("given", "kept"), HOSTILE.items())
async def test_hostile_names_stay_readable_and_inside_the_folder(
    client: httpx.AsyncClient, settings: MediaSettings, given: str, kept: str
) -> None:
    assert safe_name(given) == kept
    answer = await client.post("/objects", files={"file": (given or "x", b"{}")})
    assert answer.status_code == 202
    [key] = stored(settings)
    assert key.startswith("originalAudio/2")
    assert is_source(key)


async def test_letters_that_are_escaped_on_the_wire_come_back(client: httpx.AsyncClient) -> None:
    answer = await client.post("/objects", files={"file": ('the "best"\r\n 100%25 call.json', b"{}")})
    assert answer.json()[0]["name"] == 'the "best" 100%25 call.json'


@pytest.mark.parametrize("name", ["a" * 1000 + ".wav", "é" * 500 + ".wav", "x." + "y" * 500, "😀" * 300])
def test_long_name_is_cut_between_letters_and_keeps_its_ending(name: str) -> None:
    assert len(safe_name(name).encode()) <= 150
    assert safe_name(name).endswith(".wav") == name.endswith(".wav")


async def test_same_idempotency_key_gives_the_same_entries_and_no_second_upload(
    client: httpx.AsyncClient, settings: MediaSettings
) -> None:
    headers = {"idempotency-key": "K-1"}
    first = await client.post("/objects", files=FILE, headers=headers)
    again = await client.post("/objects", files=FILE, headers=headers)
    assert again.json() == first.json()
    assert len(stored(settings)) == 1
    other = await client.post("/objects", files={"file": ("b.json", b"[]")}, headers=headers)
    assert other.status_code == 409
    elsewhere = headers | internal_headers("media", Caller("staff", "sam", frozenset({"analyst"})))
    assert (await client.post("/objects", files=FILE, headers=elsewhere)).json() != first.json()


async def test_ledger_filters_by_fate_and_by_part_of_the_name(client: httpx.AsyncClient) -> None:
    names = ["Morning 100%.json", "evening_1.json", "eveningX1.json"]
    await client.post("/objects", files=[("file", (name, b"{}")) for name in names])

    async def found(**query: str) -> list[str]:
        return [item["name"] for item in (await client.get("/ledger", params=query)).json()["items"]]

    assert await found() == names[::-1]
    assert await found(name="MORN") == [names[0]]
    assert await found(name="100%") == [names[0]]
    assert await found(name="g_1") == [names[1]]
    assert await found(fate="done") == []
    assert (await client.get("/ledger", params={"fate": "lost"})).status_code == 422


@pytest.mark.parametrize("cursor", ["x", "!!", "YWJj", "ÿ"])
async def test_cursor_of_somebody_else_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    assert (await client.get("/ledger", params={"cursor": cursor})).status_code == 422


async def test_entry_by_its_id(client: httpx.AsyncClient) -> None:
    [entry] = (await client.post("/objects", files=FILE)).json()
    shown = (await client.get(f"/ledger/{entry['entry_id']}")).json()
    assert shown == entry | {"steps": [], "retryable": False}
    assert (await client.get("/ledger/none")).status_code == 404


async def test_sentiment_of_texts_is_told_to_services(client: httpx.AsyncClient) -> None:
    body = {"texts": ["This is wonderful, thank you!", "I am furious, this is terrible.", "••••"]}
    service = internal_headers("media")
    happy, angry, hidden = (await client.post("/sentiment", json=body, headers=service)).json()["scores"]
    assert happy > 0.2
    assert angry < -0.2
    assert hidden is None
    told = await client.post("/sentiment", json=body | {"language": "es-US"}, headers=service)
    assert told.json() == {"scores": [None, None, None]}
    assert (await client.post("/sentiment", json=body)).status_code == 403  # a member of staff
    for bad in ({"texts": []}, {"texts": ["a"] * 501}, {"texts": ["a"], "language": "../x"}):
        assert (await client.post("/sentiment", json=bad, headers=service)).status_code == 422
