"""`omnilex bot import`: takes bots over, so that the service serves them."""

import argparse
import sys
from pathlib import Path

from services.lex.commands.command import Command, CommandFailed
from services.lex.commands.summary import summary
from services.lex.definition.faults import Place
from services.lex.definition.imports import keep_bot
from services.lex.definition.model import BotDefinition
from services.lex.definition.names import check_name
from services.lex.definition.reader import read
from services.lex.definition.v2 import invented_identifier
from services.lex.settings import LexSettings


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FILE|DIR", help="a V2 or V1 export, or dumps of the V2 model API")
    parser.add_argument("--name", help="import it under this name, beside the bot of its own name")


def _run(given: argparse.Namespace) -> int:
    source: Path = given.source
    reading = read(source)
    bots = [_renamed(bot, given.name) for bot in reading.bots] if given.name else reading.bots
    if given.name and len(bots) > 1:
        raise CommandFailed(f"{source} holds {len(bots)} bots: --name can name only one")
    folder = LexSettings().imports_dir
    for bot in bots:
        try:
            kept = keep_bot(bot, folder)
        except OSError as error:
            raise CommandFailed(f"{folder}: cannot be written: {type(error).__name__}") from error
        sys.stdout.write(f"{summary(bot)}kept in {kept}\n")
    for warning in reading.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    return 0


def _renamed(bot: BotDefinition, name: str) -> BotDefinition:
    """Under another name it is another bot, with an id of its own."""
    check_name(name, "bot", Place("--name", []))
    if name == bot.name:
        return bot
    return bot.model_copy(update={"name": name, "identifier": invented_identifier(name)})


IMPORT = Command(help="Import a bot; a running service serves it within seconds.", arguments=_arguments, run=_run)
