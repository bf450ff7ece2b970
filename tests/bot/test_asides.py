"""Questions in the middle of something: they are answered, and the bot comes back to what it asked."""

import json

import pytest

from shared.errors import Unavailable
from tests.bot.conversation import ANAS_PHONE, ANAS_PIN, Conversation, FakeAccounts

HOURS = "what are your opening hours"


async def paying(accounts: FakeAccounts | None = None) -> Conversation:
    talk = Conversation(accounts)
    await talk.start("MakePayment", "pay city power", Payee="City Power")
    await talk.verify()
    assert talk.outcome == ("MakePayment", "ElicitSlot", "Amount")
    return talk


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        ("FAQ", HOURS),
        ("FAQ", "who painted the mona lisa"),
        ("Help", "help"),
        ("Thanks", "thanks"),
        ("FallbackIntent", "asdf"),
        ("ProvideAccountDetails", "what is my balance"),
    ],
)
async def test_payment_goes_on_after_a_question(intent: str, said: str) -> None:
    talk = await paying()
    answer = await talk.start(intent, said)
    assert answer.endswith("Now, back to your payment.\nHow much would you like to pay to City Power?")
    assert talk.outcome == ("MakePayment", "ElicitSlot", "Amount")
    assert "$25.00 to City Power" in await talk.reply("$25")
    assert "Done." in await talk.yes()


async def test_pin_typed_once_more_does_not_end_the_payment() -> None:
    talk = await paying()
    answer = await talk.start("VerifyIdentity", ANAS_PIN, Pin=ANAS_PIN)
    assert answer.startswith("You're already verified, Ana.\nNow, back to your payment.")
    assert talk.outcome == ("MakePayment", "ElicitSlot", "Amount")
    await talk.start("VerifyIdentity", "my number", PhoneNumber="+15555550191")
    for _ in range(5):
        answer = await talk.reply("0000")
    assert answer.startswith("For your safety, access is locked")
    assert "back to" not in answer


async def test_question_at_the_confirmation_is_followed_by_the_read_back_again() -> None:
    talk = await paying()
    await talk.reply("$25")
    answer = await talk.start("FAQ", HOURS)
    assert "You're paying $25.00 to City Power" in answer
    assert talk.action.type == "ConfirmIntent"
    assert "Done." in await talk.yes()
    assert len(talk.accounts.made) == 1
    assert "Now, back" not in await talk.start("FAQ", HOURS)


async def test_number_and_pin_are_asked_again_after_a_question() -> None:
    talk = Conversation()
    await talk.start("ProvideAccountDetails", "balance")
    assert "phone number" in await talk.start("FAQ", HOURS)
    assert talk.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    await talk.reply(ANAS_PHONE)
    assert "enter your PIN" in await talk.start("Help", "help")
    assert talk.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
    assert "$1,234.56" in await talk.reply(ANAS_PIN)
    assert ANAS_PIN not in talk.everything_answered()


async def test_cancel_and_other_business_end_what_waited() -> None:
    talk = await paying()
    assert "dropped" in await talk.start("Cancel", "cancel")
    assert "back to" not in await talk.start("FAQ", HOURS)
    talk = await paying()
    await talk.start("OpenAccount", "open a savings account", PlanType="savings")
    assert "back to your application" in await talk.start("FAQ", HOURS)


async def test_after_an_outage_the_payment_is_read_back_again() -> None:
    accounts = FakeAccounts()
    talk = await paying(accounts)
    await talk.reply("$25")
    accounts.down = Unavailable("away")
    assert "can't reach your accounts" in await talk.yes()
    accounts.down = None
    assert "You're paying $25.00" in await talk.start("FallbackIntent", "yes")
    assert "Done." in await talk.yes()
    assert len(accounts.made) == 1


@pytest.mark.parametrize("said", ["my bill", "a bill", "somebody", "bills"])
async def test_bill_is_no_payees_name(said: str) -> None:
    talk = Conversation()
    await talk.start("MakePayment", "pay " + said, Payee=said)
    assert "couldn't find" not in await talk.verify()
    assert talk.action.slot_to_elicit == "Payee"


async def test_read_back_that_the_bot_did_not_make_confirms_nothing() -> None:
    talk = await paying()
    await talk.reply("$25")
    genuine = talk.attributes["readBack"]
    kept = json.dumps([{"reference": "mine", "order": "f" * 64}])
    other = Conversation(session="another")
    await other.start("MakePayment", "pay city power 25", Payee="City Power", Amount="$25")
    await other.verify()
    for forged in (kept, genuine[:-2] + "xx", other.attributes["readBack"], "", "null"):
        talk.attributes["readBack"] = forged
        assert "Shall I go ahead?" in await talk.yes()
    assert not talk.accounts.made
    assert "Done." in await talk.yes()


async def test_pin_after_the_lock_hears_of_the_lock() -> None:
    talk = Conversation()
    await talk.start("ProvideAccountDetails", "balance")
    await talk.reply(ANAS_PHONE)
    for _ in range(5):
        answer = await talk.reply("0000")
    assert "locked" in answer
    assert "locked" in await talk.start("VerifyIdentity", "my pin is 2468", Pin=ANAS_PIN)
    talk.accounts.tries.clear()  # staff unlocked
    assert "verified" in await talk.start("VerifyIdentity", "my pin is 2468", Pin=ANAS_PIN)
    assert "lockedNumber" not in talk.attributes
