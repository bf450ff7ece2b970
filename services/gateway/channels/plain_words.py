"""Messages of the bot for who can only read, or only hear, words."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from pydantic import JsonValue

from shared.schemas.chat import ChatMessage
from shared.schemas.lex import ImageResponseCard

_TAG = re.compile(r"<(/?)\s*([A-Za-z:-]+)([^<>]*)>")
_ALIAS = re.compile(r'\balias\s*=\s*"([^"]*)"')
_BREAKS_LINE = frozenset({"p", "s"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SHOWN_FIELDS = ("text", "message", "content", "title")


@dataclass(frozen=True, slots=True)
class Words:
    """What the messages say, and the values of their buttons, which are numbered from 1 through all the cards."""

    lines: Sequence[str]
    choices: Sequence[str]


def words_of(messages: Sequence[ChatMessage]) -> Words:
    lines: list[str] = []
    choices: list[str] = []
    for message in messages:
        if message.image_response_card is not None:
            lines += _card(message.image_response_card, choices)
        elif text := clean(text_of(message)):
            lines.append(text)
    return Words([line for line in lines if line], choices)


def text_of(message: ChatMessage) -> str:
    """The words of a message that is no card; of a CustomPayload only what is meant to be read."""
    content = message.content or ""
    match message.content_type:
        case "SSML":
            return ssml_text(content)
        case "CustomPayload":
            return payload_text(content)
        case _:
            return content


def ssml_text(ssml: str) -> str:
    """The words alone. A substitution is what is spoken, not what is written."""

    def shown(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if name == "break":
            return " "
        return "\n" if name in _BREAKS_LINE and tag[1] else ""

    spoken = re.sub(
        r"<sub\b([^<>]*)>[^<]*</sub\s*>", lambda sub: found[1] if (found := _ALIAS.search(sub[1])) else "", ssml
    )
    text = unescape(_TAG.sub(shown, spoken))
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())


def payload_text(payload: str) -> str:
    """What a custom payload says to a reader: itself if it is no JSON, else its text; nothing where it has none."""
    try:
        found = json.loads(payload)
    except ValueError:
        return payload
    return "\n".join(_texts(found))


def clean(text: str) -> str:
    """Without what no text message and no XML can carry."""
    return _CONTROL.sub("", text).strip()


def _texts(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            shown = next((value[name] for name in _SHOWN_FIELDS if isinstance(value.get(name), str)), None)
            if isinstance(shown, str):
                yield shown


def _card(card: ImageResponseCard, choices: list[str]) -> Iterator[str]:
    yield clean(card.title)
    yield clean(card.subtitle or "")
    for button in card.buttons or []:
        choices.append(button.value)
        yield f"{len(choices)}. {clean(button.text)}"
