"""`omnilex bot list`: the bots that the service serves."""

import argparse
import sys

from services.lex.commands.command import Command
from services.lex.definition.shelf import BotShelf
from services.lex.settings import LexSettings


def _arguments(_: argparse.ArgumentParser) -> None:
    """It takes none."""


def _run(_: argparse.Namespace) -> int:
    settings = LexSettings()
    shelf = BotShelf([settings.lex_bots_dir, settings.imports_dir])
    rows = [("name", "id", "locales", "kept in")]
    rows += [(bot.name, bot.identifier, " ".join(sorted(bot.locales)), str(source)) for bot, source in shelf.load()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for *cells, last in rows:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        sys.stdout.write("  ".join([*padded, last]) + "\n")
    for fault in shelf.faults.values():
        sys.stderr.write(f"not served: {fault}\n")
    return 0


COMMAND = Command(help="Show the bots that the service serves.", arguments=_arguments, run=_run)
