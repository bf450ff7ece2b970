"""The customer's mortgage, and the calculator."""

from decimal import Decimal

import pytest

from tests.bot.conversation import Conversation
from tests.bot.test_verify_identity import verified


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        ("payoff", "To pay off your mortgage ••••3306 by March 14 you would need $214,682.10: $214,350.00 principal "
         "and $332.10 interest. Each day after that adds $24.96."),
        ("next payment", "The next payment on your mortgage ••••3306 is $1,482.60, due April 1. Of it, $720.00 goes to "
         "principal and $512.60 to interest, and $250.00 into escrow."),
        ("escrow", "Your escrow account for taxes and insurance holds $3,120.00. $250.00 of each payment goes into "
         "it."),
    ],
)  # fmt: skip
async def test_what_the_customer_can_ask(topic: str, says: str) -> None:
    lex = await verified()
    assert await lex.start("MortgageHelp", MortgageTopic=topic) == says
    assert lex.outcome == ("MortgageHelp", "Close", "Fulfilled")


async def test_a_stranger_is_asked_what_about_then_who_they_are() -> None:
    lex = Conversation()
    assert "What about your mortgage" in await lex.start("MortgageHelp")
    await lex.reply("payoff")
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    assert "To pay off your mortgage" in await lex.verify()


async def test_the_calculator_is_for_everybody() -> None:
    lex = Conversation()
    assert await lex.start("MortgageHelp", MortgageTopic="calculator") == "How much would you borrow?"
    assert await lex.reply("$300,000", interpreted="USD 300000.00") == "Over how many years?"
    assert "At what yearly interest rate" in await lex.reply("thirty", interpreted="30")
    said = await lex.reply("6.5 percent", interpreted="6.5")
    assert said == (
        "$300,000.00 over 30 years at 6.5 percent comes to $1,896.20 a month, $382,632.00 of interest in all. "
        "Taxes and insurance come on top."
    )
    (order,) = lex.accounts.calculated
    assert (order.principal.minor_units, order.rate_basis_points, order.term_months) == (300_000_00, Decimal(650), 360)


async def test_figures_say_that_the_calculator_is_meant() -> None:
    lex = Conversation()
    assert await lex.start("MortgageHelp", LoanAmount="250000") == "Over how many years?"


@pytest.mark.parametrize(
    ("slot", "said", "answer"),
    [
        ("LoanAmount", "5 dollars", "between $1,000 and $100,000,000"),
        ("TermYears", "200", "from 1 to 50"),
        ("TermYears", "2.5", "from 1 to 50"),
        ("TermYears", "NaN", "from 1 to 50"),
        ("InterestRate", "95", "from 0 to 30"),
        ("InterestRate", "dunno", "from 0 to 30"),
    ],
)
async def test_figures_that_make_no_loan_are_asked_for_again(slot: str, said: str, answer: str) -> None:
    lex = Conversation()
    given = {"LoanAmount": "300000", "TermYears": "30", "InterestRate": "6.5", slot: said}
    assert answer in await lex.start("MortgageHelp", MortgageTopic="calculator", **given)
    assert lex.outcome == ("MortgageHelp", "ElicitSlot", slot)
    assert not lex.accounts.calculated


async def test_a_customer_without_a_mortgage_is_told_so() -> None:
    lex = await verified()
    lex.accounts.owned = lex.accounts.owned[:2]
    assert (await lex.start("MortgageHelp", MortgageTopic="payoff")).startswith("You have no mortgage with us.")
