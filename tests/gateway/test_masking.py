import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.masking import MASK, mask, without_echo

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def before_verification(text: str) -> str:
    return mask(text, secret_asked_for=False, verified=False)


def after_verification(text: str) -> str:
    return mask(text, secret_asked_for=False, verified=True)


@pytest.mark.parametrize(
    "pin",
    [
        "2468",
        "2 4 6 8",
        "2-4-6-8",
        "2 - 4 - 6 - 8",
        "2, 4, 6, 8",
        "2.4.6.8",
        "24 68",
        "24-68",
        "2 468",
        "two four six eight",
        "Two, four, six and eight",
        "two-four-six-eight",
        "twenty four sixty eight",
        "nineteen eighty four",
        "double two four six",
        "oh one two three",
        "2 four 6 eight",
        "２４６８",
        "2\u200b4\u200b6\u200b8",
    ],
)
def test_pin_is_masked_in_every_form(pin: str) -> None:
    assert before_verification(pin) == MASK
    assert before_verification(f"it is {pin} thank you") == f"it is {MASK} thank you"


@given(st.text("0123456789", min_size=4, max_size=4), st.sampled_from(["", " ", "-", " - ", ", ", "\n"]))
def test_any_four_digits_are_masked_with_any_separator(pin: str, separator: str) -> None:
    assert before_verification(f"use {separator.join(pin)} please") == f"use {MASK} please"


@given(st.text("0123456789", min_size=4, max_size=4), st.sampled_from([" ", "-", ", "]))
def test_any_four_spoken_digits_are_masked(pin: str, separator: str) -> None:
    spoken = separator.join(WORDS[int(digit)] for digit in pin)
    assert before_verification(f"use {spoken} please") == f"use {MASK} please"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("my pin is 2468 and I want my balance", f"my pin {MASK}"),
        ("PIN: swordfish", f"PIN {MASK}"),
        ("the passcode two four", f"the passcode {MASK}"),
        ("I forgot my pin!", "I forgot my pin!"),
        ("pin2468", f"pin {MASK}"),
    ],
)
def test_what_follows_the_word_pin_is_masked(text: str, kept: str) -> None:
    assert before_verification(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "What is my balance?",
        "pay $25.50 to Kim",
        "one two three",
        "+15555550100",
        "account 12345678",
        "for one or two people, three or four",
        "spinning 12 wheels",
    ],
)
def test_other_text_is_kept(text: str) -> None:
    assert before_verification(text) == text


def test_phone_number_with_spaces_does_not_hide_a_pin_behind_it() -> None:
    assert before_verification("5555550100 24 68") == f"5555550100 {MASK}"


def test_everything_is_masked_while_a_secret_is_asked_for() -> None:
    assert mask("my dog's birthday", secret_asked_for=True, verified=True) == MASK


def test_amounts_are_kept_after_verification_but_not_a_pin_named_as_such() -> None:
    assert after_verification("pay 1500 to Kim") == "pay 1500 to Kim"
    assert after_verification("my pin is 2468, pay 15 to Kim") == f"my pin is {MASK}, pay 15 to Kim"


@pytest.mark.parametrize("echo", ["2468", "2 4 6 8", "two four six eight", "24-68"])
@pytest.mark.parametrize("heard", ["2468", "my pin is 2-4-6-8", "twenty four sixty eight"])
def test_echo_of_a_pin_is_masked_in_the_reply(heard: str, echo: str) -> None:
    reply = f"{echo} is no account; yours holds $1,500 of 3000."
    assert without_echo(reply, heard) == f"{MASK} is no account; yours holds $1,500 of 3000."
