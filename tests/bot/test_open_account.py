"""OpenAccount: the plan, the deposit, one application."""

import pytest

from shared.schemas.plans import ApplicationOrder
from tests.bot.conversation import Conversation
from tests.bot.test_verify_identity import verified


def applied(lex: Conversation) -> list[tuple[str, int | None]]:
    orders = [order for order in lex.accounts.orders if isinstance(order, ApplicationOrder)]
    return [(order.plan_id, order.opening_deposit.minor_units if order.opening_deposit else None) for order in orders]


async def test_whole_application() -> None:
    lex = await verified()
    assert "Premier Checking: About Premier Checking." in await lex.start("OpenAccount", "open an account")
    assert lex.outcome == ("OpenAccount", "ElicitSlot", "PlanType")
    assert lex.buttons == ["Everyday Checking", "Premier Checking", "Goal Savings", "Auto Loan"]
    assert "The minimum is $25.00." in await lex.reply("savings")
    assert lex.outcome == ("OpenAccount", "ElicitSlot", "OpeningDeposit")
    said = await lex.reply("$100", interpreted="USD 100.00")
    assert said == (
        "You're applying for Goal Savings with an opening deposit of $100.00 from your checking account ••••1234. "
        "Shall I send the application?"
    )
    assert lex.outcome == ("OpenAccount", "ConfirmIntent", "InProgress")
    assert "A-0000000001" in await lex.yes()
    assert lex.outcome == ("OpenAccount", "Close", "Fulfilled")
    assert applied(lex) == [("goal-savings", 100_00)]
    await lex.again()
    assert len(applied(lex)) == 1


async def test_several_plans_of_a_kind_are_told_apart() -> None:
    lex = await verified()
    await lex.start("OpenAccount", PlanType="checking")
    assert lex.buttons == ["Everyday Checking", "Premier Checking"]
    # Lex's closed slot type passes on only the kind.
    assert "Premier Checking needs" in (await lex.fill("PlanType", "Premier Checking", interpreted="checking")) + (
        await lex.reply("100")
    )
    await lex.reply("1500")
    await lex.yes()
    assert applied(lex) == [("premier-checking", 1500_00)]


async def test_plan_named_only_in_the_whole_sentence() -> None:
    lex = await verified()
    said = await lex.start("OpenAccount", "please open a premier checking account for me", PlanType="checking")
    assert "to open Premier Checking" in said


async def test_unknown_plan_is_asked_again() -> None:
    lex = await verified()
    assert "don't know" in await lex.start("OpenAccount", PlanType="spaceship")
    assert lex.outcome == ("OpenAccount", "ElicitSlot", "PlanType")


@pytest.mark.parametrize("amount", ["10", "nothing", "-50", "24.99"])
async def test_deposit_below_the_minimum_is_asked_again(amount: str) -> None:
    lex = await verified()
    await lex.start("OpenAccount", PlanType="savings", OpeningDeposit=amount)
    assert lex.outcome == ("OpenAccount", "ElicitSlot", "OpeningDeposit")
    assert "You're applying" in await lex.reply("25")


async def test_deposit_the_bank_refuses_is_asked_again() -> None:
    lex = await verified()
    await lex.start("OpenAccount", PlanType="savings", OpeningDeposit="200000")
    assert "at most $100,000.00" in await lex.yes()
    assert lex.outcome == ("OpenAccount", "ElicitSlot", "OpeningDeposit")


async def test_loan_needs_no_deposit() -> None:
    lex = await verified()
    assert await lex.start("OpenAccount", PlanType="car loan") == (
        "You're applying for Auto Loan. Shall I send the application?"
    )
    await lex.yes()
    assert applied(lex) == [("auto-loan-60", None)]


async def test_no_sends_nothing() -> None:
    lex = await verified()
    await lex.start("OpenAccount", PlanType="auto loan")
    assert "sent nothing" in await lex.no()
    assert lex.outcome == ("OpenAccount", "Close", "Failed")
    assert not applied(lex)
