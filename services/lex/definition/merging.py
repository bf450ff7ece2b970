"""Puts locales into a bot that is there already, as Amazon Lex's StartImport does into a bot (its `mergeStrategy`)."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from services.lex.definition.documents import Documents
from services.lex.definition.export import export_documents, written
from services.lex.definition.faults import DefinitionError, DefinitionWarning
from services.lex.definition.model import BotDefinition, IntentDefinition, LocaleDefinition
from services.lex.definition.reader import Reading, read_source

Strategy = Literal["overwrite", "append", "fail"]


class Merged(NamedTuple):
    """`changes` says of each locale what became of it, one line each; `warnings` are those of the mixture alone."""

    bot: BotDefinition
    changes: list[str]
    warnings: list[DefinitionWarning]


def merged(bot: BotDefinition, given: BotDefinition, strategy: Strategy) -> Merged:
    """`bot` with the locales of `given`. What of `given` belongs to no locale, such as its name, is left out.

    A locale that the bot does not have is added. One that it has is replaced whole (`overwrite`); or it keeps its
    settings and what `given` does not name, while intents and slot types of `given` are added or replace those of the
    same name (`append`). Raises DefinitionError where `fail` meets such a locale.
    """
    both = sorted(bot.locales.keys() & given.locales.keys())
    if both and strategy == "fail":
        raise DefinitionError(f"{bot.name} has {', '.join(both)} already, and nothing was imported")
    locales = dict(bot.locales)
    changes = []
    for name, locale in sorted(given.locales.items()):
        held = bot.locales.get(name)
        locales[name] = _appended(held, locale) if held and strategy == "append" else locale
        changes.append(f"{name}: {'; '.join(_changes(held, locales[name]))}")
    mixed = _read_again(bot, locales)
    known = [*_read_again(bot, bot.locales).warnings, *_read_again(bot, given.locales).warnings]
    return Merged(mixed.bots[0], changes, [warning for warning in mixed.warnings if warning not in known])


def _appended(held: LocaleDefinition, given: LocaleDefinition) -> LocaleDefinition:
    """A locale has one fallback intent: that of `given`, unless it is the bare one of a bot that says nothing in it."""
    fallback = held.fallback if _bare(given.fallback) else given.fallback
    intents = [intent for intent in (*held.intents.values(), *given.intents.values()) if not intent.fallback]
    return held.model_copy(
        update={
            "intents": {intent.name: intent for intent in (*intents, fallback)},
            "slot_types": held.slot_types | given.slot_types,
            "custom_vocabulary": given.custom_vocabulary or held.custom_vocabulary,
        }
    )


def _bare(fallback: IntentDefinition) -> bool:
    says = (fallback.initial_response_setting, fallback.intent_closing_setting, fallback.fulfillment_code_hook)
    return not any(says) and not fallback.dialog_code_hook.enabled


def _changes(held: LocaleDefinition | None, now: LocaleDefinition) -> Iterator[str]:
    if held is None:
        yield "added"
        return
    if (held.intents, held.slot_types) == (now.intents, now.slot_types):
        yield "as it was"
    for kind, before, after in (
        ("intents", dict(held.intents), dict(now.intents)),
        ("slot types", dict(held.slot_types), dict(now.slot_types)),
    ):
        groups = {
            "added": [name for name in after if name not in before],
            "replaced": [name for name in after if name in before and after[name] != before[name]],
            "removed": [name for name in before if name not in after],
        }
        for what, names in groups.items():
            if names:
                yield f"{kind} {what}: {', '.join(sorted(names))}"


def _read_again(bot: BotDefinition, locales: dict[str, LocaleDefinition]) -> Reading:
    """The bot with these locales as a reader of its export finds it."""
    documents = export_documents(bot.model_copy(update={"locales": locales}))
    return read_source(Documents(bot.name, bot.name, {path: written(found) for path, found in documents.items()}))
