"""A PIN given long ago opens balances, but moves no money."""

import time

from services.bot.identity import IDENTITY_TOKEN
from shared.callers import Tokens
from shared.settings import DEVELOPMENT_SECRET
from tests.bot.conversation import ANA, ANAS_PIN, Conversation
from tests.bot.test_verify_identity import verified


def grow_old(lex: Conversation, seconds: float) -> None:
    claims: dict[str, object] = {"sid": lex.session, "name": "Ana", "ver": time.time() - seconds}
    lex.attributes[IDENTITY_TOKEN] = Tokens(DEVELOPMENT_SECRET, "identity").mint(ANA, seconds=600, claims=claims)


async def test_an_old_pin_is_asked_for_again_before_money_moves() -> None:
    lex = await verified()
    grow_old(lex, 301)
    said = await lex.start("MakePayment", Payee="City Power", Amount="25")
    assert said == "Before money moves I need your PIN once more. Please enter it."
    assert "You're paying $25.00 to City Power" in await lex.reply(ANAS_PIN)
    assert "Your receipt is" in await lex.yes()
    assert lex.accounts.verifications[-1]["claim"] == ANA


async def test_a_pin_that_grows_old_before_the_yes_is_asked_for_and_the_payment_read_back_anew() -> None:
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power", Amount="25")
    grow_old(lex, 301)
    assert "PIN once more" in await lex.yes()
    assert not lex.accounts.orders
    assert "Shall I go ahead?" in await lex.reply(ANAS_PIN)
    await lex.yes()
    assert len(lex.accounts.orders) == 1


async def test_a_wrong_pin_moves_nothing_and_five_of_them_end_the_verification() -> None:
    lex = await verified()
    grow_old(lex, 301)
    await lex.start("MakePayment", Payee="City Power", Amount="25")
    for _ in range(4):
        assert "didn't match" in await lex.reply("1111")
    assert "locked" in await lex.reply("1111")
    assert IDENTITY_TOKEN not in lex.attributes
    assert not lex.accounts.orders


async def test_balances_are_read_with_the_old_pin() -> None:
    lex = await verified()
    grow_old(lex, 301)
    assert "checking account" in await lex.start("ProvideAccountDetails")
