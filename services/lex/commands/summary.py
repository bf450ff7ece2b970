"""A bot in a few lines."""

from collections.abc import Iterator

from services.lex.definition.model import BotDefinition, LocaleDefinition


def summary(bot: BotDefinition) -> str:
    """Name and id, then each locale with its intents: slots and how many utterances."""
    lines = [f"{bot.name} ({bot.identifier})"]
    for name, locale in sorted(bot.locales.items()):
        lines += [f"  {name}: {len(locale.intents)} intents, {len(locale.slot_types)} slot types", *_intents(locale)]
    return "".join(f"{line}\n" for line in lines)


def _intents(locale: LocaleDefinition) -> Iterator[str]:
    for name, intent in sorted(locale.intents.items()):
        slots = ", ".join(f"{slot.name}:{slot.slot_type_name or 'any text'}" for slot in intent.slots.values())
        yield f"    {name}: {len(intent.sample_utterances)} utterances{'; slots ' if slots else ''}{slots}"
