"""`omnilex bot export`: a bot as a zip that Amazon Lex imports."""

import argparse
import sys
from pathlib import Path

from services.lex.commands.command import Command, CommandFailed
from services.lex.definition.export import export_bot, export_name
from services.lex.definition.faults import reason
from services.lex.definition.model import BotDefinition
from services.lex.definition.reader import read
from services.lex.definition.shelf import BotShelf
from services.lex.settings import LexSettings


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bot", metavar="BOT", help="name or id of a bot that is served, or a file or folder")
    parser.add_argument("--locale", metavar="LOCALE", help="export this locale alone, to import it into another bot")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: the name that Lex would give it")


def _run(given: argparse.Namespace) -> int:
    bot = named_bot(given.bot)
    if given.locale is not None and given.locale not in bot.locales:
        raise CommandFailed(f"{bot.name} does not speak {given.locale}, but {', '.join(sorted(bot.locales))}.")
    file: Path = given.output or Path(export_name(bot, given.locale))
    try:
        file.write_bytes(export_bot(bot, given.locale))
    except OSError as error:
        raise CommandFailed(f"{file}: cannot be written: {reason(error)}") from error
    sys.stdout.write(f"{file}\n")
    return 0


def named_bot(name: str) -> BotDefinition:
    """The served bot of this name or id, in any case, or the only one of the file or folder there. Raises
    CommandFailed or DefinitionError.
    """
    settings = LexSettings()
    shelved = BotShelf([settings.lex_bots_dir, settings.imports_dir]).load()
    found = [entry.bot for entry in shelved if name in (entry.bot.name, entry.bot.identifier)]
    if not found and Path(name).exists():
        found = read(Path(name)).bots
    if not found:
        alike = name.casefold()
        found = [e.bot for e in shelved if alike in (e.bot.name.casefold(), e.bot.identifier.casefold())]
    if not found:
        known = ", ".join(sorted({entry.bot.name for entry in shelved})) or "none"
        raise CommandFailed(f"There is no bot {name!r}, nor a file or folder of that name. The bots served: {known}.")
    if len(found) > 1:
        ids = ", ".join(bot.identifier for bot in found)
        raise CommandFailed(f"{len(found)} bots are called {name!r}. Give the id of one: {ids}.")
    return found[0]


COMMAND = Command(help="Write a bot as an export of Amazon Lex V2.", arguments=_arguments, run=_run)
