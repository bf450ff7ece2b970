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
    for bot, source in shelf.load():
        sys.stdout.write(f"{bot.name}  {bot.identifier}  {' '.join(sorted(bot.locales))}  {source}\n")
    for fault in shelf.faults.values():
        sys.stderr.write(f"not served: {fault}\n")
    return 0


LIST = Command(help="Show the bots that the service serves.", arguments=_arguments, run=_run)
