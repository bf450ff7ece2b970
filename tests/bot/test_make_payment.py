"""MakePayment: what is asked, read back, and paid once."""

import pytest

from shared.errors import Unavailable, UpstreamTimeout
from shared.schemas.accounts import PaymentOrder
from tests.bot.conversation import Conversation
from tests.bot.test_verify_identity import verified

READ_BACK = "You're paying $25.00 to City Power from your checking account ••••1234. Shall I go ahead?"


async def ready_to_confirm() -> Conversation:
    lex = await verified()
    assert await lex.start("MakePayment", Payee="City Power", Amount="USD 25.00") == READ_BACK
    return lex


def paid(lex: Conversation) -> list[tuple[str, str, int]]:
    orders = [order for order in lex.accounts.orders if isinstance(order, PaymentOrder)]
    return [(order.from_account_id, order.payee_id, order.amount.minor_units) for order in orders]


async def test_whole_payment() -> None:
    lex = await verified()
    assert "Who would you like to pay?" in await lex.start("MakePayment", "make a payment")
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Payee")
    assert lex.buttons == ["City Power", "Northside Water", "The Netflix Company", "Home Mortgage"]
    assert await lex.reply("city power") == "How much would you like to pay to City Power?"
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Amount")
    assert await lex.reply("$25", interpreted="USD 25.00") == READ_BACK
    assert lex.outcome == ("MakePayment", "ConfirmIntent", "InProgress")
    assert lex.buttons == ["Yes", "No"]
    assert not paid(lex)
    said = await lex.yes()
    assert said == (
        "Done. I paid $25.00 to City Power. Your receipt is R-0000000001. Your checking account now has $1,209.56."
    )
    assert lex.outcome == ("MakePayment", "Close", "Fulfilled")
    assert paid(lex) == [("AC-1", "P-1", 25_00)]


async def test_no_pays_nothing() -> None:
    lex = await ready_to_confirm()
    assert "nothing was paid" in await lex.no()
    assert lex.outcome == ("MakePayment", "Close", "Failed")
    assert not paid(lex)


async def test_same_confirmation_pays_once() -> None:
    lex = await ready_to_confirm()
    first = await lex.yes()
    assert await lex.again() == first
    assert len(paid(lex)) == 1


async def test_second_payment_of_the_same_amount_does_pay() -> None:
    lex = await ready_to_confirm()
    await lex.yes()
    await lex.start("MakePayment", Payee="City Power", Amount="USD 25.00")
    await lex.yes()
    assert len(paid(lex)) == 2


async def test_unclear_payment_is_not_made_twice() -> None:
    lex = await ready_to_confirm()
    lex.accounts.pay_breaks = UpstreamTimeout("slow")
    assert "can't tell yet" in await lex.yes()
    assert lex.outcome == ("MakePayment", "Close", "Failed")
    lex.accounts.pay_breaks = None
    assert "won't be paid again" in await lex.start("MakePayment", Payee="City Power", Amount="25")
    assert "R-0000000001" in await lex.yes()
    assert len(paid(lex)) == 1


async def test_unclear_payment_is_remembered_over_other_business() -> None:
    lex = await ready_to_confirm()
    lex.accounts.pay_breaks = UpstreamTimeout("slow")
    await lex.yes()
    lex.accounts.pay_breaks = None
    await lex.start("MakePayment", Payee="Northside", Amount="10")
    await lex.yes()
    await lex.start("OpenAccount", PlanType="auto loan")
    await lex.no()
    await lex.start("Cancel")
    await lex.start("MakePayment", Payee="City Power", Amount="25")
    assert "R-0000000001" in await lex.yes()
    assert paid(lex) == [("AC-1", "P-1", 25_00), ("AC-1", "P-2", 10_00)]
    assert "readBack" not in lex.attributes


async def test_no_to_an_unclear_payment_claims_nothing() -> None:
    lex = await ready_to_confirm()
    lex.accounts.pay_breaks = UpstreamTimeout("slow")
    await lex.yes()
    await lex.start("MakePayment", Payee="City Power", Amount="25")
    assert "may have gone through" in await lex.no()


async def test_accounts_down_at_the_confirmation() -> None:
    lex = await ready_to_confirm()
    lex.accounts.down = Unavailable("down")
    assert "can't reach your accounts" in await lex.yes()
    assert lex.outcome == ("MakePayment", "Close", "Failed")


@pytest.mark.parametrize(
    ("said", "payee"),
    [
        ("the city power company", "P-1"),
        ("City", "P-1"),
        ("citty powr", "P-1"),
        ("north", "P-2"),
        ("NORTHSIDE", "P-2"),
        ("nortside watter", "P-2"),
        ("netflix", "P-3"),
        ("City Power 5519", "P-1"),
        ("my mortgage", "P-4"),
        ("house payment", "P-4"),
    ],
)
async def test_payee_is_matched_tolerantly(said: str, payee: str) -> None:
    lex = await verified()
    await lex.start("MakePayment", Payee=said, Amount="25")
    await lex.yes()
    assert paid(lex) == [("AC-1", payee, 25_00)]


