"""Messages, prompts and response cards of V1, as V2 has them."""

import json
from collections.abc import Iterable

from pydantic import JsonValue

from services.lex.definition.documents import Document
from services.lex.definition.faults import Place
from services.lex.definition.v1_model import V1Message, V1Prompt, V1Statement

_KINDS = {"PlainText": "plainTextMessage", "SSML": "ssmlMessage", "CustomPayload": "customPayload"}
_MOST_VARIATIONS = 2
_MOST_RETRIES = 5


def prompt(given: V1Prompt, place: Place) -> Document:
    """The attempts of V1 become retries, up to the five that V2 takes."""
    return {
        **response(given, place),
        "maxRetries": min(given.max_attempts, _MOST_RETRIES),
        "messageSelectionStrategy": "Random",
    }


def response(given: V1Statement, place: Place) -> Document:
    """One message group per group number; messages without a number are one group, of which any may be sent."""
    groups: dict[int | None, list[V1Message]] = {}
    for message in given.messages:
        groups.setdefault(message.group_number, []).append(message)
    numbered = sorted(groups.items(), key=lambda item: item[0] or 0)
    shown: list[JsonValue] = [_group(messages, place.at("messages")) for _, messages in numbered]
    return {"messageGroupsList": [*shown, *_cards(given, place.at("responseCard"))], "allowInterrupt": True}


def _group(messages: list[V1Message], place: Place) -> Document:
    first, *others = messages
    if len(others) > _MOST_VARIATIONS:
        dropped = len(others) - _MOST_VARIATIONS
        place.warn("messages-dropped", f"V2 has a message and two variations in a group: {dropped} more were dropped.")
    return {"message": _message(first), "variations": [_message(other) for other in others[:_MOST_VARIATIONS]]}


def _message(message: V1Message) -> Document:
    return {_KINDS[message.content_type]: {"value": message.content}}


def _cards(given: V1Statement, place: Place) -> list[JsonValue]:
    card = given.response_card
    if isinstance(card, str):
        try:
            card = json.loads(card) if card.strip() else {}
        except (ValueError, RecursionError):
            card = None
    attachments = card.get("genericAttachments") if isinstance(card, dict) else None
    if isinstance(attachments, list):
        return [_card(item, place) for item in attachments if isinstance(item, dict)]
    if given.response_card and card != {}:
        place.warn("response-card", "The response card cannot be read and was dropped.")
    return []


def _card(attachment: Document, place: Place) -> Document:
    if attachment.get("attachmentLinkUrl"):
        place.warn("response-card", "V2 has no link on a card: attachmentLinkUrl was dropped.")
    buttons = attachment.get("buttons")
    shown: list[JsonValue] = [
        {"text": text, "value": value} for text, value in _pairs(buttons if isinstance(buttons, list) else [])
    ]
    title, subtitle, image = (_text(attachment.get(key)) for key in ("title", "subTitle", "imageUrl"))
    card: Document = {"title": title or subtitle or "-", "buttonsList": shown}
    if subtitle:
        card["subtitle"] = subtitle
    if image:
        card["imageUrl"] = image
    return {"message": {"imageResponseCard": card}}


def _pairs(buttons: Iterable[JsonValue]) -> Iterable[tuple[str, str]]:
    for button in buttons:
        if isinstance(button, dict):
            text, value = _text(button.get("text")), _text(button.get("value"))
            if text or value:
                yield text or value, value or text


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""
