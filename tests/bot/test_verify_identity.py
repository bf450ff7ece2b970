"""VerifyIdentity: the order of the questions, refusals, the lock, the token."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from services.bot.identity import IdentityTokens
from shared.callers import Tokens
from shared.settings import DEVELOPMENT_SECRET
from tests.bot.conversation import ANA, ANAS_PHONE, ANAS_PIN, BENS_PHONE, BENS_PIN, Conversation


async def verified(conversation: Conversation | None = None, **settings: str) -> Conversation:
    """Ana's conversation after her PIN; `settings` are those of a new `Conversation`."""
    conversation = conversation or Conversation(None, **settings)
    await conversation.start("VerifyIdentity")
    await conversation.verify()
    return conversation


async def test_balance_is_read_right_after_the_pin() -> None:
    lex = Conversation()
    assert "phone number" in await lex.start("ProvideAccountDetails", "what is my balance")
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    assert "PIN" in await lex.reply(ANAS_PHONE)
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
    said = await lex.reply(ANAS_PIN)
    assert said.startswith("Thank you, Ana, you're verified.")
    assert "$1,234.56" in said
    assert lex.outcome == ("ProvideAccountDetails", "Close", "Fulfilled")
    assert "pendingIntent" not in lex.attributes


async def test_pending_intent_keeps_its_slots_but_no_pin() -> None:
    lex = Conversation()
    await lex.start("MakePayment", Payee="City Power", Amount="USD 25.00")
    slots = {"Payee": "City Power", "Amount": "USD 25.00", "FromAccount": None, "PayDate": None}
    assert json.loads(lex.attributes["pendingIntent"]) == {"name": "MakePayment", "slots": slots}
    assert "You're paying $25.00 to City Power" in await lex.verify()
    assert lex.outcome == ("MakePayment", "ConfirmIntent", "InProgress")


async def test_asked_for_directly_it_offers_help() -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity", "verify me")
    said = await lex.verify()
    assert "Ana" in said
    assert lex.outcome == ("VerifyIdentity", "Close", "Fulfilled")
    assert "already verified" in await lex.start("VerifyIdentity", "verify me")


async def test_proven_caller_number_is_not_asked_for() -> None:
    lex = Conversation(caller_number=ANAS_PHONE)
    await lex.start("ProvideAccountDetails")
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
    assert "$1,234.56" in await lex.reply(ANAS_PIN)
    assert lex.accounts.verifications == [{"claim": ANAS_PHONE, "channel": "web", "session": "session-1"}]


@pytest.mark.parametrize("number", ["5555550190", "15555550190", "+1 (555) 555-0190", "555.555.0190", " 555 555 0190 "])
@pytest.mark.parametrize("pin", ["2468", "2 4 6 8", "2-4-6-8"])
async def test_number_and_pin_in_any_spelling(number: str, pin: str) -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity")
    assert "Ana" in await lex.verify(number, pin)


@pytest.mark.parametrize("number", ["555-0190", "hello", "25555550190", "+12"])
async def test_impossible_number_is_asked_again(number: str) -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity")
    assert "area code" in await lex.reply(number)
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    assert lex.intent.slots["PhoneNumber"] is None


async def test_pin_with_leading_zeros_is_read_as_typed() -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity", PhoneNumber=ANAS_PHONE)
    await lex.reply("0042", interpreted="42")
    assert len(lex.accounts.verifications) == 1


async def test_what_is_no_pin_is_not_tried() -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity", PhoneNumber=ANAS_PHONE)
    assert "just its digits" in await lex.reply("hello")
    assert not lex.accounts.verifications


async def test_wrong_pin_is_asked_again_and_the_number_kept() -> None:
    lex = Conversation()
    await lex.start("ProvideAccountDetails")
    said = await lex.verify(pin="1111")
    assert "didn't match" in said
    assert "4 tries left" in said
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
    assert lex.intent.slots["Pin"] is None
    assert "$1,234.56" in await lex.reply(ANAS_PIN)


async def test_short_wait_between_two_tries_is_waited_out() -> None:
    lex = Conversation()
    await lex.start("ProvideAccountDetails")
    due = datetime.now(UTC) + timedelta(seconds=0.05)
    lex.accounts.early = [due]
    assert "$1,234.56" in await lex.verify()
    assert datetime.now(UTC) >= due
    assert len(lex.accounts.verifications) == 2


async def test_longer_wait_is_told_and_the_number_kept() -> None:
    lex = Conversation()
    await lex.start("ProvideAccountDetails")
    lex.accounts.early = [datetime.now(UTC) + timedelta(seconds=29.5)]
    assert "Please wait 30 seconds." in await lex.verify()
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
    assert len(lex.accounts.verifications) == 1
    assert "$1,234.56" in await lex.reply(ANAS_PIN)


@pytest.mark.parametrize(
    ("named", "known_as"), [("sms", "sms"), ("my channel", "unknown"), ("", "lex"), ("x" * 33, "unknown")]
)
async def test_channel_that_is_no_word_is_not_passed_on(named: str, known_as: str) -> None:
    lex = Conversation()
    lex.requested["omnilex:channel"] = named
    await lex.start("VerifyIdentity")
    await lex.verify()
    assert lex.accounts.verifications[0]["channel"] == known_as


async def test_another_number_may_be_given_after_a_refusal() -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity")
    await lex.verify(pin=BENS_PIN)
    await lex.fill("PhoneNumber", BENS_PHONE)
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
    assert "Ben" in await lex.reply(BENS_PIN)


async def test_number_given_where_the_pin_was_asked_is_no_try() -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity", PhoneNumber=ANAS_PHONE)
    await lex.reply("555 555 0191")
    assert not lex.accounts.verifications
    assert "Ben" in await lex.reply(BENS_PIN)


