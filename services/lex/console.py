"""`omnilex bot`: what can be done with a bot without a running system. `python -m services.lex.console COMMAND …`."""

import argparse
import sys
from collections.abc import Sequence

from services.lex.commands.bot_chat import CHAT
from services.lex.commands.bot_test import TEST
from services.lex.commands.classify import CLASSIFY
from services.lex.commands.command import Command, CommandFailed
from services.lex.commands.exporting import EXPORT
from services.lex.commands.importing import IMPORT
from services.lex.commands.listing import LIST
from services.lex.commands.validating import VALIDATE
from services.lex.definition.faults import DefinitionError

COMMANDS: dict[str, Command] = {
    "import": IMPORT,
    "validate": VALIDATE,
    "export": EXPORT,
    "list": LIST,
    "classify": CLASSIFY,
    "test": TEST,
    "chat": CHAT,
}


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns the exit code: 0 done, 1 refused (the reason is on standard error), 2 bad usage."""
    parser = _parser()
    if not arguments:
        parser.print_help()
        return 2
    given = parser.parse_args(arguments)
    try:
        return COMMANDS[given.command].run(given)
    except (CommandFailed, DefinitionError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="omnilex bot", description="Amazon Lex bots: import, check, export, try.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        command.arguments(commands.add_parser(name, help=command.help, description=command.help))
    return parser


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
