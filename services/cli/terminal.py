"""What every command has in common: the terminal, the gateway, and how a failure is told."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from rich.console import Console

from services.cli.chat import escaped
from services.cli.connection import CommandFailed
from services.cli.gateway import Gateway, open_gateway, staff_token
from services.cli.settings import CliSettings

# Into a pipe or a file, a line is as long as it is.
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 240)
complaints = Console(stderr=True, highlight=False, soft_wrap=True)
T = TypeVar("T")


def with_gateway(command: Callable[[Gateway, CliSettings], Awaitable[T]]) -> T:
    """What the command gives, run with the gateway of the settings."""

    async def connected() -> T:
        settings = CliSettings()
        async with open_gateway(settings) as gateway:
            return await command(gateway, settings)

    return asyncio.run(told(connected()))


def as_staff(command: Callable[[Gateway, str], Awaitable[T]]) -> T:
    """The same, signed in: the command gets the token."""

    async def signed_in(gateway: Gateway, settings: CliSettings) -> T:
        return await command(gateway, await staff_token(gateway, settings))

    return with_gateway(signed_in)


async def told(command: Awaitable[T]) -> T:
    """Runs a command; its failure is a sentence on standard error and exit code 1."""
    try:
        return await command
    except CommandFailed as failure:
        complaints.print(f"[red]{escaped(str(failure))}[/]")
        raise typer.Exit(1) from failure
