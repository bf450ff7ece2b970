"""`omnilex chat`: the bank's bot in the terminal, by hand or fed from a pipe."""

import asyncio
import getpass
import sys
from collections.abc import Callable

from rich.console import Console
from rich.markup import escape

from services.cli.gateway import Gateway
from shared.schemas.chat import ChatDialog, ChatMessage

MASK = "••••"
PIN_SLOT = "Pin"
ReadLine = Callable[[ChatDialog], str | None]


async def converse(gateway: Gateway, console: Console, read_line: ReadLine) -> None:
    """Talks until the input ends, then ends the session, so that its conversation log is closed.

    Raises CommandFailed when the gateway refuses; the session is ended all the same.
    """
    session = await gateway.open_chat()
    show(console, session.messages)
    dialog = ChatDialog()
    try:
        while (text := await asyncio.to_thread(read_line, dialog)) is not None:
            if not text.strip():
                continue
            reply = await gateway.say(session.token, text.strip())
            show(console, reply.messages)
            dialog = reply.dialog
    finally:
        await gateway.end_chat(session.token)


def show(console: Console, messages: list[ChatMessage]) -> None:
    for message in messages:
        if message.content:
            console.print(f"[bold cyan]bot[/]  {escaped(message.content)}")
        if card := message.image_response_card:
            console.print(f"[bold cyan]bot[/]  {escaped(card.title)}")
            for button in card.buttons or []:
                console.print(f"       [dim]·[/] {escaped(button.text)}")


def escaped(text: str) -> str:
    """The bot's words as they are: square brackets in them are no markup."""
    return escape(text)


def from_terminal(dialog: ChatDialog) -> str | None:
    """Asks the person; a PIN is not shown while it is typed."""
    try:
        if dialog.slot_to_elicit == PIN_SLOT:
            return getpass.getpass("you  (hidden) ")
        return input("you  ")
    except EOFError:
        return None


def from_pipe(console: Console) -> ReadLine:
    """Reads lines from standard input and shows them, so that the output reads as a conversation."""

    def read(dialog: ChatDialog) -> str | None:
        line = sys.stdin.readline()
        if not line:
            return None
        text = line.strip()
        if text:
            console.print(f"[bold]you[/]  {MASK if dialog.slot_to_elicit == PIN_SLOT else escaped(text)}")
        return text

    return read
