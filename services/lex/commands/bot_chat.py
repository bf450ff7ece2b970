"""`omnilex bot chat`: a conversation in the terminal, or from a pipe, one utterance a line."""

import argparse
import asyncio
import sys
from collections.abc import Iterator

from services.lex.bots import ServedLocale
from services.lex.commands.command import Command
from services.lex.commands.conversing import dialog_of, partner, partner_arguments
from services.lex.commands.summary import calls_its_hook
from services.lex.dialog.turn import Turn
from services.lex.errors import LexFault
from services.lex.workbench import Talk, acting_intent
from shared.schemas.lex import Confidence, Message, Slot

_LONGEST_TEXT = 1024


def _run(given: argparse.Namespace) -> int:
    bot = partner(given)
    if sys.stdin.isatty():
        sys.stdout.write(f"{bot.bot.name} ({bot.locale.identifier}). An empty line ends the conversation.\n")
    if not given.code_hook and calls_its_hook(bot.bot):
        sys.stdout.write("This bot asks its code hook, and none is called here: --code-hook gives its address.\n")
    asyncio.run(_talk(given, bot))
    return 0


async def _talk(given: argparse.Namespace, bot: ServedLocale) -> None:
    async with dialog_of(given) as dialog:
        talk = Talk(bot, dialog)
        for text in _lines():
            if len(text) > _LONGEST_TEXT:
                sys.stdout.write(f"  error: The text has {len(text)} characters; Lex takes {_LONGEST_TEXT} at most.\n")
                continue
            try:
                sys.stdout.write(_shown(await talk.say(text)))
            except LexFault as fault:
                sys.stdout.write(f"  error: {fault.message}\n")
            sys.stdout.flush()


def _lines() -> Iterator[str]:
    """What the customer says; from a pipe it is shown too, so that the output reads as a conversation."""
    terminal = sys.stdin.isatty()
    while True:
        if terminal:
            sys.stdout.write("> ")
            sys.stdout.flush()
        line = sys.stdin.buffer.readline()
        text = line.decode(errors="replace").strip()
        if not line or (terminal and not text):
            return
        if not terminal and text:
            sys.stdout.write(f"> {text}\n")
        if text:
            yield text


def _shown(turn: Turn) -> str:
    lines = [_said(message) for message in turn.messages] or ["(no message)"]
    acting = turn.session.intent
    name = acting_intent(turn)
    first = turn.session.interpretations[0] if turn.session.interpretations else None
    score = first.nlu_confidence if first else None
    sure = f" {score.score:.2f}" if isinstance(score, Confidence) else ""
    lines.append(f"  intent {name}{sure}{f' ({acting.state})' if acting else ''}")
    slots = {slot: _value(filled) for slot, filled in (acting.slots if acting else {}).items()}
    if slots:
        lines.append("  slots  " + ", ".join(f"{slot} = {value}" for slot, value in slots.items()))
    if turn.session.attributes:
        lines.append("  attributes  " + ", ".join(f"{k} = {v}" for k, v in turn.session.attributes.items()))
    action = turn.session.dialog_action
    if action is not None:
        lines.append(f"  next   {action.type} {action.slot_to_elicit or ''}".rstrip())
    return "\n".join(lines) + "\n"


def _said(message: Message) -> str:
    if message.image_response_card is None:
        return message.content or ""
    card = message.image_response_card
    parts = [card.title, card.subtitle or "", *(f"[{button.text}]" for button in card.buttons or [])]
    return " ".join(part for part in parts if part)


def _value(slot: Slot | None) -> str:
    if slot is None:
        return "–"
    if slot.values is not None:
        return "[" + ", ".join(_value(entry) for entry in slot.values) + "]"
    if slot.sub_slots is not None:
        return "{" + ", ".join(f"{name}: {_value(part)}" for name, part in slot.sub_slots.items()) + "}"
    return (slot.value.interpreted_value if slot.value else None) or "?"


COMMAND = Command(help="Talk with a bot in the terminal.", arguments=partner_arguments, run=_run)
