"""What holds for every intent."""

import pytest

from services.bot.intents import INTENTS
from shared.errors import Conflict, NotFound, Problem, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.schemas.accounts import Account
from tests.bot.conversation import SECRETS_OF_THE_BANK, Conversation, FakeAccounts
from tests.bot.test_verify_identity import verified


@pytest.mark.parametrize("intent", [*INTENTS, "SomethingElse"])
async def test_unverified_nobody_learns_anything(intent: str) -> None:
    lex = Conversation()
    filled = {
        "Payee": "City",
        "Amount": "25",
        "AccountType": "checking",
        "PlanType": "checking",
        "OpeningDeposit": "100",
        "MortgageTopic": "payoff",
        "DetailType": "transactions",
    }
    slots = INTENTS[intent].slots if intent in INTENTS else ()
    await lex.start(intent)
    await lex.start(intent, "what is my balance", **{name: filled.get(name) for name in slots})
    answered = lex.everything_answered()
    for secret in SECRETS_OF_THE_BANK:
        assert secret not in answered
    assert not lex.accounts.orders


async def test_confirmation_without_identity_moves_nothing() -> None:
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power", Amount="25")
    lex.attributes.pop("identityToken")
    await lex.yes()
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    assert not lex.accounts.orders
    await lex.verify()
    assert lex.outcome == ("MakePayment", "ConfirmIntent", "InProgress")
    assert "Your receipt is" in await lex.yes()


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize(
    "problem", [Unavailable("host 10.0.0.1"), UpstreamTimeout("after 3 s"), UpstreamFailed("boom")]
)
async def test_accounts_down_is_a_polite_failure(intent: str, problem: Problem) -> None:
    lex = await verified()
    lex.accounts.down = problem
    said = await lex.start(intent, "good morning", Payee="City Power", Amount="25", MortgageTopic="payoff")
    assert str(problem) not in said
    if INTENTS[intent].needs_identity and intent not in ("Repeat", "ChangePin"):  # their first answer needs no account
        assert lex.outcome == (intent, "Close", "Failed")
        assert said == "I can't reach your accounts right now. Please try again in a few minutes."
        assert "identityToken" in lex.attributes


async def test_accounts_down_while_verifying() -> None:
    lex = Conversation()
    await lex.start("ProvideAccountDetails")
    lex.accounts.down = Unavailable("no")
    assert "can't reach your accounts" in await lex.verify()
    assert lex.outcome == ("VerifyIdentity", "Close", "Failed")
    assert lex.intent.slots["Pin"] is None


class LosingAccounts(FakeAccounts):
    """Verifies, and is not there any more when the balance is asked for."""

    async def accounts(self, customer_id: str) -> list[Account]:
        raise Unavailable("gone")


async def test_accounts_down_right_after_verifying_keeps_the_customer_verified() -> None:
    lex = Conversation(LosingAccounts())
    await lex.start("ProvideAccountDetails")
    said = await lex.verify()
    assert "you're verified" in said
    assert "can't reach your accounts" in said
    assert lex.outcome == ("ProvideAccountDetails", "Close", "Failed")
    assert "identityToken" in lex.attributes


async def test_customer_without_accounts() -> None:
    lex = await verified()
    lex.accounts.owned = []
    assert "no accounts" in await lex.start("ProvideAccountDetails")


@pytest.mark.parametrize("problem", [NotFound("C-ANA0000001 unknown"), Conflict("internal")])
async def test_other_problems_name_no_detail(problem: Problem) -> None:
    lex = await verified()
    lex.accounts.down = problem
    said = await lex.start("ProvideAccountDetails")
    assert lex.outcome == ("ProvideAccountDetails", "Close", "Failed")
    assert str(problem) not in said


async def test_unknown_intent_is_left_to_lex() -> None:
    lex = Conversation()
    await lex.start("SomethingElse", Thing="x")
    assert lex.action.type == "Delegate"
    assert lex.intent.name == "SomethingElse"
    assert lex.intent.slots["Thing"] is not None


async def test_unknown_attributes_and_all_slots_are_kept() -> None:
    lex = await verified()
    lex.attributes["theirs"] = "kept"
    await lex.start("MakePayment", Payee="City Power", Amount=None, Extra="also kept")
    assert set(lex.intent.slots) == {"Payee", "Amount", "FromAccount", "PayDate", "Extra"}
    assert lex.attributes["theirs"] == "kept"


@pytest.mark.parametrize("account", [None, "all of them", "bitcoin"])
async def test_all_accounts_are_read_when_no_kind_is_given(account: str | None) -> None:
    lex = await verified()
    said = await lex.start("ProvideAccountDetails", AccountType=account)
    assert "checking account ••••1234 has a balance of $1,234.56" in said
    assert "savings account ••••5678 has a balance of $9,000.00" in said
    assert "mortgage ••••3306 has $214,350.00 owing. The next payment is $35.00 by March 4." in said


@pytest.mark.parametrize("kind", ["savings", "Savings account", "saving", "my savings", "goal savings", "savngs"])
async def test_one_kind_is_read(kind: str) -> None:
    lex = await verified()
    said = await lex.start("ProvideAccountDetails", AccountType=kind)
    assert said == "Your savings account ••••5678 has a balance of $9,000.00."


async def test_kind_the_customer_does_not_have() -> None:
    lex = await verified()
    assert "don't see" in await lex.start("ProvideAccountDetails", AccountType="auto loan")


async def test_help_says_what_can_be_done() -> None:
    lex = Conversation()
    assert "balances" in await lex.start("Help", "help")
    assert lex.outcome == ("Help", "Close", "Fulfilled")
    assert "Make a payment" in lex.buttons


async def test_cancel_drops_what_waits_but_not_the_identity() -> None:
    lex = Conversation()
    await lex.start("ProvideAccountDetails")
    assert "dropped" in await lex.start("Cancel", "cancel")
    assert "pendingIntent" not in lex.attributes
    await verified(lex)
    await lex.start("MakePayment", Payee="City Power", Amount="25")
    assert "dropped" in await lex.start("Cancel", "cancel")
    assert set(lex.attributes) == {"identityToken", "formerCustomer", "lastAnswer", "omnilex:customer"}
    assert "$1,234.56" in await lex.start("ProvideAccountDetails")


async def test_question_is_answered_without_identity() -> None:
    lex = Conversation()
    assert "9 am" in await lex.start("FAQ", "when are you open?")
    assert lex.outcome == ("FAQ", "Close", "Fulfilled")
    assert "15 days" in await lex.start("FallbackIntent", "what is the late fee on my mortgage")
    assert lex.outcome == ("FallbackIntent", "Close", "Fulfilled")


@pytest.mark.parametrize("intent", ["FAQ", "FallbackIntent"])
async def test_question_nobody_can_answer(intent: str) -> None:
    lex = Conversation()
    assert "I can tell you your balances" in await lex.start(intent, "who won the football game")
    assert lex.outcome == (intent, "Close", "Failed")


async def test_question_in_between_leaves_the_pending_intent() -> None:
    lex = Conversation()
    await lex.start("ProvideAccountDetails")
    await lex.start("FAQ", "is it safe to enter my pin in this chat")
    await lex.start("VerifyIdentity", PhoneNumber="5555550190", Pin="2468")
    assert lex.outcome == ("ProvideAccountDetails", "Close", "Fulfilled")
