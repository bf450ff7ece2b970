"""`omnilex bot import`: takes bots over, so that the service serves them."""

import argparse
import sys
from pathlib import Path
from typing import get_args

from services.lex.commands.command import Command, CommandFailed
from services.lex.commands.exporting import named_bot
from services.lex.commands.summary import calls_its_hook, summary
from services.lex.definition.faults import Place, reason
from services.lex.definition.imports import keep_bot
from services.lex.definition.merging import Strategy, merged
from services.lex.definition.model import BotDefinition
from services.lex.definition.names import TEST_ALIAS, check_name
from services.lex.definition.reader import read
from services.lex.definition.shelf import BotShelf
from services.lex.definition.v2 import invented_identifier
from services.lex.hook_bindings import binding_for
from services.lex.settings import LexSettings


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FILE|DIR", help="a V2 or V1 export, or dumps of the V2 model API")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--name", help="import it under this name, beside the bot of its own name")
    target.add_argument(
        "--into", metavar="BOT", help="put its locales into this bot (name or id), which keeps the others"
    )
    parser.add_argument(
        "--merge",
        choices=get_args(Strategy),
        help="with --into, a locale that the bot has: overwrite it whole; append intents and slot types, those of the "
        "same name being replaced; or fail (default)",
    )


def _run(given: argparse.Namespace) -> int:
    source: Path = given.source
    reading = read(source)
    if given.merge and not given.into:
        raise CommandFailed("--merge says what becomes of the locales of another bot: name that bot with --into")
    if (given.name or given.into) and len(reading.bots) > 1:
        raise CommandFailed(f"{source} holds {len(reading.bots)} bots: --name and --into can take only one")
    settings = LexSettings()
    bots, warnings = reading.bots, reading.warnings
    if given.into:
        found = merged(named_bot(given.into), bots[0], given.merge or "fail")
        bots, warnings = [found.bot], [*warnings, *found.warnings]
        sys.stdout.write("".join(f"{change}\n" for change in found.changes))
    elif given.name:
        bots = [_renamed(bots[0], given.name)]
    folder = settings.imports_dir
    for bot in bots:
        try:
            kept = keep_bot(bot, folder)
        except OSError as error:
            raise CommandFailed(f"{folder}: cannot be written: {reason(error)}") from error
        sys.stdout.write(f"{summary(bot)}kept in {kept}\n{_ways_on(bot, settings)}{_namesakes(bot, settings)}")
    for warning in warnings:
        sys.stderr.write(f"warning: {warning}\n")
    return 0


def _ways_on(bot: BotDefinition, settings: LexSettings) -> str:
    """How to talk with the bot, and what answers where it asks its code hook."""
    locales = " or ".join(sorted(bot.locales))
    lines = [
        f"try it: omnilex bot chat {bot.identifier}",
        f"call it: botId {bot.identifier}, botAliasId {TEST_ALIAS}, localeId {locales}",
    ]
    if calls_its_hook(bot):
        bound = binding_for(settings.code_hook_bindings, bot.identifier, TEST_ALIAS, min(bot.locales))
        url = bound.url if bound else settings.code_hook_url
        own = f"OMNILEX_CODE_HOOK_BINDINGS={bot.identifier}/*/*=URL"
        lines.append(f"its code hook: {url or 'none'}; to bind its own: {own}")
    return "".join(f"{line}\n" for line in lines)


def _namesakes(bot: BotDefinition, settings: LexSettings) -> str:
    """Of another bot of this name, to which an export of one locale, that has no id of the bot, may belong."""
    shelved = BotShelf([settings.lex_bots_dir, settings.imports_dir]).load()
    others = [other.identifier for other, _ in shelved if other.name == bot.name and other.identifier != bot.identifier]
    return "".join(
        f"{other} is called {bot.name} too; to put locales into that bot: --into {other}\n" for other in others
    )


def _renamed(bot: BotDefinition, name: str) -> BotDefinition:
    """Under another name it is another bot, with an id of its own."""
    check_name(name, "bot", Place("--name", []))
    if name == bot.name:
        return bot
    return bot.model_copy(update={"name": name, "identifier": invented_identifier(name)})


COMMAND = Command(help="Import a bot; a running service serves it within seconds.", arguments=_arguments, run=_run)
