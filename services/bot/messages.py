"""What the customer reads or hears: cards with choices, and texts for a voice."""

import re
import textwrap
from collections.abc import Sequence
from xml.sax.saxutils import escape

from shared.schemas.lex import Button, ImageResponseCard, Message

_BUTTONS = 5
_CARDS = 3
_BUTTON_LENGTH = 50
_PAUSE = '<break strength="medium"/>'
_SPEECH = 1000  # Lex takes 1024 characters, tags and all

# What a voice would read as one number or one word.
_READ_OUT = re.compile(
    r"(?P<ending>••••(?P<digits>[0-9]{1,4}))|(?P<phone>\b1-[0-9]{3}-[0-9]{3}-[0-9]{4}\b)|\b[A-Z]{1,2}-(?P<code>[0-9A-Z]{10})\b"
)


def choice_cards(title: str, values: Sequence[str]) -> list[Message]:
    """Cards with a button for each value, as many as Lex allows."""
    buttons = [Button(text=value[:_BUTTON_LENGTH], value=value[:_BUTTON_LENGTH]) for value in values]
    groups = [buttons[start : start + _BUTTONS] for start in range(0, len(buttons), _BUTTONS)][:_CARDS]
    return [
        Message(content_type="ImageResponseCard", image_response_card=ImageResponseCard(title=title, buttons=group))
        for group in groups
    ]


def spoken(text: str, ending_in: str) -> list[Message]:
    """The text as SSML: numbers and codes digit by digit, each line a sentence of its own, as few messages as may be.

    `ending_in` says "ending in {digits}" for a masked number. Source: the SSML tags that Amazon Lex and Connect take.
    """
    room = _SPEECH - len("<speak></speak>")

    def read_out(match: re.Match[str]) -> str:
        if match["ending"]:
            return ending_in.format(digits=_say_as("digits", match["digits"]))
        return _say_as("telephone", match["phone"]) if match["phone"] else _say_as("characters", match["code"])

    def marked(line: str) -> list[str]:
        ssml = _READ_OUT.sub(read_out, escape(line))
        if len(ssml) <= room:
            return [ssml]
        return [part for half in textwrap.wrap(line, len(line) // 2 + 1) for part in marked(half)]

    packed: list[str] = []
    for line in (part for said in text.splitlines() if said.strip() for part in marked(said)):
        if packed and len(packed[-1] + _PAUSE + line) <= room:
            packed[-1] += _PAUSE + line
        else:
            packed.append(line)
    return [Message(content_type="SSML", content=f"<speak>{inside}</speak>") for inside in packed]


def _say_as(what: str, text: str) -> str:
    return f'<say-as interpret-as="{what}">{text}</say-as>'
