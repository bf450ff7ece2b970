"""The bot behind a flow of Amazon Connect."""

import pytest

from tests.bot.conversation import ANA, ANAS_PHONE, ANAS_PIN, Conversation


def contact(platform: str, number: str | None = ANAS_PHONE, **changes: str) -> Conversation:
    lex = Conversation(session="a-contact-id", **changes)
    lex.requested = {"x-amz-lex:channels:platform": platform}
    if number is not None:
        lex.attributes["connectCallerNumber"] = number
    return lex


async def test_caller_is_asked_for_the_pin_only() -> None:
    lex = contact("Connect", input_mode="Speech")
    await lex.start("ProvideAccountDetails")
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
    assert "account" in await lex.reply(ANAS_PIN)
    assert lex.attributes["omnilex:customer"] == ANA


@pytest.mark.parametrize(
    ("platform", "number"),
    [
        ("Connect Chat", ANAS_PHONE),  # in a chat the flow sets none: somebody else said so
        ("Slack", ANAS_PHONE),
        ("", ANAS_PHONE),
        ("Connect", None),
        ("Connect", "anonymous"),
        ("Connect", ""),
    ],
)
async def test_number_counts_only_where_connect_has_said_it(platform: str, number: str | None) -> None:
    lex = contact(platform, number)
    await lex.start("ProvideAccountDetails")
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")


async def test_agent_is_told_who_it_is_and_what_they_were_doing() -> None:
    lex = contact("Connect")
    await lex.start("MakePayment", Payee="City Power")
    await lex.reply(ANAS_PIN)
    await lex.start("TransferToAgent", "a person")
    assert lex.outcome == ("TransferToAgent", "Close", "Fulfilled")
    told = {name: value for name, value in lex.attributes.items() if name.startswith("transfer")}
    assert told == {"transferVerified": "yes", "transferCustomerId": ANA, "transferIntent": "MakePayment"}


async def test_agent_is_told_that_nobody_is_verified() -> None:
    lex = contact("Connect Chat", None)
    await lex.start("TransferToAgent", "a person")
    told = {name: value for name, value in lex.attributes.items() if name.startswith("transfer")}
    assert told == {"transferVerified": "no", "transferCustomerId": "unknown", "transferIntent": "none"}


async def test_elsewhere_these_are_not_in_the_session() -> None:
    lex = Conversation()
    await lex.start("TransferToAgent", "a person")
    assert not any(name.startswith("transfer") for name in lex.attributes)


async def test_verification_that_the_flow_carries_on_counts_for_its_contact_only() -> None:
    lex = contact("Connect")
    await lex.start("VerifyIdentity")
    await lex.reply(ANAS_PIN)
    token = lex.attributes["identityToken"]
    again = contact("Connect")
    again.accounts = lex.accounts
    again.attributes["identityToken"] = token
    await again.start("ProvideAccountDetails")
    assert again.outcome[:2] != ("VerifyIdentity", "ElicitSlot")
    other = contact("Connect")
    other.session = "another-contact-id"
    other.attributes["identityToken"] = token
    await other.start("ProvideAccountDetails")
    assert other.outcome == ("VerifyIdentity", "ElicitSlot", "Pin")
