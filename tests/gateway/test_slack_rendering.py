"""Answers as Slack takes them, whatever the bot says: within every limit, as the fake reads Slack's rules."""

import json
import random
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.addresses import Addresses
from services.gateway.channels.slack import Choices, SlackMessages
from services.gateway.channels.slack_text import cut, escaped, length, pieces
from services.gateway.ports import Addressee
from shared.schemas.chat import ChatMessage
from shared.schemas.lex import Button, ImageResponseCard
from tests.gateway.fakes_slack import wrong_message

TO = {"team": "T0BANK", "channel": "D0CUSTOMER", "user": "U0CUSTOMER", "thread": "1700000000.000009"}
_ids = count()
CHANNEL = SlackMessages(Choices(Addresses("x" * 32)), lambda: f"id-{next(_ids)}")

_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)
_BUTTONS = st.lists(st.builds(Button, text=_TEXT, value=_TEXT), max_size=12)
_CARDS = st.builds(
    ImageResponseCard,
    title=_TEXT,
    subtitle=st.none() | _TEXT,
    image_url=st.none() | st.sampled_from(["https://bank.example/a.png", "http://bank.example/a.png", "x" * 5000]),
    buttons=st.none() | _BUTTONS,
)
_MESSAGES = st.one_of(
    st.builds(ChatMessage, content_type=st.sampled_from(["PlainText", "SSML", "CustomPayload"]), content=_TEXT),
    st.builds(ChatMessage, content_type=st.just("ImageResponseCard"), image_response_card=_CARDS),
)


def addressee(**changed: object) -> Addressee:
    return Addressee.model_validate({"destination": TO, "answers": "said:D0CUSTOMER:1700000000.000001", **changed})


@given(st.lists(_MESSAGES, max_size=6), st.booleans(), st.booleans(), st.booleans())
def test_whatever_the_bot_says_is_within_slacks_limits(
    messages: list[ChatMessage], wanted: bool, was_given: bool, first: bool
) -> None:
    reach = addressee(secret_wanted=wanted, secret_given=was_given, **({"answers": None} if first else {}))
    for payload in CHANNEL.render(messages, reach).payloads:
        arguments = payload["arguments"]
        assert isinstance(arguments, dict)
        assert wrong_message(arguments) == ""


def test_very_long_answers_are_several_messages_in_order() -> None:
    drawn = random.Random(7)  # noqa: S311  the same order each time
    words = ["".join(drawn.choices("ab<&😀\n", k=drawn.randint(1, 30))) for _ in range(4000)]
    payloads = CHANNEL.render([ChatMessage(content_type="PlainText", content=" ".join(words))], addressee()).payloads
    assert len(payloads) > 3
    assert not any(wrong_message(payload["arguments"]) for payload in payloads)  # type: ignore[arg-type]  # JSON
    said = " ".join(str(payload["arguments"]["text"]) for payload in payloads)  # type: ignore[index,call-overload]
    assert said.split() == escaped(" ".join(words)).split()


def test_who_is_spoken_to_first_gets_it_in_the_last_thread_without_buttons() -> None:
    """As when a member of staff writes."""
    card = ImageResponseCard(title="Choose", buttons=[Button(text="Yes", value="y")])
    message = ChatMessage(content_type="ImageResponseCard", image_response_card=card)
    (payload,) = CHANNEL.render([message], addressee(answers=None)).payloads
    arguments = payload["arguments"]
    assert isinstance(arguments, dict)
    assert arguments["thread_ts"] == "1700000000.000009"
    assert '"actions"' not in json.dumps(arguments["blocks"])
    assert "• Yes" in str(arguments["text"])


@given(_TEXT, st.integers(min_value=7, max_value=60))
def test_pieces_hold_all_that_is_shown_and_are_short_enough(text: str, limit: int) -> None:
    cut_up = list(pieces(text, limit))
    assert all(0 < length(piece) <= max(limit, len(text)) for piece in cut_up)
    assert (
        "".join("".join(cut_up).split()).replace("&lt;", "<")
        == "".join("".join(pieces(text, 10**6)).split()).replace("&lt;", "<")
        or "http" in text
    )


@given(_TEXT, st.integers(min_value=3, max_value=60))
def test_cut_text_is_its_beginning(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert length(short) <= limit
    assert text.startswith(short.removesuffix("…").rstrip()) or short == text
