"""Slack: answers as messages of the app in the customer's direct messages with it."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from pydantic import JsonValue
from slack_sdk.models.blocks import Block

from services.gateway.addresses import Addresses
from services.gateway.channels.slack_blocks import (
    BLOCKS_IN_MESSAGE,
    TEXT_IN_MESSAGE,
    Part,
    as_json,
    closed_card,
    linked_section,
    note,
    parts_of,
    plain_card,
    secret_button,
)
from services.gateway.channels.slack_places import Place, in_thread, thread_of
from services.gateway.channels.slack_text import length
from services.gateway.ports import Addressee, Reach, Rendered
from shared.schemas.chat import ChatMessage

CHANNEL = "slack"
SENT_EVENT = "omnilex_message"
SAID, PRESSED = "said", "pressed"
PLATFORM = "x-amz-lex:channels:platform"

_SECRET_BUTTON = "Enter PIN privately"  # noqa: S105  what a button says
_WANTED = "Please use the button: what you write here stays in this conversation, where it can be read again."
_GIVEN = "If you have just written your PIN here, please delete that message: it stays in this conversation otherwise."


class Choices:
    """Values of buttons with a proof that they were shown in that block to that user: `proof.value`."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def marked(self, kind: str, team: str, user: str, block_id: str, value: str) -> str:
        return f"{self._addresses.proof('slack', kind, team, user, block_id, value)}.{value}"

    def value(self, marked: str, kind: str, team: str, user: str, block_id: str) -> str | None:
        """The value that was marked; None for one that we did not mark."""
        proof, _, value = marked.partition(".")
        return value if self._addresses.is_proof(proof, "slack", kind, team, user, block_id, value) else None


class SlackMessages:
    """Renders answers. `new_id` names each message, so that one whose sending broke off is known again."""

    response_takes = timedelta(0)

    def __init__(self, choices: Choices, new_id: Callable[[], str]) -> None:
        self._choices = choices
        self._new_id = new_id

    def render(self, messages: Sequence[ChatMessage], reach: Addressee) -> Rendered:
        to = reach.destination
        thread = thread_of(reach.answers) if reach.answers else to.get("thread") or None
        parts = [part for number, message in enumerate(messages) for part in self._parts(message, number, reach)]
        if reach.secret_given and (reach.answers or "").startswith(SAID):
            parts.append(note(_GIVEN))
        if reach.secret_wanted:
            parts.append(self._secret(reach))
        texts = _messages(parts)
        return Rendered([posted(to["team"], to["channel"], thread, text, self._new_id()) for text in texts])

    def _parts(self, message: ChatMessage, number: int, reach: Addressee) -> Sequence[Part]:
        team, user, answers = reach.destination["team"], reach.destination["user"], reach.answers
        if answers is None:
            return list(parts_of(message, "", None))

        def marked(block_id: str, value: str) -> str:
            return self._choices.marked("choice", team, user, block_id, value)

        return list(parts_of(message, f"{number}~{answers}", marked))

    def _secret(self, reach: Addressee) -> Part:
        team, user = reach.destination["team"], reach.destination["user"]
        if reach.answers is None:
            return note(_WANTED)
        button = secret_button(
            f"secret~{reach.answers}",
            _SECRET_BUTTON,
            lambda block_id, value: self._choices.marked("secret", team, user, block_id, value),
        )
        wanted = note(_WANTED)
        return Part([button, *wanted.blocks], wanted.words)


def answered_by(block_id: str) -> str:
    """The id of the message whose answer the block is part of."""
    return block_id.partition("~")[2]


def reach_of(place: Place) -> Reach:
    destination = {"team": place.team, "channel": place.channel, "user": place.user, "thread": place.thread or ""}
    return Reach(destination=destination, attributes={PLATFORM: "Slack"})


def posted(team: str, channel: str, thread: str | None, part: Part, new_id: str) -> dict[str, JsonValue]:
    """A new message for the provider. Source: Slack's `chat.postMessage`."""
    arguments: dict[str, JsonValue] = {
        "channel": channel,
        "text": part.words,
        "blocks": as_json(part.blocks),
        "metadata": {"event_type": SENT_EVENT, "event_payload": {"id": new_id}},
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if thread:
        arguments["thread_ts"] = thread
    return {"method": "chat.postMessage", "team": team, "arguments": arguments}


def pressed(place: Place, shown: dict[str, JsonValue], remark: str) -> dict[str, JsonValue]:
    """A change for the provider: the card cannot be pressed any more. Source: Slack's `chat.update`."""
    return _updated(place.team, place.channel, place.message, closed_card(shown, remark))


def filled_in(place: Place, text: str, remark: str) -> dict[str, JsonValue]:
    """The same for the message from which a form was opened."""
    return _updated(place.team, place.channel, place.message, plain_card(text, remark))


def notice(place: Place, text: str, new_id: str) -> dict[str, JsonValue]:
    """A message, marked up already, in the thread of a message in a channel."""
    return posted(place.team, place.channel, place.thread or place.message, linked_section(text), new_id)


def form_message_id(view: str, thread: str | None) -> str:
    """What a submitted form is called as a message."""
    return f"form:{view}" + in_thread(thread)


def _updated(team: str, channel: str, message: str, content: dict[str, JsonValue]) -> dict[str, JsonValue]:
    arguments: dict[str, JsonValue] = {"channel": channel, "ts": message, "parse": "none", "link_names": False}
    return {"method": "chat.update", "team": team, "arguments": {**arguments, **content}}


def _messages(parts: Sequence[Part]) -> list[Part]:
    """As few messages as the limits allow, with the parts in their order."""
    found: list[Part] = []
    blocks: list[Block] = []
    words: list[str] = []
    for part in parts:
        full = len(blocks) + len(part.blocks) > BLOCKS_IN_MESSAGE
        if blocks and (full or length("\n".join([*words, part.words])) > TEXT_IN_MESSAGE):
            found.append(Part(blocks, "\n".join(words)))
            blocks, words = [], []
        blocks, words = [*blocks, *part.blocks], [*words, part.words]
    return [*found, Part(blocks, "\n".join(words))] if blocks else found
