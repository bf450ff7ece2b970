"""Going on with what was left open: here, and from one channel to another."""

from shared.errors import Unavailable
from tests.bot.conversation import ANA, ANAS_PHONE, ANAS_PIN, Conversation, FakeAccounts
from tests.bot.test_verify_identity import verified


async def left_open() -> FakeAccounts:
    """Ana stopped on the web in the middle of paying City Power $250.00."""
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power", Amount="250")
    assert lex.outcome == ("MakePayment", "ConfirmIntent", "InProgress")
    return lex.accounts


async def test_a_payment_left_on_the_web_is_offered_by_text_message_and_paid_there() -> None:
    lex = Conversation(await left_open(), session="sms:1", channel="sms", caller_number=ANAS_PHONE)
    await lex.start("Help")
    await lex.start("VerifyIdentity", "verify me")
    said = await lex.reply(ANAS_PIN)
    assert "You were paying $250.00 to City Power. Shall we go on with it?" in said
    assert lex.outcome == ("Continue", "ConfirmIntent", "InProgress")
    assert (await lex.yes()).startswith("You're paying $250.00 to City Power from your checking account")
    assert "Your receipt is" in await lex.yes()
    assert lex.accounts.orders[0].channel == "sms"
    assert ANA not in lex.accounts.contexts


async def test_what_is_not_wanted_any_more_is_not_offered_again() -> None:
    accounts = await left_open()
    lex = Conversation(accounts, session="sms:1")
    await lex.start("VerifyIdentity")
    await lex.verify()
    assert "All right, I've dropped that." in await lex.no()
    assert accounts.contexts == {}


async def test_offer_is_taken_by_continue_too() -> None:
    """Lex hears no yes in it, and falls back."""
    lex = Conversation(await left_open(), session="sms:1", channel="sms", caller_number=ANAS_PHONE)
    await lex.start("VerifyIdentity", "verify me")
    await lex.reply(ANAS_PIN)
    assert (await lex.start("FallbackIntent", "Continue!")).startswith("You're paying $250.00 to City Power")


async def test_continue_goes_on_after_the_pin() -> None:
    lex = Conversation(await left_open(), session="slack:1", channel="slack")
    await lex.start("Continue", "continue")
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    assert "You're paying $250.00 to City Power" in await lex.verify()


async def test_what_was_said_first_comes_before_what_was_left() -> None:
    lex = Conversation(await left_open(), session="sms:1")
    await lex.start("ProvideAccountDetails", AccountType="savings")
    said = await lex.verify()
    assert "savings account" in said
    assert said.endswith("You were paying $250.00 to City Power. Shall we go on with it?")
    assert lex.outcome == ("Continue", "ConfirmIntent", "InProgress")
    assert "You're paying $250.00 to City Power" in await lex.yes()


async def test_what_was_left_is_offered_once() -> None:
    lex = Conversation(await left_open(), session="sms:1")
    await lex.start("ProvideAccountDetails", AccountType="savings")
    await lex.verify()
    said = await lex.start("ProvideAccountDetails", AccountType="checking")
    assert "checking account" in said
    assert "Shall we go on" not in said


async def test_nothing_is_offered_in_the_conversation_where_it_was_left() -> None:
    accounts = await left_open()
    lex = Conversation(accounts)
    await lex.start("VerifyIdentity")
    assert "Shall we go on" not in await lex.verify()


async def test_continue_returns_to_an_open_question() -> None:
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power")
    assert "How much" in await lex.start("Continue", "where were we")
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Amount")


async def test_nothing_to_continue_is_said() -> None:
    lex = await verified()
    assert "There is nothing to go on with." in await lex.start("Continue", "go on")


async def test_a_context_that_cannot_be_read_or_kept_costs_the_customer_nothing() -> None:
    accounts = await left_open()

    async def down(*_: object, **__: object) -> None:
        raise Unavailable("down")

    accounts.context = down  # type: ignore[method-assign]
    accounts.save_context = down  # type: ignore[method-assign, assignment]
    lex = Conversation(accounts, session="sms:1")
    await lex.start("VerifyIdentity")
    assert "you're verified" in await lex.verify()
    assert "How much" in await lex.start("MakePayment", Payee="City Power")


async def test_cancelling_forgets_what_was_kept_and_a_goodbye_does_not() -> None:
    lex = await verified()
    await lex.start("MakePayment", Payee="City Power")
    await lex.start("Goodbye", "bye")
    assert ANA in lex.accounts.contexts
    await lex.start("MakePayment", Payee="City Power")
    await lex.start("Cancel", "never mind")
    assert ANA not in lex.accounts.contexts


async def test_a_linked_address_is_asked_for_the_pin_only_and_told_no_name() -> None:
    accounts = FakeAccounts()
    first = Conversation(accounts, session="slack:1", channel="slack", address="a-keyed-hash-of-it")
    await first.start("ProvideAccountDetails")
    await first.verify()
    later = Conversation(accounts, session="slack:2", channel="slack", address="a-keyed-hash-of-it")
    said = await later.start("ProvideAccountDetails")
    assert said == "First I need to check who you are. Please enter your PIN."
    assert "Here are your accounts" in await later.reply(ANAS_PIN)
