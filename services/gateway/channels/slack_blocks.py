"""Messages, the app's home and the form for a PIN in Slack's Block Kit, built by slack_sdk.

Limits: Slack's reference of blocks, 50 blocks a message, 25 elements in a block of actions, 3,000 characters a section.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    ImageBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from services.gateway.channels.plain_words import clean, text_of
from services.gateway.channels.slack_text import cut, escaped, length, pieces
from shared.schemas.chat import ChatMessage
from shared.schemas.lex import Button, ImageResponseCard

BLOCKS_IN_MESSAGE = 50
TEXT_IN_MESSAGE = 9_000
CHOICE, MENU, SECRET, START = "choice", "menu", "secret", "start"
SECRET_FORM = "omnilex_secret"  # noqa: S105  the name of a form

_TEXT_IN_SECTION = 3_000
_HEADER, _BUTTON, _OPTION, _OPTION_VALUE = 150, 75, 75, 150
_URL = 3_000
_BUTTONS_IN_ROW = 5
_OPTIONS = 100
_PICTURE = "(a picture)"
_IMAGE_FIELDS = ("type", "block_id", "image_url", "alt_text", "title")
_SECRET_LENGTH = 64

Marked = Callable[[str, str], str]
"""The value of a choice in a block with a proof that it is ours: block id, value."""


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs together of a message: its blocks, and the same in words."""

    blocks: Sequence[Block]
    words: str


def parts_of(message: ChatMessage, block_id: str, marked: Marked | None) -> Iterator[Part]:
    """The message in parts, none above the limits of one message. Without `marked` choices are only told."""
    if message.image_response_card is not None:
        yield _card(message.image_response_card, block_id, marked)
        return
    for piece in pieces(clean(text_of(message)), _TEXT_IN_SECTION):
        yield Part([_section(piece)], piece)


def note(text: str) -> Part:
    """A remark in small print."""
    return Part([ContextBlock(elements=[MarkdownTextObject(text=escaped(text), verbatim=True)])], escaped(text))


def secret_button(block_id: str, text: str, marked: Marked) -> Block:
    value = marked(block_id, "")
    return ActionsBlock(
        block_id=block_id, elements=[ButtonElement(text=text, action_id=SECRET, value=value, style="primary")]
    )


def linked_section(text: str) -> Part:
    """A text that is marked up already."""
    return Part([_section(text)], text)


def as_json(blocks: Sequence[Block]) -> list[JsonValue]:
    """Raises SlackObjectFormationError for what Slack would refuse."""
    return [dict(block.to_dict()) for block in blocks]


def closed_card(shown: Mapping[str, JsonValue], remark: str) -> dict[str, JsonValue]:
    """`text` and `blocks` of a message that was shown, with the remark in place of what could be pressed."""
    blocks = shown.get("blocks")
    found = blocks if isinstance(blocks, list) else []
    kept = [_sendable(block) for block in found if isinstance(block, dict) and block.get("type") != "actions"]
    remarked = [*kept[: BLOCKS_IN_MESSAGE - 1], *as_json(note(remark).blocks)]
    return {"text": str(shown.get("text") or remark), "blocks": remarked}


def plain_card(text: str, remark: str) -> dict[str, JsonValue]:
    """The same of a message of which only the text, as Slack gave it, is at hand."""
    return {"text": text or remark, "blocks": as_json([_section(cut(text or remark, 2_900)), *note(remark).blocks])}


def home_view(*, verified: bool, start: str | None) -> dict[str, JsonValue]:
    """The app's home; `start` is the value of the button that begins a conversation."""
    state = (
        "You have proved who you are in our conversation. Some things will still ask for your PIN."
        if verified
        else "You have not proved who you are yet. You will be asked for your PIN when it is needed, never before."
    )
    can = (
        "• Ask for a balance or the latest transactions\n• Make a payment\n• Open an account\n"
        "• Ask about cards, loans, mortgages and fees\n• Talk to a person"
    )
    blocks: list[Block] = [
        HeaderBlock(text="Your bank in Slack"),
        _section(f"*Signed in:* {'yes' if verified else 'no'}\n{state}"),
        _section(f"*What I can do for you in our direct messages*\n{can}"),
    ]
    if start is not None:
        button = ButtonElement(text="Start a conversation", action_id=START, value=start, style="primary")
        blocks.append(ActionsBlock(block_id=START, elements=[button]))
    careful = "I never write about your accounts in channels or on this page. No person will ever ask for your PIN."
    blocks += note(careful).blocks
    return dict(View(type="home", blocks=blocks).to_dict())


