"""Which resolver serves which slot type."""

import logging
import re
from collections.abc import Callable, Mapping
from functools import partial

from services.lex.definition.model import LocaleDefinition, SlotDefinition, SlotTypeDefinition
from services.lex.slots.addresses import EmailAddressResolver, UKPostalCodeResolver
from services.lex.slots.alphanumeric import AlphaNumericResolver, FreeTextResolver
from services.lex.slots.composite import CompositeResolver
from services.lex.slots.confirmation import ConfirmationResolver
from services.lex.slots.currency import CurrencyResolver
from services.lex.slots.dates import DateResolver
from services.lex.slots.durations import DurationResolver
from services.lex.slots.enumeration import EnumerationResolver
from services.lex.slots.folding import written_apart
from services.lex.slots.languages.en import ENGLISH
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.multiple import MultipleValuesResolver
from services.lex.slots.names import NameResolver
from services.lex.slots.numbers import NumberResolver, PercentageResolver
from services.lex.slots.phone import PhoneNumberResolver
from services.lex.slots.resolver import Resolver
from services.lex.slots.times import TimeResolver

log = logging.getLogger("omnilex.lex.slots")

BUILT_IN: dict[str, Callable[[Locale], Resolver]] = {
    "AMAZON.AlphaNumeric": lambda locale: AlphaNumericResolver(None, locale),
    "AMAZON.City": partial(NameResolver, "City"),
    "AMAZON.Confirmation": ConfirmationResolver,
    "AMAZON.Country": partial(NameResolver, "Country"),
    "AMAZON.Currency": CurrencyResolver,
    "AMAZON.Date": DateResolver,
    "AMAZON.DATE": partial(DateResolver, v1=True),
    "AMAZON.Duration": DurationResolver,
    "AMAZON.EmailAddress": EmailAddressResolver,
    "AMAZON.FirstName": partial(NameResolver, "FirstName"),
    "AMAZON.FreeFormInput": lambda locale: FreeTextResolver(),
    "AMAZON.LastName": partial(NameResolver, "LastName"),
    "AMAZON.Number": NumberResolver,
    "AMAZON.Percentage": PercentageResolver,
    "AMAZON.PhoneNumber": PhoneNumberResolver,
    "AMAZON.State": partial(NameResolver, "State"),
    "AMAZON.StreetName": partial(NameResolver, "StreetName"),
    "AMAZON.Time": TimeResolver,
    "AMAZON.UKPostalCode": lambda locale: UKPostalCodeResolver(),
}


# What else could be something narrower: a number may be the one in an amount, any token with a digit a date.
BROAD = (NumberResolver, AlphaNumericResolver, NameResolver)


def slot_resolvers(definition: LocaleDefinition) -> dict[str, Resolver]:
    """A resolver for every slot type that the locale defines or uses, by the type's name.

    A locale whose language has no rules here understands figures and ISO forms; one warning says so.
    """
    locale = locale_of(definition.identifier)
    names = sorted(_used(definition) | definition.slot_types.keys())
    if not locale.supported and any(name in BUILT_IN for name in names):
        log.warning("lex.locale_degraded", extra={"locale": definition.identifier, "served_as": "figures, ISO forms"})
    simple = {name: _resolver(name, definition, locale) for name in names}
    return simple | _composites(definition, simple)


def _used(definition: LocaleDefinition) -> set[str]:
    """The types of slots and of the parts of composite ones."""
    slots = [slot for intent in definition.intents.values() for slot in intent.slots.values()]
    composites = [kind.composite_slot_type_setting for kind in definition.slot_types.values()]
    asked = [slot.sub_slot_setting.slot_specifications.values() for slot in slots if slot.sub_slot_setting]
    return (
        {slot.slot_type_name for slot in slots}
        | {part.slot_type_name for kind in composites if kind for part in kind.sub_slots}
        | {part.slot_type_name for parts in asked for part in parts if part.slot_type_name}
    )


def slot_resolver(slot: SlotDefinition, resolvers: Mapping[str, Resolver]) -> Resolver:
    """The resolver of a slot: its type's, for several values where the slot takes them."""
    resolver = resolvers[slot.slot_type_name]
    if slot.multiple_values_setting.allow_multiple_values:
        language = resolver.language if isinstance(resolver, EnumerationResolver) else ENGLISH
        return MultipleValuesResolver(resolver, language)
    return resolver


def _resolver(name: str, definition: LocaleDefinition, locale: Locale) -> Resolver:
    custom = definition.slot_types.get(name)
    if custom is not None:
        return _custom(custom, locale)
    if name in BUILT_IN:
        return BUILT_IN[name](locale)
    return _free_text(name)


def _free_text(name: str) -> Resolver:
    log.warning("lex.slot_type_degraded", extra={"slot_type": name, "served_as": "free form"})
    return FreeTextResolver()


def _custom(definition: SlotTypeDefinition, locale: Locale) -> Resolver:
    parent, regex = definition.parent_slot_type_signature, slot_regex(definition)
    if parent == "AMAZON.AlphaNumeric" or regex is not None:
        return AlphaNumericResolver(regex, locale)
    if definition.composite_slot_type_setting is not None:
        return FreeTextResolver()
    if not definition.slot_type_values:
        return BUILT_IN[parent](locale) if parent in BUILT_IN else _free_text(definition.name)
    values = {
        entry.sample_value.value: [synonym.value for synonym in entry.synonyms] for entry in definition.slot_type_values
    }
    if locale.language.code == "de":
        values = {value: _also_apart(value, synonyms) for value, synonyms in values.items()}
    closed = definition.value_selection_setting.resolution_strategy == "TOP_RESOLUTION"
    return EnumerationResolver(values, closed=closed, locale=locale)


def _also_apart(value: str, synonyms: list[str]) -> list[str]:
    apart = {text: written_apart(text) for text in (value, *synonyms)}
    return synonyms + [written for text, written in apart.items() if written != text]


def _composites(definition: LocaleDefinition, resolvers: Mapping[str, Resolver]) -> dict[str, Resolver]:
    return {
        name: CompositeResolver({part.name: resolvers[part.slot_type_name] for part in kind.sub_slots})
        for name, kind in ((n, t.composite_slot_type_setting) for n, t in definition.slot_types.items())
        if kind is not None and kind.sub_slots
    }


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
