"""`omnilex bot list`: the bots that the service would serve."""

import argparse
import sys

from services.lex.commands.command import Command
from services.lex.definition.reader import read_bots
from services.lex.settings import LexSettings


def _arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def _run(_: argparse.Namespace) -> int:
    for bot in read_bots(LexSettings().lex_bots_dir):
        sys.stdout.write(f"{bot.name}  {bot.identifier}  {' '.join(sorted(bot.locales))}\n")
    return 0


LIST = Command(help="Show the bots that the service serves.", arguments=_arguments, run=_run)
