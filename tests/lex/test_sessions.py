"""Sessions in the database, on SQLite and PostgreSQL: one turn at a time, expiry, restart, nothing readable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from services.lex import store
from services.lex.claims import Claim, SessionClaims
from services.lex.errors import DependencyFailed, InternalFailure, ResourceNotFound, SessionConflict
from services.lex.main import wire
from services.lex.service import LexRuntime
from services.lex.sessions import Address, Session
from services.lex.settings import LexSettings
from shared.cipher import Cipher
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


async def test_a_message_that_comes_again_is_answered_as_it_was_and_not_heard(
    database_url: str, data_dir: Path
) -> None:
    """Its sender died before it could keep the answer; the replica it asks next need not be the same."""

    async def sent(runtime: LexRuntime, text: str, message_id: str) -> RecognizeTextResponse:
        request = RecognizeTextRequest(text=text, request_attributes={"omnilex:message-id": message_id})
        return await runtime.recognize_text(AT, request, request_id="r-1")

    async with running(database_url, data_dir) as one, running(database_url, data_dir) as two:
        await sent(one, "pay city power", "1")
        first = await sent(one, "25 dollars", "2")
        again = await sent(two, "25 dollars", "2")
        assert again.messages == first.messages
        assert again.interpretations == first.interpretations
        assert again.session_state == first.session_state
        assert await turns_of(two) == 2
        answer = await sent(two, "no", "3")
        assert answer.session_state.intent is not None
        assert answer.session_state.intent.confirmation_state == "Denied"
        async with one._database.reading() as db:
            entries = (await db.execute(text("SELECT count(*) FROM lex_log_entries"))).scalar_one()
        assert entries == 3


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


async def turns_of(runtime: LexRuntime, at: Address = AT) -> int:
    session = await runtime._claims.find(at)
    assert session is not None
    return session.turns


async def test_a_hundred_turns_at_once_on_two_replicas_leave_one_consistent_session(
    database_url: str, data_dir: Path
) -> None:
    wait = {"lex_turn_wait_seconds": 60.0}
    async with running(database_url, data_dir, **wait) as one, running(database_url, data_dir, **wait) as two:
        texts = ["help", "what is my balance"]
        turns = [say((one, two)[n % 2], texts[n % 2]) for n in range(100)]
        answers = await asyncio.gather(*turns)
        assert len(answers) == 100
        assert await turns_of(one) == 100
        assert await turns_of(two) == 100
        async with one._database.reading() as db:
            entries = (await db.execute(text("SELECT count(*) FROM lex_log_entries"))).scalar_one()
        assert entries == 100


@asynccontextmanager
async def replica(database_url: str, clock: Clock) -> AsyncIterator[SessionClaims]:
    async with open_database(database_url, "services.lex") as database:
        yield SessionClaims(database, Cipher("x" * 32, "lex sessions"), clock, wait_seconds=0.3)


async def one_more(claim: Claim) -> int:
    """A turn that counts itself."""
    session = claim.session or Session(started_at=datetime(2026, 3, 4, tzinfo=UTC))
    session.turns += 1
    await claim.keep(session, datetime(2027, 1, 1, tzinfo=UTC), lambda db: None)
    return session.turns


async def test_a_session_that_another_replica_holds_is_waited_for_and_then_a_conflict(database_url: str) -> None:
    clock = Clock()
    async with replica(database_url, clock) as one, replica(database_url, clock) as two:
        assert await two.turn(AT, one_more) == 1

        async def holding(claim: Claim) -> int:
            await claim.take()
            with pytest.raises(SessionConflict):
                await two.turn(AT, one_more)
            return await one_more(claim)

        assert await one.turn(AT, holding) == 2
        assert await two.turn(AT, one_more) == 3


async def test_a_turn_runs_anew_on_what_another_replica_wrote_before_it(database_url: str) -> None:
    clock = Clock()
    async with replica(database_url, clock) as one, replica(database_url, clock) as two:
        tries: list[int] = []

        async def late(claim: Claim) -> int:
            tries.append(claim.session.turns if claim.session else 0)
            if len(tries) == 1:
                await two.turn(AT, one_more)
            return await one_more(claim)

        assert await one.turn(AT, late) == 2
        assert tries == [0, 1]


async def test_a_turn_that_comes_late_takes_the_session_only_as_it_is_now(database_url: str) -> None:
    """So that a code hook, asked only after that, is never asked twice for one turn."""
    clock = Clock()
    async with replica(database_url, clock) as one, replica(database_url, clock) as two:
        asked: list[int] = []

        async def asking(claim: Claim) -> int:
            if not asked and claim.session is None:
                await two.turn(AT, one_more)
            await claim.take()
            asked.append(claim.session.turns if claim.session else 0)
            return await one_more(claim)

        assert await one.turn(AT, asking) == 2
        assert asked == [1]


async def test_a_session_deleted_and_begun_again_elsewhere_is_not_mistaken_for_the_old_one(database_url: str) -> None:
    clock = Clock()
    async with replica(database_url, clock) as one, replica(database_url, clock) as two:
        await one.turn(AT, one_more)
        await one.turn(AT, one_more)
        await two.turn(AT, lambda claim: claim.drop(lambda db: None))
        await two.turn(AT, one_more)
        assert await one.turn(AT, one_more) == 2


async def test_the_session_of_a_crashed_turn_is_free_again_after_its_time(database_url: str) -> None:
    clock = Clock()
    async with replica(database_url, clock) as crashed, replica(database_url, clock) as other:
        await Claim(crashed, AT, None).take()
        with pytest.raises(SessionConflict):
            await other.turn(AT, one_more)
        clock.wait(76)
        assert await other.turn(AT, one_more) == 1


async def test_a_first_turn_that_fails_after_the_hook_leaves_no_session(database_url: str) -> None:
    async with replica(database_url, Clock()) as claims:

        async def failing(claim: Claim) -> None:
            await claim.take()
            raise DependencyFailed("the hook failed")

        with pytest.raises(DependencyFailed):
            await claims.turn(AT, failing)
        assert await claims.run(lambda db: store.read_session(db, AT)) is None
        await claims.turn(AT, one_more)
        with pytest.raises(DependencyFailed):
            await claims.turn(AT, failing)
        assert await claims.turn(AT, one_more) == 2


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
