"""Which of the configured messages are sent, and what stands in for their placeholders."""

import re
from zlib import crc32

from services.lex.definition.parts import MessageGroup, Prompt, Response
from services.lex.dialog.references import TurnValues
from services.lex.dialog.turn import Turn
from services.lex.errors import ValidationFailed
from shared.schemas.lex import Button, ImageResponseCard, Message

_PLACEHOLDER = re.compile(r"\\([{}\[\]])|\{([^{}\\]+)\}|\(\(([^()]+)\)\)|\[([^\[\]\\]+)\]")
_CONTENT_TYPES = "x-amz-lex:accept-content-types"


class MissingValue(Exception):
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
    chosen = []
    for group in groups:
        choices = _accepted(turn, [group.message.message(), *(choice.message() for choice in group.variations)])
        start = min(first, len(choices) - 1) if stay else first % len(choices)
        for message in choices[start:] + choices[:start]:
            try:
                chosen.append(_filled(message, turn))
                break
            except MissingValue:
                continue
    return chosen


def _accepted(turn: Turn, choices: list[Message]) -> list[Message]:
    """Those of a content type that the client takes, cards always. Raises ValidationFailed when there is none."""
    accepted = {part.strip() for part in turn.request_attributes.get(_CONTENT_TYPES, "").split(",") if part.strip()}
    if not accepted:
        return choices
    kept = [choice for choice in choices if choice.content_type in accepted | {"ImageResponseCard"}]
    if not kept:
        raise ValidationFailed("NoUsableMessage: a message group has no message of an accepted content type.")
    return kept


def _filled(message: Message, turn: Turn) -> Message:
    if message.content is not None:
        return message.model_copy(update={"content": fill(message.content, turn)})
    card = message.image_response_card
    if card is None:
        return message
    buttons = [Button(text=fill(button.text, turn), value=fill(button.value, turn)) for button in card.buttons or []]
    shown = ImageResponseCard(
        title=fill(card.title, turn),
        subtitle=fill(card.subtitle, turn) if card.subtitle else None,
        image_url=fill(card.image_url, turn) if card.image_url else None,
        buttons=buttons if card.buttons is not None else None,
    )
    return message.model_copy(update={"image_response_card": shown})


def fill(text: str, turn: Turn) -> str:
    """The text with `{slot}`, `[session attribute]` and `((request attribute))` replaced. Raises MissingValue."""
    values = TurnValues(turn)

    def value(match: re.Match[str]) -> str:
        literal, slot, request, session = match.groups()
        if literal:
            return str(literal)
        found = values.slot(slot) if slot else values.request(request) if request else values.session(session)
        if found is None:
            raise MissingValue(match[0])
        return found if isinstance(found, str) else ", ".join(found)

    return _PLACEHOLDER.sub(value, text)
