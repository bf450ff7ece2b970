"""What a session holds of a customer when nobody, or somebody else, is verified in it."""

import pytest

from services.bot.identity import Customer, IdentityTokens
from services.bot.intents import INTENTS
from shared.settings import DEVELOPMENT_SECRET
from tests.bot.conversation import (
    ANA,
    BENS_PHONE,
    BENS_PIN,
    SECRETS_OF_THE_BANK,
    Conversation,
    FakeAccounts,
)
from tests.bot.test_verify_identity import verified

CHANNELS = ("web", "sms", "voice", "slack", "facebook", "connect", "connect-chat", "lex", "Branch", "no channel at all")
_ITS_OWN_WORDS = {"Payee": "City", "Amount": "25", "PlanType": "checking", "MortgageTopic": "payoff"}


def expired(session: str) -> str:
    return IdentityTokens(DEVELOPMENT_SECRET, seconds=-1).mint(Customer(ANA, "Ana"), session)


@pytest.mark.parametrize("locale", ["en_US", "es_US"])
@pytest.mark.parametrize("mode", ["Text", "Speech"])
@pytest.mark.parametrize("channel", CHANNELS)
async def test_proof_that_has_run_out_is_none(channel: str, mode: str, locale: str) -> None:
    for intent, handler in INTENTS.items():
        lex = Conversation(channel=channel, locale=locale, input_mode=mode)
        lex.attributes["identityToken"] = expired(lex.session)
        slots = {name: _ITS_OWN_WORDS.get(name) for name in handler.slots}
        await lex.start(intent, "what is my balance", **slots)
        answered = lex.everything_answered()
        assert not [secret for secret in SECRETS_OF_THE_BANK if secret in answered], intent


@pytest.mark.parametrize("intent", [name for name in INTENTS if INTENTS[name].needs_identity])
async def test_linked_address_tells_nothing_of_whose_it_is(intent: str) -> None:
    """Somebody else may hold the telephone by now."""
    accounts = FakeAccounts()
    at_home = await verified(Conversation(accounts, channel="sms", address="a" * 32))
    assert at_home.attributes["identityToken"]
    other = Conversation(accounts, channel="sms", address="a" * 32, session="session-2")
    await other.start(intent, "hello", **{name: _ITS_OWN_WORDS.get(name) for name in INTENTS[intent].slots})
    answered = other.everything_answered()
    assert not [secret for secret in SECRETS_OF_THE_BANK if secret in answered]


async def test_what_was_said_to_a_customer_is_sealed_in_the_session() -> None:
    lex = await verified()
    said = await lex.start("ProvideAccountDetails", AccountType="checking")
    assert "$1,234.56" in said
    assert "1,234" not in repr(lex.attributes)
    assert await lex.start("Repeat", "say that again") == said


async def test_answer_is_not_said_again_to_another_customer() -> None:
    lex = await verified()
    await lex.start("ProvideAccountDetails", AccountType="checking")
    lex.attributes["identityToken"] = expired(lex.session)
    await lex.start("Repeat", "say that again")
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    said = await lex.verify(BENS_PHONE, BENS_PIN)
    assert "Ben" in said
    assert "1,234" not in said
    assert "nothing to repeat" in said.lower() or "haven't said" in said.lower() or "$" not in said


async def test_answer_is_said_again_to_the_customer_who_comes_back() -> None:
    lex = await verified()
    await lex.start("ProvideAccountDetails", AccountType="checking")
    lex.attributes["identityToken"] = expired(lex.session)
    await lex.start("Repeat", "say that again")
    assert "$1,234.56" in await lex.verify()


async def test_payment_of_one_customer_is_not_gone_on_with_for_another() -> None:
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power", Amount="25")
    lex.attributes["identityToken"] = expired(lex.session)
    await lex.yes()
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    said = await lex.verify(BENS_PHONE, BENS_PIN)
    assert "Ben" in said
    assert "City Power" not in said
    assert "25" not in said
    assert not lex.accounts.orders


async def test_offer_to_go_on_is_not_left_for_another() -> None:
    accounts = FakeAccounts()
    web = await verified(Conversation(accounts))
    await web.start("MakePayment", Payee="City Power", Amount="25")
    sms = Conversation(accounts, session="sms-1", channel="sms")
    await sms.start("VerifyIdentity")
    assert "City Power" in await sms.verify()
    sms.attributes["identityToken"] = expired(sms.session)
    await sms.yes()
    said = await sms.verify(BENS_PHONE, BENS_PIN)
    assert "City Power" not in said


async def test_lock_and_wait_and_refusal_are_the_same_for_a_number_nobody_has() -> None:
    async def heard(phone: str) -> list[str]:
        lex = Conversation()
        texts = [await lex.start("ProvideAccountDetails"), await lex.reply(phone)]
        return texts + [await lex.reply("0001") for _ in range(5)]

    assert await heard("+15555550190") == await heard("+15555550777")