async def test_what_lex_resolved_counts() -> None:
    lex = await verified()
    await lex.start("MakePayment")
    assert "City Power" in await lex.reply("electric bill", resolved=["City Power"])
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Amount")


@pytest.mark.parametrize("said", ["Acme Rockets", "car insurance"])
async def test_unknown_payee_is_asked_again(said: str) -> None:
    lex = await verified()
    assert "couldn't find" in await lex.start("MakePayment", Payee=said, Amount="25")
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Payee")
    assert lex.intent.slots["Payee"] is None


async def test_namesakes_are_told_apart_by_their_digits() -> None:
    lex = await verified()
    lex.accounts.payable.append(
        lex.accounts.payable[0].model_copy(update={"payee_id": "P-9", "masked_number": "••••9999"})
    )
    assert "Which one" in await lex.start("MakePayment", Payee="City Power", Amount="25")
    assert lex.buttons == ["City Power 5519", "City Power 9999"]
    await lex.reply("City Power 9999")
    await lex.yes()
    assert paid(lex) == [("AC-1", "P-9", 25_00)]


async def test_cards_hold_five_buttons_at_most() -> None:
    lex = await verified()
    lex.accounts.payable *= 4
    await lex.start("MakePayment")
    cards = [message.image_response_card for message in lex.answers[-1].messages or [] if message.image_response_card]
    assert [len(card.buttons or []) for card in cards] == [5, 5, 5]


@pytest.mark.parametrize(
    ("typed", "interpreted", "units"),
    [
        ("$25", None, 2500),
        ("25", None, 2500),
        ("25.50", "USD 25.50", 2550),
        ("1,200", "USD 1200", 1200_00),
        (".75", None, 75),
    ],
)
async def test_amounts(typed: str, interpreted: str | None, units: int) -> None:
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power")
    await lex.reply(typed, interpreted=interpreted)
    await lex.yes()
    assert paid(lex) == [("AC-1", "P-1", units)]


@pytest.mark.parametrize(
    ("typed", "interpreted"),
    [
        ("0", None),
        ("0.00", "USD 0.00"),
        ("-25", "USD 25.00"),
        ("25.555", "USD 25.56"),
        ("lots", None),
        ("EUR 25", None),
    ],
)
async def test_amounts_that_are_asked_again(typed: str, interpreted: str | None) -> None:
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power")
    assert "dollars and cents" in await lex.reply(typed, interpreted=interpreted)
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Amount")


async def test_too_little_money_is_said_and_the_amount_asked_again() -> None:
    lex = await verified()
    said = await lex.start("MakePayment", Payee="City Power", Amount="5000")
    assert "not enough money" in said
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Amount")
    await lex.reply("25")
    await lex.yes()
    assert paid(lex) == [("AC-1", "P-1", 25_00)]


async def test_money_gone_between_read_back_and_confirmation() -> None:
    lex = await ready_to_confirm()
    poor = lex.accounts.owned[0].model_copy(
        update={"balance": lex.accounts.owned[0].balance.model_copy(update={"minor_units": 1})}
    )
    lex.accounts.owned[0] = poor
    assert "not enough money" in await lex.yes()
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Amount")


async def test_from_savings() -> None:
    lex = await verified()
    said = await lex.start("MakePayment", Payee="City Power", Amount="25", FromAccount="savings")
    assert "from your savings account ••••5678" in said
    await lex.yes()
    assert paid(lex) == [("AC-2", "P-1", 25_00)]


async def test_account_that_cannot_pay_is_asked_again() -> None:
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power", Amount="25", FromAccount="mortgage")
    assert lex.outcome == ("MakePayment", "ElicitSlot", "FromAccount")
    assert lex.buttons == ["checking account", "savings account"]
    assert "savings account ••••5678" in await lex.reply("savings account")


async def test_change_after_the_read_back_is_read_back_again() -> None:
    lex = await ready_to_confirm()
    assert "You're paying $30.00" in await lex.fill("Amount", "USD 30.00")
    amount = lex.intent.slots["Amount"]
    assert amount is not None
    assert amount.value is not None
    amount.value.interpreted_value = "USD 999.00"
    assert "You're paying $999.00" in await lex.yes()
    assert not paid(lex)
    await lex.yes()
    assert paid(lex) == [("AC-1", "P-1", 999_00)]


async def test_confirmation_of_what_was_never_read_back_is_read_back() -> None:
    lex = await ready_to_confirm()
    lex.attributes["readBack"] = "forged"
    assert await lex.yes() == READ_BACK
    assert not paid(lex)


async def test_customer_without_payees() -> None:
    lex = await verified()
    lex.accounts.payable = []
    assert "nobody set up" in await lex.start("MakePayment")
    assert lex.outcome == ("MakePayment", "Close", "Failed")