async def test_end_of_a_number_taken_for_the_pin_is_no_try() -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity", PhoneNumber=ANAS_PHONE)
    await lex.fill("Pin", "0191", transcript="555 555 0191")
    assert not lex.accounts.verifications
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
    assert "Ben" in await lex.reply(BENS_PIN)


async def test_end_of_the_number_just_given_is_no_pin() -> None:
    lex = Conversation()
    await lex.start("VerifyIdentity", "5555550190", PhoneNumber="5555550190", Pin="0190")
    assert not lex.accounts.verifications
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (f"{ANAS_PHONE} 2468", ANAS_PHONE),
        ("5555550190 2468", "5555550190"),
        ("my number is 5555550190 and my pin is 2468", "5555550190"),
    ],
)
async def test_number_and_pin_in_one_breath(said: str, number: str) -> None:
    lex = Conversation()
    assert "Ana" in await lex.start("VerifyIdentity", said, PhoneNumber=number, Pin="2468")


async def test_stray_digits_leave_a_verified_customer_verified() -> None:
    lex = await verified()
    assert "already verified" in await lex.start("VerifyIdentity", "1500", Pin="1500")
    assert "identityToken" in lex.attributes


async def test_five_wrong_pins_lock_and_the_right_one_is_refused() -> None:
    lex = Conversation()
    await lex.start("ProvideAccountDetails")
    await lex.reply(ANAS_PHONE)
    for pin in ("1111", "1112", "1113", "1114"):
        await lex.reply(pin)
        assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
    said = await lex.reply("1115")
    assert "locked" in said
    assert "15 minutes" in said
    assert "1-800-555-0199" in said
    assert lex.outcome == ("VerifyIdentity", "Close", "Failed")
    await lex.start("ProvideAccountDetails")
    assert "locked" in await lex.verify()
    assert lex.outcome == ("VerifyIdentity", "Close", "Failed")
    assert "identityToken" not in lex.attributes
    assert "pendingIntent" not in lex.attributes
    assert "$" not in lex.everything_answered()


async def test_failed_try_at_another_customer_ends_the_verification() -> None:
    lex = await verified()
    await lex.start("VerifyIdentity", PhoneNumber=BENS_PHONE, Pin="1111")
    assert "identityToken" not in lex.attributes


COUNTED = {"created", "msecs", "relativeCreated", "thread", "process", "lineno", "levelno"}


async def test_pin_is_in_no_answer_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lex = Conversation()
    await lex.start("VerifyIdentity", f"my pin is {ANAS_PIN}", Pin=ANAS_PIN)
    await lex.reply(ANAS_PHONE)
    await lex.reply("9753")
    await lex.reply(ANAS_PIN)
    await lex.start("FallbackIntent", ANAS_PIN)
    await lex.start("UnknownIntent", ANAS_PIN, Pin=ANAS_PIN)
    # Its own clocks, threads and processes are numbers in which any four digits may stand by chance.
    told = [{name: value for name, value in vars(record).items() if name not in COUNTED} for record in caplog.records]
    logged = repr(told)
    for secret in (ANAS_PIN, "9753", ANAS_PHONE.removeprefix("+1")):
        assert secret not in logged
    assert ANAS_PIN not in lex.everything_answered()
    assert "9753" not in lex.everything_answered()
    assert "Ana" not in logged


async def test_token_is_minted_anew_each_turn_and_serves_the_next() -> None:
    lex = await verified()
    claims = Tokens(DEVELOPMENT_SECRET, "identity").verify(lex.attributes["identityToken"])
    assert (claims["sub"], claims["sid"], claims["name"]) == (ANA, "session-1", "Ana")
    lex.attributes["identityToken"] = Tokens(DEVELOPMENT_SECRET, "identity").mint(
        ANA, seconds=5, claims={"sid": "session-1", "name": "Ana"}
    )
    await lex.start("Help")
    renewed = Tokens(DEVELOPMENT_SECRET, "identity").verify(lex.attributes["identityToken"])
    assert int(str(renewed["exp"])) - int(str(renewed["iat"])) == 600


def _token(
    *, secret: str = DEVELOPMENT_SECRET, audience: str = "identity", seconds: int = 60, sid: str = "session-1"
) -> str:
    return Tokens(secret, audience).mint(ANA, seconds=seconds, claims={"sid": sid, "name": "Ana"})


@pytest.mark.parametrize(
    "token",
    [
        _token(secret="another secret of thirty-two characters"),
        _token(audience="internal:bot"),
        _token(seconds=-1),
        _token(sid="session-2"),
        "not a token",
        "",
    ],
    ids=["forged", "other purpose", "expired", "other session", "garbage", "empty"],
)
async def test_token_that_proves_nothing_is_removed(token: str) -> None:
    lex = Conversation()
    lex.attributes = {"identityToken": token, "theirs": "kept"}
    await lex.start("ProvideAccountDetails")
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    assert "identityToken" not in lex.attributes
    assert lex.attributes["theirs"] == "kept"


def test_token_is_good_only_in_its_session() -> None:
    tokens = IdentityTokens(DEVELOPMENT_SECRET, seconds=60)
    token = _token()
    assert tokens.read(token, "session-1") is not None
    assert tokens.read(token, "session-2") is None


@pytest.mark.parametrize(
    "pending", ["nonsense", '{"name": "Help", "slots": {}}', '{"name": "DropTables", "slots": {}}', "[]"]
)
async def test_pending_intent_that_nobody_made_is_dropped(pending: str) -> None:
    lex = Conversation()
    lex.attributes = {"pendingIntent": pending}
    await lex.start("VerifyIdentity")
    await lex.verify()
    assert lex.action.type == "Close"
    assert "pendingIntent" not in lex.attributes
