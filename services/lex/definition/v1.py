"""Converts exports of Amazon Lex V1 to the layout of V2, as the guide to migrating a bot says."""

from typing import TypeVar

from pydantic import JsonValue, ValidationError

from services.lex.definition.built_ins import FOUR_DIGITS
from services.lex.definition.documents import Document, Source, Written
from services.lex.definition.faults import DefinitionError, Place, pointer
from services.lex.definition.layout import unique
from services.lex.definition.model import FALLBACK_SIGNATURE
from services.lex.definition.parts import Element
from services.lex.definition.v1_intents import fallback, follow_up_declined, intent
from services.lex.definition.v1_model import V1Bot, V1Intent, V1SlotType
from services.lex.definition.v1_slots import FOUR_DIGITS_TYPE, four_digits, slot, slot_type

E_ = TypeVar("E_", bound=Element)


def resource_of(document: Document) -> Document | None:
    """What a V1 file describes, whether wrapped as an export or not; None when it is no V1 file."""
    wrapped = document.get("resource")
    found = wrapped if isinstance(wrapped, dict) else document
    return found if _kind(found) else None


def _kind(resource: Document) -> type[Element] | None:
    if not isinstance(resource.get("name"), str):
        return None
    if isinstance(resource.get("intents"), list):
        return V1Bot
    samples = resource.get("sampleUtterances")
    if "fulfillmentActivity" in resource or (isinstance(samples, list) and all(isinstance(s, str) for s in samples)):
        return V1Intent
    return V1SlotType if "enumerationValues" in resource or "valueSelectionStrategy" in resource else None


def convert_v1(source: Source, resources: dict[str, Document], place: Place) -> list[Written]:
    """Each bot of the files; intents and slot types alone make a bot called as the source is, or complete the bots
    that only name them. Raises DefinitionError.
    """
    bots = {path: resource for path, resource in resources.items() if _kind(resource) is V1Bot}
    parts = [resource for path, resource in resources.items() if path not in bots]
    intents: list[Document] = [part for part in parts if _kind(part) is V1Intent]
    types: list[Document] = [part for part in parts if _kind(part) is V1SlotType]
    inner = [entry for part in intents for entry in _objects(part, "slotTypes")]
    if not bots:
        name = str(parts[0]["name"]) if len(parts) == 1 else source.name
        alone: Document = {"name": name, "intents": [*intents], "slotTypes": [*types, *inner]}
        bots = {next(iter(resources)): alone}
    return [_converted(source, path, _completed(bot, intents, [*types, *inner]), place) for path, bot in bots.items()]


def _objects(document: Document, key: str) -> list[Document]:
    return [entry for entry in _list(document, key) if isinstance(entry, dict)]


def _completed(bot: Document, intents: list[Document], types: list[Document]) -> Document:
    """The bot with the intents that it only names, as the API's GetBot does, and with the slot types beside it."""
    by_name = {str(part["name"]): part for part in intents}
    named = [
        by_name.get(str(entry.get("intentName")), entry) if isinstance(entry, dict) and "name" not in entry else entry
        for entry in _list(bot, "intents")
    ]
    own = {str(entry.get("name")) for entry in _objects(bot, "slotTypes")}
    beside = {str(entry.get("name")): entry for entry in types if str(entry.get("name")) not in own}
    return {**bot, "intents": named, "slotTypes": [*_list(bot, "slotTypes"), *beside.values()]}


def _list(document: Document, key: str) -> list[JsonValue]:
    entries = document.get(key)
    return entries if isinstance(entries, list) else []


def _converted(source: Source, path: str, resource: Document, place: Place) -> Written:
    where = Place(source.where(path), place.warnings, ("resource",))
    bot = _parse(V1Bot, resource, where)
    if bot.version and bot.version != "$LATEST":
        where.at("version").warn("version", f"A V2 export has one version, the draft: {bot.version} was dropped.")
    folder = f"bot/BotLocales/{bot.locale.replace('-', '_')}"
    documents: dict[str, Document] = {
        "bot/Bot.json": {
            "name": bot.name,
            "version": "DRAFT",
            "description": bot.description,
            "dataPrivacy": {"childDirected": bot.child_directed},
            "idleSessionTTLInSeconds": bot.idle_session_ttl_in_seconds,
        },
        f"{folder}/BotLocale.json": {
            "identifier": bot.locale.replace("-", "_"),
            "voiceSettings": {"voiceId": bot.voice_id} if bot.voice_id else None,
            "nluConfidenceThreshold": bot.nlu_intent_confidence_threshold,
        },
    }
    documents |= _types(bot, folder, where)
    documents |= _intents(bot, folder, where)
    return Written(source.where(path), bot.name, documents)


def _parse(kind: type[E_], resource: Document, place: Place) -> E_:
    try:
        return kind.model_validate(resource)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise DefinitionError(f"{place.file}: {pointer('resource', *first['loc'])}: {first['msg']}") from error


def _types(bot: V1Bot, folder: str, place: Place) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for position, entry in enumerate(bot.slot_types):
        at = place.at("slotTypes", position)
        found[unique("slot type", entry.name, found, at.file)] = slot_type(entry, at)
    used = {given.slot_type for entry in bot.intents for given in entry.slots}
    if FOUR_DIGITS in used:
        found.setdefault(FOUR_DIGITS_TYPE, four_digits())
    return {f"{folder}/SlotTypes/{n}/SlotType.json": entry for n, entry in enumerate(found.values())}


def _intents(bot: V1Bot, folder: str, place: Place) -> dict[str, Document]:
    known = {entry.name for entry in bot.slot_types}
    documents: dict[str, Document] = {}
    names: set[str] = set()
    for position, entry in enumerate(bot.intents):
        at = place.at("intents", position)
        names.add(unique("intent", entry.name, names, at.file))
        home = f"{folder}/Intents/{position:04}"
        documents[f"{home}/Intent.json"] = intent(entry, at, clarified=bot.clarification_prompt is not None)
        for number, given in enumerate(entry.slots):
            documents[f"{home}/Slots/{number:04}/Slot.json"] = slot(given, known, at.at("slots", number))
        if declined := follow_up_declined(entry, at):
            documents[f"{home}-declined/Intent.json"] = declined
    if not any(entry.parent_intent_signature == FALLBACK_SIGNATURE for entry in bot.intents):
        name = "FallbackIntent" if "FallbackIntent" not in names else "BotFallbackIntent"
        documents[f"{folder}/Intents/fallback/Intent.json"] = fallback(
            name, bot.clarification_prompt, bot.abort_statement, place
        )
    return documents
