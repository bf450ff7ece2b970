"""Receipts of payments, asked for later and anywhere."""

import pytest

from tests.bot.conversation import Conversation
from tests.bot.test_verify_identity import verified


async def paid() -> Conversation:
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power", Amount="250")
    await lex.yes()
    return lex


async def test_receipt_is_told_on_another_channel() -> None:
    web = await paid()
    (receipt,) = web.accounts.made
    slack = Conversation(web.accounts, session="slack:1", channel="slack")
    await slack.start("ProvideAccountDetails", DetailType="receipts")
    said = await slack.verify()
    assert said.startswith("Thank you, Ana, you're verified.")
    assert "Your latest payments:" in said
    assert f"$250.00 to City Power, receipt {web.accounts.made[receipt].receipt_id}." in said


async def test_nothing_paid_yet_is_said() -> None:
    lex = await verified()
    assert await lex.start("ProvideAccountDetails", DetailType="receipts") == "You haven't paid anything yet."


@pytest.mark.parametrize("locale", ["es_US"])
async def test_in_spanish(locale: str) -> None:
    web = await paid()
    lex = Conversation(web.accounts, session="sms:1", channel="sms", locale=locale)
    await lex.start("ProvideAccountDetails", DetailType="receipts")
    assert "$250.00 a City Power, recibo " in await lex.verify()
