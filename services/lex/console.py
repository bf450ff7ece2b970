"""`omnilex bot`: what can be done with a bot without a running system. `python -m services.lex.console COMMAND …`."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import cast

from services.lex.commands.command import Command, CommandFailed
from services.lex.definition.faults import DefinitionError

# Each in a module of its own, taken in when it is asked for: what trains a bot takes seconds to load.
_COMMANDS = {
    "import": "importing",
    "validate": "validating",
    "export": "exporting",
    "list": "listing",
    "classify": "classify",
    "test": "bot_test",
    "chat": "bot_chat",
}


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns the exit code: 0 done, 1 refused (the reason is on standard error), 2 bad usage."""
    commands = _commands(arguments)
    parser = _parser(commands)
    if not arguments:
        parser.print_help()
        return 2
    given = parser.parse_args(arguments)
    try:
        return commands[given.command].run(given)
    except (CommandFailed, DefinitionError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 1


def _commands(arguments: Sequence[str]) -> dict[str, Command]:
    """The command that is meant, or all of them where none is named rightly."""
    names = [arguments[0]] if arguments and arguments[0] in _COMMANDS else list(_COMMANDS)
    return {name: _command(name) for name in names}


def _command(name: str) -> Command:
    module = import_module(f"services.lex.commands.{_COMMANDS[name]}")
    return cast("Command", module.COMMAND)


def _parser(known: dict[str, Command]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="omnilex bot", description="Amazon Lex bots: import, check, export, try.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in known.items():
        command.arguments(commands.add_parser(name, help=command.help, description=command.help))
    return parser


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
