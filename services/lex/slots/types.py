"""Which resolver serves which slot type."""

import logging
import re
from collections.abc import Callable

from services.lex.definition.model import LocaleDefinition, SlotTypeDefinition
from services.lex.slots.alphanumeric import AlphaNumericResolver, ConfirmationResolver, FreeTextResolver
from services.lex.slots.currency import CurrencyResolver
from services.lex.slots.dates import DateResolver
from services.lex.slots.enumeration import EnumerationResolver
from services.lex.slots.numbers import NumberResolver
from services.lex.slots.phone import PhoneNumberResolver
from services.lex.slots.resolver import Resolver

log = logging.getLogger("omnilex.lex.slots")

BUILT_IN: dict[str, Callable[[], Resolver]] = {
    "AMAZON.PhoneNumber": PhoneNumberResolver,
    "AMAZON.Number": NumberResolver,
    "AMAZON.Currency": CurrencyResolver,
    "AMAZON.AlphaNumeric": AlphaNumericResolver,
    "AMAZON.Date": DateResolver,
    "AMAZON.FreeFormInput": FreeTextResolver,
    "AMAZON.Confirmation": ConfirmationResolver,
}


def slot_resolvers(locale: LocaleDefinition) -> dict[str, Resolver]:
    """A resolver for every slot type that the locale defines or uses, by the type's name."""
    used = {slot.slot_type_name for intent in locale.intents.values() for slot in intent.slots.values()}
    return {name: _resolver(name, locale) for name in sorted(used | locale.slot_types.keys())}


def _resolver(name: str, locale: LocaleDefinition) -> Resolver:
    custom = locale.slot_types.get(name)
    if custom is not None:
        return _custom(custom)
    if name in BUILT_IN:
        return BUILT_IN[name]()
    log.warning("lex.slot_type_degraded", extra={"slot_type": name, "served_as": "free form"})
    return FreeTextResolver()


def _custom(definition: SlotTypeDefinition) -> Resolver:
    parent, regex = definition.parent_slot_type_signature, slot_regex(definition)
    if parent == "AMAZON.AlphaNumeric" or regex is not None:
        return AlphaNumericResolver(regex)
    if not definition.slot_type_values:
        log.warning("lex.slot_type_degraded", extra={"slot_type": definition.name, "served_as": "free form"})
        return FreeTextResolver()
    values = {
        entry.sample_value.value: [synonym.value for synonym in entry.synonyms] for entry in definition.slot_type_values
    }
    closed = definition.value_selection_setting.resolution_strategy == "TOP_RESOLUTION"
    return EnumerationResolver(values, closed=closed)


def slot_regex(definition: SlotTypeDefinition) -> re.Pattern[str] | None:
    """The type's own pattern, matched in full. One that Python cannot compile is ignored with a warning."""
    given = definition.value_selection_setting.regex_filter
    if given is None:
        return None
    try:
        return re.compile(given.pattern)
    except re.error:
        log.warning("lex.slot_regex_ignored", extra={"slot_type": definition.name})
        return None
