"""Sessions in the database, on SQLite and PostgreSQL: one turn at a time, expiry, restart, nothing readable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.lex import store
from services.lex.cipher import Cipher
from services.lex.claims import SessionClaims
from services.lex.errors import InternalFailure, ResourceNotFound, SessionConflict
from services.lex.main import wire
from services.lex.service import LexRuntime
from services.lex.sessions import Address
from services.lex.settings import LexSettings
from shared.db import open_database
from shared.schemas.lex import PutSessionRequest, RecognizeTextRequest, RecognizeTextResponse

AT = Address("OMNILEXBOT", "TSTALIASID", "en_US", "web:1")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 23, 50, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@asynccontextmanager
async def running(
    database_url: str, data_dir: Path, clock: Clock | None = None, **changes: object
) -> AsyncIterator[LexRuntime]:
    """A runtime without a code hook, as one replica of the service has it."""
    defaults: dict[str, object] = {"data_dir": data_dir, "lex_database_url": database_url, "code_hook_url": ""}
    settings = LexSettings.model_validate(defaults | changes)
    async with wire(settings, clock or (lambda: datetime.now(UTC))) as runtime:
        yield runtime


def files_in(folder: Path) -> dict[str, bytes]:
    """The content of every file under the folder, by name."""
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def say(runtime: LexRuntime, text: str, at: Address = AT) -> RecognizeTextResponse:
    return await runtime.recognize_text(at, RecognizeTextRequest(text=text), request_id="r-1")


async def test_a_session_survives_a_restart(database_url: str, data_dir: Path) -> None:
    async with running(database_url, data_dir) as runtime:
        await say(runtime, "pay city power")
    async with running(database_url, data_dir) as runtime:
        answer = await say(runtime, "25 dollars")
        intent = answer.session_state.intent
        assert intent is not None
        assert intent.slots["Payee"] is not None
        action = answer.session_state.dialog_action
        assert action is not None
        assert action.type == "ConfirmIntent"


async def test_an_idle_session_is_forgotten(database_url: str, data_dir: Path) -> None:
    clock = Clock()
    async with running(database_url, data_dir, clock) as runtime:
        await say(runtime, "pay city power")
        clock.wait(299)
        await runtime.get_session(AT, request_id="r-1")
        clock.wait(2)
        with pytest.raises(ResourceNotFound):
            await runtime.get_session(AT, request_id="r-1")
        answer = await say(runtime, "25 dollars")
        intent = answer.session_state.intent
        assert intent is None or intent.slots.get("Payee") is None


async def test_a_hundred_turns_at_once_on_two_replicas_leave_one_consistent_session(
    database_url: str, data_dir: Path
) -> None:
    wait = {"lex_turn_wait_seconds": 60.0}
    async with running(database_url, data_dir, **wait) as one, running(database_url, data_dir, **wait) as two:
        texts = ["help", "what is my balance"]
        turns = [say((one, two)[n % 2], texts[n % 2]) for n in range(100)]
        answers = await asyncio.gather(*turns)
        assert len(answers) == 100
        async with one._claims.claimed(AT) as claim:
            assert claim.session is not None
            assert claim.session.turns == 100


async def test_a_claim_of_another_process_is_waited_for_and_then_a_conflict(database_url: str) -> None:
    async with open_database(database_url, "services.lex") as database:
        cipher, clock = Cipher("x" * 32), Clock()

        def replica() -> SessionClaims:
            return SessionClaims(database, cipher, clock, wait_seconds=0.2)

        async with replica().claimed(AT):
            with pytest.raises(SessionConflict):
                async with replica().claimed(AT):
                    pass


async def test_the_claim_of_a_crashed_turn_ends(database_url: str) -> None:
    async with open_database(database_url, "services.lex") as database:
        clock = Clock()
        later = clock.now + timedelta(seconds=75)
        async with database.transaction() as db:
            await store.claim_session(db, AT, claim="dead", now=clock.now, until=later, expires_at=clock.now)
        clock.wait(76)
        claims = SessionClaims(database, Cipher("x" * 32), clock, wait_seconds=0.2)
        async with claims.claimed(AT) as claim:
            assert claim.session is None


async def test_a_turn_that_fails_leaves_the_session_as_it_was(database_url: str, data_dir: Path) -> None:
    async with running(database_url, data_dir) as runtime:
        await say(runtime, "pay city power")
        bad = PutSessionRequest.model_validate({"sessionState": {"intent": {"name": "Nothing"}}})
        with pytest.raises(Exception, match="no such intent"):
            await runtime.put_session(AT, bad, request_id="r-1")
        session = await runtime.get_session(AT, request_id="r-1")
        assert session.session_state.intent is not None
        assert session.session_state.intent.name == "MakePayment"


async def test_sessions_of_other_ids_do_not_meet(database_url: str, data_dir: Path) -> None:
    async with running(database_url, data_dir) as runtime:
        await say(runtime, "pay city power")
        other = await say(runtime, "help", AT._replace(session_id="web:2"))
        assert other.session_state.intent is not None
        assert other.session_state.intent.name == "Help"


async def test_a_session_sealed_with_another_secret_is_not_read(database_url: str, data_dir: Path) -> None:
    async with running(database_url, data_dir, lex_session_secret="a" * 40) as runtime:
        await say(runtime, "help")
    async with running(database_url, data_dir, lex_session_secret="b" * 40) as runtime:
        with pytest.raises(InternalFailure):
            await runtime.get_session(AT, request_id="r-1")


async def test_nothing_a_customer_typed_is_readable_in_the_database(data_dir: Path) -> None:
    async with running("sqlite", data_dir) as runtime:
        await say(runtime, "pay city power")
        await say(runtime, "98765 dollars")
        files = files_in(data_dir)
    assert files.keys() >= {"lex.sqlite", "lex.sqlite-wal"}
    stored = b"".join(files.values())
    for word in (b"city power", b"98765", b"Payee", b"MakePayment"):
        assert word not in stored
