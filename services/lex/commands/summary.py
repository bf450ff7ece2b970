"""A bot in a few lines."""

from collections.abc import Iterator

from services.lex.definition.model import BotDefinition, IntentDefinition, LocaleDefinition


def summary(bot: BotDefinition) -> str:
    """Name and id, then each locale with its intents: what recognises them, and their slots."""
    lines = [f"{bot.name} ({bot.identifier})"]
    for name, locale in sorted(bot.locales.items()):
        size = f"{counted(len(locale.intents), 'intent')}, {counted(len(locale.slot_types), 'slot type')}"
        lines += [f"  {name}: {size}", *_intents(locale)]
    return "".join(f"{line}\n" for line in lines)


def counted(number: int, noun: str) -> str:
    """`1 bot`, `2 bots`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def calls_its_hook(bot: BotDefinition) -> bool:
    """Whether any intent leaves something to the bot's code hook."""
    intents = [intent for locale in bot.locales.values() for intent in locale.intents.values()]
    fulfilled = (intent.fulfillment_code_hook for intent in intents)
    return any(intent.dialog_code_hook.enabled for intent in intents) or any(
        hook and hook.enabled for hook in fulfilled
    )


def _intents(locale: LocaleDefinition) -> Iterator[str]:
    for name, intent in sorted(locale.intents.items()):
        slots = ", ".join(f"{slot.name}:{slot.slot_type_name or 'any text'}" for slot in intent.slots.values())
        yield f"    {name}: {_recognised_by(intent)}{'; slots ' if slots else ''}{slots}"


def _recognised_by(intent: IntentDefinition) -> str:
    """Its utterances; of a built-in intent, which often has none of its own, the signature first."""
    parts = [intent.parent_intent_signature] if intent.parent_intent_signature else []
    if intent.sample_utterances or not parts:
        parts.append(counted(len(intent.sample_utterances), "utterance"))
    return ", ".join(parts)
