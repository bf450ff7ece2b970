"""Reads bot definitions from a source in the layout of a Lex V2 export.

The layout is in the Lex V2 guide ("Importing and exporting bots"); conversions bring older forms into it.
"""

import hashlib
import re
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from services.lex.definition.built_ins import YES_NO
from services.lex.definition.degraded import intent_warnings, slot_type_warnings, slot_warnings
from services.lex.definition.documents import Document, Source
from services.lex.definition.faults import DefinitionError, DefinitionWarning, Place, pointer
from services.lex.definition.layout import BotFolder, Tree, joined, unique
from services.lex.definition.limits import bot_limits, intent_limits, locale_limits, slot_limits, slot_type_limits
from services.lex.definition.model import (
    FALLBACK_SIGNATURE,
    BotDefinition,
    IntentDefinition,
    LocaleDefinition,
    SlotDefinition,
    SlotTypeDefinition,
)
from services.lex.definition.names import check_name, locale_name
from services.lex.definition.parts import Element
from services.lex.definition.references import check_references

_IDENTIFIER = re.compile(r"[0-9a-zA-Z]{10}")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_CHILDREN = ("slots", "slotTypes", "slot_types", "intents", "locales", "customVocabulary", "custom_vocabulary")
E_ = TypeVar("E_", bound=Element)


class Reader:
    """Reads one source; `warnings` grows while it does."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tree = Tree(source.paths)
        self.warnings: list[DefinitionWarning] = []

    def bot(self, folder: BotFolder) -> BotDefinition:
        """Raises DefinitionError, naming the file and the place in it."""
        file = folder.file or joined(folder.root, "Bot.json")
        raw: Document = {"name": folder.name(self._source.name)} if folder.file is None else self._source.load(file)
        bot = self._parse(BotDefinition, raw, file)
        place = self._place(file)
        check_name(bot.name, "bot", place)
        locales: dict[str, LocaleDefinition] = {}
        for path in sorted(folder.locales):
            locale = self._locale(path)
            where = self._source.where(joined(path, "BotLocale.json"))
            locales[unique("locale", locale.identifier, locales, where)] = locale
        if not locales:
            raise DefinitionError(f"{self._source.where(folder.root)}: the bot has no locale")
        bot_limits(bot, place)
        return bot.model_copy(update={"identifier": _identifier(bot), "locales": locales})

    def _locale(self, folder: str) -> LocaleDefinition:
        file = joined(folder, "BotLocale.json")
        raw: Document = self._source.load(file) if file in self._tree else {}
        locale = self._parse(LocaleDefinition, raw, file)
        identifier = locale.identifier or folder.rpartition("/")[2]
        check_name(identifier, "locale", self._place(file))
        locale = locale.model_copy(
            update={
                "identifier": identifier,
                "name": locale.name or locale_name(identifier),
                "slot_types": self._slot_types(joined(folder, "SlotTypes")),
                "custom_vocabulary": self._vocabulary(joined(folder, "CustomVocabulary/CustomVocabulary.json")),
            }
        )
        locale = locale.model_copy(update={"intents": self._intents(joined(folder, "Intents"), locale)})
        locale_limits(locale, self._place(file))
        return locale

    def _slot_types(self, folder: str) -> dict[str, SlotTypeDefinition]:
        found: dict[str, SlotTypeDefinition] = {}
        for file in self._tree.children(folder, "SlotType.json"):
            slot_type = self._parse(SlotTypeDefinition, self._source.load(file), file)
            place = self._place(file)
            check_name(slot_type.name, "slot type", place)
            slot_type_warnings(slot_type, place)
            slot_type_limits(slot_type, place)
            found[unique("slot type", slot_type.name, found, self._source.where(file))] = slot_type
        return found

    def _vocabulary(self, file: str) -> Document | None:
        if file not in self._tree:
            return None
        self._place(file).warn("custom-vocabulary", "A custom vocabulary helps speech only; it is kept, and not used.")
        return self._source.load(file)

    def _intents(self, folder: str, locale: LocaleDefinition) -> dict[str, IntentDefinition]:
        found: dict[str, IntentDefinition] = {}
        files: dict[str, str] = {}
        for file in self._tree.children(folder, "Intent.json"):
            intent = self._intent(file, locale)
            found[unique("intent", intent.name, found, self._source.where(file))] = intent
            files[intent.name] = file
        for name, intent in found.items():
            check_references(intent, found, self._place(files[name]))
        if not any(intent.fallback for intent in found.values()):
            name = "FallbackIntent"
            while name in found:
                name += "X"
            found[name] = IntentDefinition(name=name, parent_intent_signature=FALLBACK_SIGNATURE)
        return found

    def _intent(self, file: str, locale: LocaleDefinition) -> IntentDefinition:
        place = self._place(file)
        intent = self._parse(IntentDefinition, _with_yes_or_no(self._source.load(file), place), file)
        check_name(intent.name, "intent", place)
        slots: dict[str, SlotDefinition] = {}
        for path in self._tree.children(joined(file.rpartition("/")[0], "Slots"), "Slot.json"):
            slot = self._slot(path, locale)
            slots[unique("slot", slot.name, slots, self._source.where(path))] = slot
        intent = intent.model_copy(update={"slots": _by_priority(intent, slots, place)})
        intent_warnings(intent, place)
        intent_limits(intent, place)
        return intent

    def _slot(self, file: str, locale: LocaleDefinition) -> SlotDefinition:
        slot = self._parse(SlotDefinition, self._source.load(file), file)
        place = self._place(file)
        check_name(slot.name, "slot", place)
        slot_warnings(slot, locale, place)
        slot_limits(slot, place)
        return slot

    def _place(self, file: str) -> Place:
        return Place(self._source.where(file), self.warnings)

    def _parse(self, kind: type[E_], raw: Document, file: str) -> E_:
        try:
            return kind.model_validate({key: value for key, value in raw.items() if key not in _CHILDREN})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = self._source.where(file)
            raise DefinitionError(f"{where}: {pointer(*first['loc'])}: {first['msg']}") from error


def _identifier(bot: BotDefinition) -> str:
    return bot.identifier if _IDENTIFIER.fullmatch(bot.identifier) else invented_identifier(bot.name)


def invented_identifier(name: str) -> str:
    """Ten letters and digits, always the same for a name."""
    digest = hashlib.sha256(name.encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])


def _with_yes_or_no(raw: Document, place: Place) -> Document:
    """Alexa's yes and no intents, which Lex does not have, become custom intents with the words for it."""
    signature = raw.get("parentIntentSignature")
    words = YES_NO.get(signature) if isinstance(signature, str) else None
    if words is None:
        return raw
    place.at("parentIntentSignature").warn("alexa-intent", f"{signature} is Alexa's: it became a custom intent.")
    samples = raw.get("sampleUtterances")
    own = samples if isinstance(samples, list) else []
    added: list[JsonValue] = [{"utterance": word} for word in words]
    kept = {key: value for key, value in raw.items() if key != "parentIntentSignature"}
    return {**kept, "sampleUtterances": [*own, *added]}


def _by_priority(intent: IntentDefinition, slots: dict[str, SlotDefinition], place: Place) -> dict[str, SlotDefinition]:
    """The slots, lowest number first; those without one at the end. Raises DefinitionError for a slot not there."""
    for position, entry in enumerate(intent.slot_priorities):
        if entry.slot_name not in slots:
            raise place.at("slotPriorities", position, "slotName").error("the intent has no such slot")
    rank = {entry.slot_name: entry.priority for entry in intent.slot_priorities}
    return dict(sorted(slots.items(), key=lambda item: (rank.get(item[0], 101), item[0])))
