"""Changing a PIN."""

import pytest

from tests.bot.conversation import ANA, ANAS_PIN, Conversation
from tests.bot.test_verify_identity import verified


async def test_a_pin_is_changed_and_none_of_the_three_is_ever_seen() -> None:
    lex = await verified()
    assert await lex.start("ChangePin") == "Please enter your current PIN."
    assert "four digits" in await lex.reply(ANAS_PIN)
    assert "once more" in await lex.reply("8642")
    assert (await lex.reply("8642")).startswith("Done. Your PIN is changed.")
    assert lex.accounts.pins == {ANA: "8642"}
    answered = lex.everything_answered()
    assert ANAS_PIN not in answered
    assert "8642" not in answered
    assert not [name for name in lex.attributes if name.startswith("sealed")]


async def test_spoken_digits_are_a_pin() -> None:
    lex = await verified()
    await lex.start("ChangePin")
    await lex.reply("two four six eight")
    await lex.reply("eight six double four")
    await lex.reply("8 6 4 4")
    assert lex.accounts.pins == {ANA: "8644"}


async def test_a_wrong_current_pin_counts_as_a_try_and_locks() -> None:
    lex = await verified()
    await lex.start("ChangePin")
    for _ in range(4):
        assert (await lex.reply("1111")).startswith("That is not your current PIN.")
    await lex.reply("1111")
    assert lex.outcome == ("ChangePin", "Close", "Failed")
    assert "identityToken" not in lex.attributes
    assert lex.accounts.pins == {}


async def test_two_different_new_pins_are_asked_for_again() -> None:
    lex = await verified()
    await lex.start("ChangePin")
    await lex.reply(ANAS_PIN)
    await lex.reply("8642")
    assert await lex.reply("8643") == "Those two were not the same. Please enter the new PIN again."
    assert lex.outcome == ("ChangePin", "ElicitSlot", "NewPin")
    await lex.reply("8643")
    await lex.reply("8643")
    assert lex.accounts.pins == {ANA: "8643"}


async def test_a_weak_pin_is_refused_by_the_bank() -> None:
    lex = await verified()
    await lex.start("ChangePin")
    await lex.reply(ANAS_PIN)
    await lex.reply("1234")
    assert "too easy to guess" in await lex.reply("1234")
    assert lex.outcome == ("ChangePin", "ElicitSlot", "NewPin")


@pytest.mark.parametrize("said", ["12", "12345", "no idea"])
async def test_what_is_no_pin_is_asked_for_again(said: str) -> None:
    lex = await verified()
    await lex.start("ChangePin")
    assert await lex.reply(said) == "A PIN is four digits. Please enter just the digits."
    assert lex.outcome == ("ChangePin", "ElicitSlot", "CurrentPin")


async def test_what_was_sealed_is_dropped_when_the_change_is_given_up() -> None:
    lex = await verified()
    await lex.start("ChangePin")
    await lex.reply(ANAS_PIN)
    assert "sealedCurrent" in lex.attributes
    await lex.start("Cancel", "never mind")
    assert "sealedCurrent" not in lex.attributes
    assert await lex.start("ChangePin") == "Please enter your current PIN."


async def test_a_seal_of_another_session_opens_nothing() -> None:
    lex, other = await verified(), Conversation(session="session-2")
    await lex.start("ChangePin")
    await lex.reply(ANAS_PIN)
    await other.start("ProvideAccountDetails")
    await other.verify()
    other.attributes["sealedCurrent"] = lex.attributes["sealedCurrent"]
    other.attributes["openIntent"] = lex.attributes["openIntent"]
    assert await other.start("ChangePin") == "Please enter your current PIN."
