"""`omnilex bot validate`: says what is in a definition, what of it is degraded, and what is wrong with it."""

import argparse
import sys
from pathlib import Path

from services.lex.commands.command import Command
from services.lex.commands.summary import counted, summary
from services.lex.definition.faults import DefinitionError
from services.lex.definition.reader import read


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FILE|DIR", help="a V2 or V1 export, or dumps of the V2 model API")


def _run(given: argparse.Namespace) -> int:
    try:
        reading = read(given.source)
    except DefinitionError as error:
        sys.stdout.write(f"error: {error}\n")
        return 1
    for bot in reading.bots:
        sys.stdout.write(summary(bot))
    for warning in reading.warnings:
        sys.stdout.write(f"warning: {warning}\n")
    sys.stdout.write(f"{counted(len(reading.bots), 'bot')}, {counted(len(reading.warnings), 'warning')}, no errors\n")
    return 0


COMMAND = Command(help="Check a bot and say what is in it.", arguments=_arguments, run=_run)
