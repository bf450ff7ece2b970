"""Handing files in from a terminal, against a gateway that does what the test says."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from services.cli.connection import CommandFailed
from services.cli.gateway import Gateway
from services.cli.upload import fates, upload
from shared.schemas.ledger import Fate, LedgerEntry

SOON = 0.0
Refuse = Callable[[int, str], httpx.Response | None]


def entry(name: str, fate: Fate = "done", reason: str | None = None, step: str | None = None) -> LedgerEntry:
    moment = datetime(2026, 3, 1, 10, tzinfo=UTC)
    return LedgerEntry.model_validate(
        {
            "entry_id": f"entry-{name}",
            "bucket": "bucket",
            "key": f"originalAudio/{name}",
            "name": name,
            "size": 1,
            "fate": fate,
            "step": step,
            "reason": reason,
            "interaction_id": "0123456789abcdef0123456789abcdef" if fate == "done" else None,
            "seen_at": moment,
            "updated_at": moment,
        }
    )


class Door:
    """A gateway that takes every file, unless `refuse` answers the number-th request for it."""

    def __init__(self, refuse: Refuse = lambda number, name: None) -> None:
        self._refuse = refuse
        self.requests = 0
        self.keys: dict[str, set[str]] = {}
        self.bodies: list[bytes] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/interactions/presigned":
            return httpx.Response(409, json={"title": "In conflict with the present state"})
        self.requests += 1
        if request.method == "GET":
            name = request.url.path.rpartition("/")[2].removeprefix("entry-")
            return self._refuse(self.requests, name) or httpx.Response(200, text=entry(name).model_dump_json())
        body = request.read()
        name = body.partition(b'filename="')[2].partition(b'"')[0].decode()
        self.keys.setdefault(name, set()).add(request.headers["idempotency-key"])
        self.bodies.append(body)
        refusal = self._refuse(self.requests, name)
        return refusal or httpx.Response(202, text=f"[{entry(name, 'waiting').model_dump_json()}]")


def terminal(width: int = 80) -> Console:
    return Console(file=io.StringIO(), width=width, highlight=False)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def send(door: Door, paths: list[Path], console: Console, *, wait: bool = False, patience: float = SOON) -> bool:
    async with httpx.AsyncClient(transport=httpx.MockTransport(door.answer), base_url="http://door") as http:
        return await upload(Gateway(http), "token", paths, console, wait=wait, patience=patience)


def written(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_text(f"words of {name}")
    return [folder / name for name in names]


async def test_every_file_is_sent_and_told(tmp_path: Path) -> None:
    console, door = terminal(), Door()
    assert await send(door, written(tmp_path, "a.json", "b [1].json"), console, wait=True)
    lines = printed(console).splitlines()
    assert lines[0].split() == ["file", "fate", "seen", "interaction,", "reason", "or", "step"]
    assert [line.split()[0] for line in lines[1:]] == ["a.json", "b"]
    assert all("done" in line and line.split()[-1] == "0123456789abcdef0123456789abcdef" for line in lines[1:])
    assert "b [1].json" in lines[2]
    assert b"words of a.json" in door.bodies[0]


async def test_a_refused_file_does_not_keep_the_others_back(tmp_path: Path) -> None:
    faults = [{"in": "metadata", "pointer": "/agent", "detail": "Input should be a valid string"}]
    refusal = httpx.Response(422, json={"detail": "The metadata is not valid.", "errors": faults})
    console, door = terminal(), Door(lambda number, name: refusal if name == "a.json" else None)
    assert not await send(door, written(tmp_path, "a.json", "b.json"), console)
    told = " ".join(printed(console).split())
    assert "a.json was not taken: The metadata is not valid. agent: Input should be a valid string" in told
    assert "b.json" in printed(console).splitlines()[1]


async def test_a_service_that_is_away_for_a_moment_is_asked_again_with_the_same_key(tmp_path: Path) -> None:
    away = httpx.Response(503, json={"detail": "The media service does not answer."})
    door = Door(lambda number, name: away if number in (1, 4) else None)
    assert await send(door, written(tmp_path, "a.json", "b.json"), terminal(), wait=True, patience=5)
    assert [len(keys) for keys in door.keys.values()] == [1, 1]
    assert all(b"words of" in body for body in door.bodies)


async def test_when_the_system_stays_away_what_was_sent_is_told_all_the_same(tmp_path: Path) -> None:
    away = httpx.Response(503, json={"detail": "The media service does not answer."})
    console, door = terminal(), Door(lambda number, name: away if name != "a.json" else None)
    with pytest.raises(CommandFailed, match=r"does not answer.*Not sent: 2 of 3, from b.json on"):
        await send(door, written(tmp_path, "a.json", "b.json", "c.json"), console)
    assert "a.json" in printed(console)


async def test_nothing_is_sent_when_a_file_cannot_be_read(tmp_path: Path) -> None:
    door = Door()
    [good] = written(tmp_path, "a.json")
    with pytest.raises(CommandFailed, match=r"missing\.wav cannot be read: No such file or directory"):
        await send(door, [good, tmp_path / "missing.wav"], terminal())
    with pytest.raises(CommandFailed, match="is a folder"):
        await send(door, [good, tmp_path], terminal())
    assert door.requests == 0


@pytest.mark.parametrize(
    ("side_car", "words"),
    [
        (b"\xff\xfe{", "is not text in UTF-8"),
        (b"not json", "is not valid metadata"),
        (b'{"agent": 3}', "agent: Input should be a valid string"),
    ],
)
async def test_a_bad_side_car_is_named_before_anything_is_sent(tmp_path: Path, side_car: bytes, words: str) -> None:
    door = Door()
    paths = written(tmp_path, "a.json", "b.json")
    (tmp_path / "b.json.metadata.json").write_bytes(side_car)
    with pytest.raises(CommandFailed, match=r"b\.json\.metadata\.json") as failure:
        await send(door, paths, terminal())
    assert words in str(failure.value)
    assert door.requests == 0


async def test_a_side_car_goes_with_its_file(tmp_path: Path) -> None:
    door = Door()
    paths = written(tmp_path, "a.json")
    (tmp_path / "a.json.metadata.json").write_text(json.dumps({"agent": "Kim"}))
    assert await send(door, paths, terminal())
    assert b'{"agent": "Kim"}' in door.bodies[0]


async def test_names_that_are_long_or_in_no_encoding_are_sent(tmp_path: Path) -> None:
    door = Door()
    long = tmp_path / ("n" * 250 + ".wav")  # a side-car's name would be too long for the file system
    strange = tmp_path / b"caf\xe9.wav".decode(errors="surrogateescape")
    long.write_text("long")
    strange.write_text("strange")
    assert await send(door, [long, strange], terminal())
    assert list(door.keys) == [long.name, "caf�.wav"]


def test_a_narrow_table_cuts_nothing() -> None:
    reason = "The file is JSON, but neither an Amazon Transcribe result nor a Lex conversation log."
    console = terminal(80)
    console.print(fates([entry("a-name-that-is-rather-long.json"), entry("b.json", "rejected", reason)], console.width))
    assert all(len(line) <= 80 for line in printed(console).splitlines())
    assert "0123456789abcdef0123456789abcdef" in printed(console)
    assert "…" not in printed(console)


def test_a_running_file_shows_its_step_and_a_name_cannot_steer_the_terminal() -> None:
    console = terminal()
    console.print(fates([entry("red\x1b[31m.wav", "running", step="transcribe")], console.width))
    assert "transcribe" in printed(console)
    assert "\x1b" not in printed(console)


class Store:
    """A gateway that offers forms, and the object store that takes them. `faults` are answered first, by path."""

    def __init__(self, faults: dict[str, list[httpx.Response]] | None = None) -> None:
        self.faults = faults or {}
        self.offered: list[dict[str, object]] = []
        self.stored: list[bytes] = []
        self.arrived: list[str] = []
        self.through_the_gateway = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if faults := self.faults.get(path):
            return faults.pop(0)
        if path == "/bucket":
            self.stored.append(request.read())
            assert "authorization" not in request.headers
            return httpx.Response(204)
        if path == "/api/v1/interactions/presigned":
            asked = json.loads(request.read())
            self.offered.append(asked)
            key = f"originalAudio/2026/03/01/{len(self.offered)}/{asked['name']}"
            form = {"key": key, "url": "https://store/bucket", "fields": {"policy": "signed", "key": key}}
            return httpx.Response(201, json=form | {"expires_at": "2026-03-01T10:15:00Z"})
        if path == "/api/v1/interactions/presigned/arrived":
            self.arrived.append(json.loads(request.read())["key"])
            return httpx.Response(202, text=entry("x", "waiting").model_dump_json())
        self.through_the_gateway += 1
        return httpx.Response(202, text=f"[{entry('x', 'waiting').model_dump_json()}]")

    async def send(self, paths: list[Path], console: Console, *, patience: float = SOON) -> bool:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.answer), base_url="http://door") as http:
            return await upload(Gateway(http), "token", paths, console, wait=False, patience=patience)


async def test_file_goes_straight_to_the_store_that_takes_it(tmp_path: Path) -> None:
    store, paths = Store(), written(tmp_path, "a.json", "b.json")
    (tmp_path / "b.json.metadata.json").write_text('{"agent": "Kim"}')
    assert await store.send(paths, terminal())
    assert [asked["name"] for asked in store.offered] == ["a.json", "b.json"]
    assert [asked["size"] for asked in store.offered] == [15, 15]
    assert [asked.get("metadata") for asked in store.offered] == [None, {"agent": "Kim"}]
    assert b"words of a.json" in store.stored[0]
    assert store.stored[0].index(b"signed") < store.stored[0].index(b"words of")  # S3 reads nothing after the file
    assert [key.rpartition("/")[2] for key in store.arrived] == ["a.json", "b.json"]
    assert store.through_the_gateway == 0


async def test_file_that_is_stored_is_not_sent_again_when_the_gateway_goes_away(tmp_path: Path) -> None:
    away = httpx.Response(503, json={"detail": "The media service does not answer."})
    store = Store({"/api/v1/interactions/presigned/arrived": [away] * 2})
    assert await store.send(written(tmp_path, "a.json"), terminal(), patience=10)
    assert (len(store.offered), len(store.stored), len(store.arrived)) == (1, 1, 1)


async def test_files_go_through_the_gateway_where_the_store_cannot_be_reached(tmp_path: Path) -> None:
    store = Store({"/bucket": [httpx.Response(503)]})
    assert await store.send(written(tmp_path, "a.json", "b.json"), terminal())
    assert (len(store.offered), len(store.stored), store.through_the_gateway) == (1, 0, 2)


async def test_refusal_of_the_store_is_told(tmp_path: Path) -> None:
    refusal = httpx.Response(400, text="<Error><Code>EntityTooLarge</Code><Message>secret</Message></Error>")
    store, console = Store({"/bucket": [refusal]}), terminal(200)
    assert not await store.send(written(tmp_path, "a.json", "b.json"), console)
    told = printed(console)
    assert "a.json was not taken: The object store refused the file: EntityTooLarge (HTTP 400)." in told
    assert "secret" not in told
    assert len(store.arrived) == 1