def secret_view(metadata: str) -> dict[str, JsonValue]:
    """The form for a PIN: what is typed there is in no message."""
    field = PlainTextInputElement(action_id=SECRET, min_length=1, max_length=_SECRET_LENGTH)
    hint = "It goes to the bank only and stays in no message. While you type it can be read on your screen."
    view = View(
        type="modal",
        callback_id=SECRET_FORM,
        title=PlainTextObject(text="Your PIN"),
        submit=PlainTextObject(text="Send"),
        close=PlainTextObject(text="Cancel"),
        private_metadata=metadata,
        blocks=[
            InputBlock(
                block_id=SECRET, label=PlainTextObject(text="PIN"), hint=PlainTextObject(text=hint), element=field
            )
        ],
    )
    return dict(view.to_dict())


def _section(text: str) -> Block:
    return SectionBlock(text=MarkdownTextObject(text=text, verbatim=True))


def _card(card: ImageResponseCard, block_id: str, marked: Marked | None) -> Part:
    title, subtitle = clean(card.title), clean(card.subtitle or "")
    blocks: list[Block] = []
    if title:
        header = HeaderBlock(text=PlainTextObject(text=title, emoji=False)) if length(title) <= _HEADER else None
        blocks += [header] if header else [_section(piece) for piece in pieces(title, _TEXT_IN_SECTION)]
    blocks += [_section(piece) for piece in pieces(subtitle, _TEXT_IN_SECTION)]
    url = (card.image_url or "").strip()
    if url.startswith("https://") and length(url) <= _URL:
        blocks.append(ImageBlock(image_url=url, alt_text=cut(title or subtitle or _PICTURE, 2_000)))
    buttons = [button for button in card.buttons or [] if clean(button.text)][:_OPTIONS]
    told = "\n".join(f"• {clean(button.text)}" for button in buttons)
    if marked is not None:
        blocks += _choices(buttons, block_id, marked)
    else:
        blocks += [_section(piece) for piece in pieces(told, _TEXT_IN_SECTION)]
    words = "\n".join(escaped(line) for line in (title, subtitle, told) if line)
    return Part(blocks, words or (_PICTURE if blocks else ""))


def _choices(buttons: Sequence[Button], block_id: str, marked: Marked) -> Iterator[Block]:
    """Up to five as buttons, more as menus; as rows of buttons where a value is too long for a menu."""
    ids = [f"{number}.{block_id}" for number in range(len(buttons))]
    values = [marked(one, button.value) for one, button in zip(ids, buttons, strict=True)]
    if len(buttons) <= _BUTTONS_IN_ROW or any(length(value) > _OPTION_VALUE for value in values):
        for first in range(0, len(buttons), _BUTTONS_IN_ROW):
            row_id, row = ids[first], buttons[first : first + _BUTTONS_IN_ROW]
            elements = [
                ButtonElement(
                    text=PlainTextObject(text=cut(clean(button.text), _BUTTON), emoji=False),
                    action_id=f"{CHOICE}{number}",
                    value=marked(row_id, button.value),
                )
                for number, button in enumerate(row)
            ]
            yield ActionsBlock(block_id=row_id, elements=elements)
        return
    options = [
        Option(
            text=PlainTextObject(text=cut(clean(button.text), _OPTION), emoji=False), value=marked(ids[0], button.value)
        )
        for button in buttons
    ]
    menu = StaticSelectElement(placeholder=PlainTextObject(text="Choose"), action_id=MENU, options=options)
    yield ActionsBlock(block_id=ids[0], elements=[menu])


def _sendable(block: dict[str, JsonValue]) -> JsonValue:
    """A block as Slack gives it back, without what it has added and would not take again."""
    if block.get("type") != "image":
        return dict(block)
    return {name: block[name] for name in _IMAGE_FIELDS if name in block}
