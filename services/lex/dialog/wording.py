"""Which of the configured messages are sent, and what stands in for their placeholders."""

import re
from collections.abc import Mapping
from zlib import crc32

from services.lex.definition.parts import MessageGroup, Prompt, Response
from services.lex.dialog.turn import Turn
from shared.schemas.lex import ImageResponseCard, Message, Slot

_PLACEHOLDER = re.compile(r"\\([{}\[\]])|\{([^{}\\]+)\}|\(\(([^()]+)\)\)|\[([^\[\]\\]+)\]")
_CONTENT_TYPES = "x-amz-lex:accept-content-types"


class MissingValue(Exception):  # noqa: N818  not an error: it makes a message unusable
    """A placeholder has no value."""


def responses(turn: Turn, response: Response | None) -> list[Message]:
    """One message of each group of a response; a group without a usable message is left out."""
    if response is None:
        return []
    return _worded(turn, response.message_groups, first=_any(turn, len(response.message_groups)))


def prompts(turn: Turn, prompt: Prompt | None, attempt: int) -> list[Message]:
    """The messages of a prompt: `Ordered` goes through message and variations as attempts go on."""
    if prompt is None:
        return []
    first = attempt if prompt.message_selection_strategy == "Ordered" else _any(turn, attempt)
    ordered = prompt.message_selection_strategy == "Ordered"
    return _worded(turn, prompt.message_groups, first=first, stay=ordered)


def _any(turn: Turn, salt: int) -> int:
    """A choice that varies from turn to turn and can be repeated in a test."""
    return crc32(f"{turn.address.session_id}:{turn.session.turns}:{salt}".encode())


def _worded(turn: Turn, groups: list[MessageGroup], *, first: int, stay: bool = False) -> list[Message]:
    accepted = turn.request_attributes.get(_CONTENT_TYPES, "")
    types = {part.strip() for part in accepted.split(",") if part.strip()} | {"ImageResponseCard"}
    chosen = []
    for group in groups:
        choices = [group.message, *group.variations]
        start = min(first, len(choices) - 1) if stay else first % len(choices)
        for choice in choices[start:] + choices[:start]:
            message = choice.message()
            if accepted and message.content_type not in types:
                continue
            try:
                chosen.append(_filled(message, turn))
                break
            except MissingValue:
                continue
    return chosen


def _filled(message: Message, turn: Turn) -> Message:
    if message.content is not None:
        return message.model_copy(update={"content": fill(message.content, turn)})
    card = message.image_response_card
    if card is None:
        return message
    shown = ImageResponseCard(
        title=fill(card.title, turn),
        subtitle=fill(card.subtitle, turn) if card.subtitle else None,
        image_url=card.image_url,
        buttons=card.buttons,
    )
    return message.model_copy(update={"image_response_card": shown})


def fill(text: str, turn: Turn) -> str:
    """The text with `{slot}`, `[session attribute]` and `((request attribute))` replaced. Raises MissingValue."""
    slots = turn.session.intent.slots if turn.session.intent else {}

    def value(match: re.Match[str]) -> str:
        literal, slot, request, session = match.groups()
        if literal:
            return str(literal)
        if slot:
            return _slot_text(slots, slot)
        attributes, name = (turn.request_attributes, request) if request else (turn.session.attributes, session)
        if name not in attributes:
            raise MissingValue(name)
        return attributes[name]

    return _PLACEHOLDER.sub(value, text)


def _slot_text(slots: Mapping[str, Slot | None], name: str) -> str:
    slot = slots.get(name)
    value = slot.value.interpreted_value if slot and slot.value else None
    if value is None:
        raise MissingValue(name)
    return value
