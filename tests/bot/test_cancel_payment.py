"""Taking payments back."""

from datetime import UTC, datetime, timedelta

from shared.errors import Conflict
from tests.bot.conversation import Conversation, FakeAccounts
from tests.bot.test_verify_identity import verified


async def paid(**changes: object) -> Conversation:
    """Ana has just paid City Power $25.00, and can undo it for five minutes unless `changes` say otherwise."""
    lex = await verified()
    lex.accounts.undo_until = datetime.now(UTC) + timedelta(minutes=5)
    for name, value in changes.items():
        setattr(lex.accounts, name, value)
    await lex.start("MakePayment", Payee="City Power", Amount="25")
    await lex.yes()
    return lex


async def test_a_payment_says_how_long_it_can_be_undone_and_is_taken_back_when_confirmed() -> None:
    lex = await paid()
    assert 'say "undo that payment" within 5 minutes' in lex.said
    assert await lex.start("CancelPayment") == "Your last payment was $25.00 to City Power. Shall I take it back?"
    assert lex.outcome == ("CancelPayment", "ConfirmIntent", "InProgress")
    assert await lex.yes() == "Done. I took back your payment of $25.00 to City Power."
    assert [payment.status for payment in lex.accounts.made.values()] == ["reversed"]


async def test_a_payment_that_is_kept_stays() -> None:
    lex = await paid()
    await lex.start("CancelPayment")
    assert await lex.no() == "All right, the payment stays as it is."
    assert [payment.status for payment in lex.accounts.made.values()] == ["paid"]


async def test_a_scheduled_payment_is_cancelled() -> None:
    lex = await verified()
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    await lex.start("MakePayment", Payee="City Power", Amount="25", PayDate=tomorrow.isoformat())
    await lex.yes()
    assert f"set for {tomorrow:%B} {tomorrow.day}. Shall I cancel it?" in await lex.start("CancelPayment")
    assert await lex.yes() == "Done. Your payment of $25.00 to City Power is cancelled."


async def test_what_can_no_longer_be_undone_is_not_offered() -> None:
    lex = await paid(undo_until=datetime.now(UTC) - timedelta(seconds=1))
    assert await lex.start("CancelPayment") == "There is no payment of yours that can still be taken back."


async def test_the_bank_may_say_that_it_is_too_late() -> None:
    lex = await paid()
    await lex.start("CancelPayment")
    lex.accounts.pay_breaks = Conflict("It is too late.", members={"code": "too_late"})
    assert await lex.yes() == "It is too late to take that payment back here. Please call us at 1-800-555-0199."


async def test_a_stranger_is_asked_who_they_are_first() -> None:
    lex = Conversation(FakeAccounts())
    await lex.start("CancelPayment")
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
