"""Converts dumps of the Lex V2 model API (`describe-intent`, `list-slots` and their like) to the layout of an export.

Such dumps tie their parts by ids and leave much out: what is missing is warned of, not refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from services.lex.definition.documents import Document, Source, Written
from services.lex.definition.faults import Place

_SUMMARIES = ("intentSummaries", "slotSummaries", "slotTypeSummaries", "botLocaleSummaries", "botSummaries")
_LOCALE_FOLDER = re.compile(r"(?:^|[/._-])([a-z]{2}_[A-Z0-9]{2,3})(?=[/._-]|$)")
_BOOKKEEPING = ("ResponseMetadata", "creationDateTime", "lastUpdatedDateTime", "intentId", "slotTypeId", "botId")


@dataclass
class Described:
    """The parts found, by kind; a part that was described replaces the summary of it."""

    bot: Document = field(default_factory=dict)
    locales: dict[str, Document] = field(default_factory=dict)
    intents: dict[tuple[str, str], Document] = field(default_factory=dict)
    slots: dict[tuple[str, str, str], Document] = field(default_factory=dict)
    types: dict[tuple[str, str], Document] = field(default_factory=dict)


def described(source: Source, documents: Mapping[str, Document], place: Place) -> Written | None:
    """The one bot that the dumps describe; None when they describe neither an intent nor a slot type."""
    parts = Described()
    for path, document in sorted(documents.items()):
        locale = _LOCALE_FOLDER.search(path)
        for entry in _entries(document):
            _take(parts, entry, locale[1] if locale else None)
    if not parts.intents and not parts.types:
        return None
    name = str(parts.bot.get("botName") or parts.bot.get("name") or source.name)
    written = {"bot/Bot.json": {**_kept(parts.bot), "name": name, "identifier": parts.bot.get("botId")}}
    for locale_id in sorted({key[0] for key in (*parts.intents, *parts.types)} | parts.locales.keys()):
        written |= _locale(parts, locale_id, place)
    return Written(source.where(""), name, written)


def _entries(document: Document) -> Iterator[Document]:
    """The descriptions in a file: itself, and those of a list, which inherit what the list says of all of them."""
    inherited: Document = {key: document[key] for key in ("localeId", "botId", "intentId") if key in document}
    lists = [document[key] for key in _SUMMARIES if key in document]
    for entries in lists:
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict):
                yield {"summary": True, **inherited, **entry}
    if not lists:
        yield document


def _take(parts: Described, entry: Document, locale: str | None) -> None:
    at = str(entry.get("localeId") or locale or "en_US")
    if isinstance(slot := entry.get("slotName"), str):
        key = (at, str(entry.get("intentId", "")), slot)
        parts.slots[key] = _better(parts.slots.get(key), entry)
    elif isinstance(intent := entry.get("intentName"), str):
        parts.intents[at, intent] = _better(parts.intents.get((at, intent)), entry)
    elif isinstance(slot_type := entry.get("slotTypeName"), str):
        parts.types[at, slot_type] = _better(parts.types.get((at, slot_type)), entry)
    elif isinstance(entry.get("localeId"), str) and ("localeName" in entry or "voiceSettings" in entry):
        parts.locales[at] = _better(parts.locales.get(at), entry)
    elif isinstance(entry.get("botName"), str):
        parts.bot = _better(parts.bot or None, entry)


def _better(known: Document | None, entry: Document) -> Document:
    return entry if known is None or "summary" not in entry else known


def _locale(parts: Described, locale: str, place: Place) -> dict[str, Document]:
    folder = f"bot/BotLocales/{locale}"
    written = {f"{folder}/BotLocale.json": {**_kept(parts.locales.get(locale, {})), "identifier": locale}}
    for number, ((at, _), entry) in enumerate(sorted(parts.types.items())):
        if at == locale:
            written[f"{folder}/SlotTypes/{number}/SlotType.json"] = _kept(entry)
    for number, ((at, _), entry) in enumerate(sorted(parts.intents.items())):
        if at == locale:
            written |= _intent(parts, locale, entry, f"{folder}/Intents/{number}", place)
    return written


def _intent(parts: Described, locale: str, entry: Document, home: str, place: Place) -> dict[str, Document]:
    """An intent with its slots: those that name its id, or all that name none when it is the only intent."""
    own = str(entry.get("intentId", ""))
    alone = len(parts.intents) == 1
    slots = [
        slot
        for (at, intent_id, _), slot in sorted(parts.slots.items())
        if at == locale and (intent_id == own or (alone and not intent_id))
    ]
    written = {
        f"{home}/Slots/{number}/Slot.json": _slot(slot, parts, locale, place) for number, slot in enumerate(slots)
    }
    priorities = _priorities(entry, slots, place)
    written[f"{home}/Intent.json"] = {**_kept(entry), "slotPriorities": [*priorities]}
    return written


def _priorities(intent: Document, slots: list[Document], place: Place) -> Iterator[JsonValue]:
    names = {str(slot.get("slotId")): slot["slotName"] for slot in slots}
    known = set(map(str, names.values()))
    entries = intent.get("slotPriorities")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        given = str(entry.get("slotName") or entry.get("slotId"))
        name = names.get(given, given)
        if name in known:
            yield {"slotName": name, "priority": entry.get("priority", 0)}
        else:
            place.warn("slot-missing", f"{intent.get('intentName')}: the slot {given} is left out: not described.")


def _slot(slot: Document, parts: Described, locale: str, place: Place) -> Document:
    type_names = {str(entry.get("slotTypeId")): name for (at, name), entry in parts.types.items() if at == locale}
    given = str(slot.get("slotTypeName") or slot.get("slotTypeId") or "")
    name = type_names.get(given, given)
    if name and not name.startswith("AMAZON.") and (locale, name) not in parts.types:
        place.warn("slot-type", f"{slot.get('slotName')}: the slot type {name} is not described: it takes any text.")
        name = ""
    identifier = slot.get("slotId")
    prompt = slot.get("valueElicitationPromptSpecification")
    elicitation = slot.get("valueElicitationSetting") or (
        {"slotConstraint": slot.get("slotConstraint", "Required"), "promptSpecification": prompt} if prompt else None
    )
    kept = {key: value for key, value in _kept(slot).items() if key not in ("slotTypeId", "slotConstraint")}
    return {**kept, "identifier": identifier, "slotTypeName": name, "valueElicitationSetting": elicitation}


def _kept(entry: Document) -> Document:
    """Without what the API says about the call and its own books."""
    dropped = (*_BOOKKEEPING, "summary", "botVersion", "slotId", "localeId", "valueElicitationPromptSpecification")
    identifier = entry.get("intentId") if "intentName" in entry else entry.get("slotTypeId")
    kept = {key: value for key, value in entry.items() if key not in dropped}
    return kept if identifier is None else {**kept, "identifier": identifier}
