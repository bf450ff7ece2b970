"""Sending a folder as a bulk, and following the ledger, against a gateway that does what the test says."""

from pathlib import Path

import httpx
import pytest

from services.cli.bulk_commands import files_in, send
from services.cli.connection import CommandFailed
from services.cli.gateway import Gateway
from services.cli.settings import CliSettings
from tests.cli.test_upload import entry

BULK = {
    "bulk_id": "b" * 32,
    "source": "upload",
    "bucket": "bulk",
    "prefix": "uploads/",
    "state": "running",
    "listed": True,
    "objects": 0,
    "unreadable": 0,
    "counts": {},
    "max_drip_rate": 50,
    "max_transcribe_jobs": 250,
    "created_by": "pat",
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-01T10:00:00Z",
}


class Door:
    """Takes every file but those named in `refused`, and keeps the idempotency key of each."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.keys: list[str] = []
        self.paths: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if request.url.path == "/api/v1/auth/login":
            return httpx.Response(
                200, json={"access_token": "t", "expires_at": "2030-01-01T00:00:00Z", "username": "pat", "roles": []}
            )
        if request.url.path != "/api/v1/interactions":
            return httpx.Response(200, json=BULK)
        assert request.url.params["bulk_id"] == BULK["bulk_id"]
        name = request.read().partition(b'filename="')[2].partition(b'"')[0].decode()
        if name in self.refused:
            return httpx.Response(413, json={"detail": "Too large.", "title": "x"})
        self.keys.append(request.headers["idempotency-key"])
        return httpx.Response(202, text=f"[{entry(name, 'waiting').model_dump_json()}]")


async def sent(door: Door, folder: Path, into: str | None = None) -> bool:
    settings = CliSettings(data_dir=folder, username="pat", password="secret-of-pat")
    async with httpx.AsyncClient(transport=httpx.MockTransport(door.answer), base_url="http://door") as http:
        return await send(Gateway(http), settings, folder / "archive", into)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "archive" / "2025").mkdir(parents=True)
    for name in ("b.wav", "a.wav", "a.wav.metadata.json", ".hidden", "2025/a.wav"):
        (tmp_path / "archive" / name).write_text("{}")
    return tmp_path


def test_files_of_a_folder_come_in_order_without_side_cars_and_hidden_ones(folder: Path) -> None:
    found = [path.relative_to(folder / "archive").as_posix() for path in files_in(folder / "archive")]
    assert found == ["a.wav", "b.wav", "2025/a.wav"]


async def test_each_file_has_a_key_of_its_own_that_stays_when_sending_is_gone_on_with(folder: Path) -> None:
    first, again = Door(), Door()
    assert await sent(first, folder)
    assert await sent(again, folder, into="b" * 32)
    assert len(set(first.keys)) == 3
    assert again.keys == first.keys
    assert "/api/v1/bulk" in first.paths
    assert "/api/v1/bulk" not in again.paths
    assert first.paths[-1] == f"/api/v1/bulk/{'b' * 32}/complete"
    (folder / "archive" / "a.wav").write_text("changed")
    changed = Door()
    await sent(changed, folder, into="b" * 32)
    assert [one == other for one, other in zip(changed.keys, first.keys, strict=True)] == [False, True, True]


async def test_a_file_that_is_refused_keeps_no_other_back(folder: Path) -> None:
    door = Door("b.wav")
    assert not await sent(door, folder)
    assert len(door.keys) == 2
    with pytest.raises(CommandFailed, match="There is no file"):
        empty = folder / "empty"
        (empty / "archive").mkdir(parents=True)
        await sent(door, empty)


async def test_events_are_read_with_their_ids() -> None:
    shown = entry("a.wav", "running", step="transcribe")
    stream = f"retry: 2000\n\n: nothing new\n\nevent: entry\nid: 7-1\ndata: {shown.model_dump_json()}\n\n"
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("last-event-id"))
        return httpx.Response(200, text=stream, headers={"content-type": "text/event-stream"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://door") as http:
        assert [one async for one in Gateway(http).ledger_events("t", None)] == [("7-1", shown)]
        assert [one async for one in Gateway(http).ledger_events("t", "7-1")] == [("7-1", shown)]
    assert asked == [None, "7-1"]
