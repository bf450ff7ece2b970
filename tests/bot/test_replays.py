"""Calls that Lex repeats."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from services.bot.hook_calls import read_call
from services.bot.identity import IdentityTokens
from services.bot.read_back import ReadBackSeal
from services.bot.replays import Replays
from services.bot.seal import Seal
from services.bot.service import BotService
from services.bot.store.answers import AnswerRow
from shared.db import Database, open_database
from shared.settings import DEVELOPMENT_SECRET
from tests.bot.conversation import ANAS_PHONE, Conversation, bank_over
from tests.bot.test_verify_identity import verified


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, "services.bot") as database:
        yield database


def replaying(lex: Conversation, database: Database) -> BotService:
    """Another replica of the bot over the same bank and database."""
    replays = Replays(database, Seal(DEVELOPMENT_SECRET, "answers"))
    identities = IdentityTokens(DEVELOPMENT_SECRET, seconds=600)
    return BotService(bank_over(lex.accounts), identities, ReadBackSeal(DEVELOPMENT_SECRET), replays=replays)


async def confirmed() -> tuple[Conversation, bytes]:
    """Ana's conversation, and the event in which she says yes to a payment."""
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power", Amount="25")
    before = dict(lex.attributes)
    await lex.no()
    event = json.loads(json.dumps(lex.event))
    event["invocationSource"] = "FulfillmentCodeHook"
    event["sessionState"]["sessionAttributes"] = before
    event["sessionState"]["intent"] |= {"confirmationState": "Confirmed", "state": "ReadyForFulfillment"}
    return lex, json.dumps(event).encode()


async def test_a_repeated_call_pays_once_and_gets_the_same_answer(database: Database) -> None:
    lex, body = await confirmed()
    bots = [replaying(lex, database), replaying(lex, database)]
    answers = [await bot.answer(read_call(body)) for bot in (*bots, *bots)]
    assert all(answer == answers[0] for answer in answers)
    assert "Your receipt is" in json.dumps(answers[0])
    assert len(lex.accounts.orders) == 1


async def test_calls_at_the_same_time_on_two_replicas_pay_once(database: Database) -> None:
    lex, body = await confirmed()
    bots = [replaying(lex, database), replaying(lex, database)]
    answers = await asyncio.gather(*(bots[n % 2].answer(read_call(body)) for n in range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert len(lex.accounts.orders) == 1


async def test_a_repeated_pin_counts_as_one_try(database: Database) -> None:
    lex = Conversation(caller_number=ANAS_PHONE)
    await lex.start("ProvideAccountDetails")
    await lex.reply("1111")
    lex.accounts.tries.clear()
    bot = replaying(lex, database)
    body = json.dumps(lex.event).encode()
    await asyncio.gather(*(bot.answer(read_call(body)) for _ in range(5)))
    assert list(lex.accounts.tries.values()) == [1]


async def test_same_words_of_lex_v1_later_are_no_repetition(database: Database) -> None:
    """V1 has no numbers of requests, and a user keeps its id: the same PIN an hour later is a new try."""
    lex = Conversation()
    bot = replaying(lex, database)
    body = json.dumps(
        {
            "messageVersion": "1.0",
            "invocationSource": "DialogCodeHook",
            "userId": "user-1",
            "bot": {"name": "OmniLex", "alias": "PROD", "version": "7"},
            "currentIntent": {"name": "VerifyIdentity", "slots": {"PhoneNumber": ANAS_PHONE, "Pin": "1111"}},
            "inputTranscript": "1111",
        }
    ).encode()

    async def tries() -> list[int]:
        await bot.answer(read_call(body))
        return list(lex.accounts.tries.values())

    async def let_pass(seconds: int) -> None:
        moment = datetime.now(UTC) - timedelta(seconds=seconds)
        await database.write(lambda session: session.execute(update(AnswerRow).values(claimed_at=moment)))

    assert await tries() == [1]
    await let_pass(50)
    assert await tries() == [1]
    await let_pass(70)
    assert await tries() == [2]
    assert await tries() == [2]


async def test_call_with_a_number_is_a_repetition_all_day(database: Database) -> None:
    lex, body = await confirmed()
    bot = replaying(lex, database)
    first = await bot.answer(read_call(body))
    moment = datetime.now(UTC) - timedelta(hours=23)
    await database.write(lambda session: session.execute(update(AnswerRow).values(claimed_at=moment)))
    assert await bot.answer(read_call(body)) == first
    assert len(lex.accounts.orders) == 1


async def test_an_answer_that_is_kept_cannot_be_read_in_the_database(database: Database) -> None:
    lex, body = await confirmed()
    await replaying(lex, database).answer(read_call(body))
    rows = await database.read(lambda session: session.query(AnswerRow).all())
    assert len(rows) == 1
    assert "City Power" not in str(rows[0].answer)
    assert "receipt" not in str(rows[0].answer)


async def test_a_call_that_broke_may_be_tried_again(database: Database) -> None:
    replays = Replays(database, Seal(DEVELOPMENT_SECRET, "answers"))

    async def broken() -> str:
        raise RuntimeError("it broke")

    async def works() -> str:
        return "done"

    with pytest.raises(RuntimeError):
        await replays.once("digest", broken)
    assert await replays.once("digest", works) == "done"
