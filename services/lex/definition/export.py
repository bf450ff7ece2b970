"""Writes a bot as Amazon Lex V2 exports it since August 2022, so that Lex's StartImport takes it.

What is kept of a bot that was read: every key, also those that mean nothing here, and the custom vocabulary. Not kept:
the console's canvas (ConversationFlow.json), files outside the layout, the order of keys, and folder names.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, JsonValue

from services.lex.definition.documents import Document
from services.lex.definition.model import (
    BotDefinition,
    IntentDefinition,
    LocaleDefinition,
    SlotDefinition,
    SlotTypeDefinition,
)
from services.lex.definition.slots import Elicitation, PartElicitation
from services.lex.definition.spelling import key_of

_TIME = (1980, 1, 1, 0, 0, 0)
_FILE = 0o100644 << 16
_UNSAFE = re.compile(r"[^0-9A-Za-z._-]")
_FILES_OF_THEIR_OWN: dict[type[BaseModel], set[str]] = {
    BotDefinition: {"locales"},
    LocaleDefinition: {"intents", "slot_types", "custom_vocabulary"},
    IntentDefinition: {"slots"},
    SlotDefinition: set(),
    SlotTypeDefinition: set(),
}
_NULL_AT_DEFAULT = {
    "dialog_code_hook",
    "default_value_specification",
    "multiple_values_setting",
    "obfuscation_setting",
    "post_code_hook_specification",
    "post_fulfillment_status_specification",
    "suppress_next_message",
}
_NEVER_NULL = {"slot_priorities"}
_OBFUSCATION = {"NONE": "None", "DEFAULT_OBFUSCATION": "DefaultObfuscation"}
_ALSO_THERE: dict[type[BaseModel], Document] = {
    LocaleDefinition: {"version": None},
    Elicitation: {"waitAndContinueSpecification": None},
    PartElicitation: {"waitAndContinueSpecification": None},
}
_ABSENT_MESSAGES = ("plainTextMessage", "customPayload", "ssmlMessage", "imageResponseCard")


def export_name(bot: BotDefinition, locale: str | None = None) -> str:
    """The file name that Amazon Lex would give the export of the bot, or of one of its locales."""
    part = f"-{locale}" if locale else ""
    return f"{folder_name(bot.name, ())}-DRAFT{part}-{bot.identifier}-LexJson.zip"


def export_bot(bot: BotDefinition, locale: str | None = None) -> bytes:
    """A zip that reads back as the same definition; the same definition always gives the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, document in sorted(export_documents(bot, locale).items()):
            entry = zipfile.ZipInfo(path, _TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _FILE, 3
            archive.writestr(entry, written(document))
    return content.getvalue()


def written(document: Document) -> bytes:
    """A document as it stands in a file."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False).encode()


def export_documents(bot: BotDefinition, locale: str | None = None) -> dict[str, Document]:
    """The documents of the export by their paths: of the bot, or of one locale alone. Raises KeyError."""
    root = folder_name(bot.name, ())
    kind = "BOT" if locale is None else "BOT_LOCALE"
    manifest: Document = {"metaData": {"schemaVersion": "1", "fileFormat": "LexJson", "resourceType": kind}}
    documents: dict[str, Document] = {"Manifest.json": manifest}
    if locale is None:
        documents[f"{root}/Bot.json"] = _document(bot)
    taken: set[str] = set()
    for definition in [bot.locales[name] for name in sorted(bot.locales)] if locale is None else [bot.locales[locale]]:
        folder = folder_name(definition.identifier, taken)
        for path, document in _locale(definition):
            documents[f"{root}/BotLocales/{folder}/{path}"] = document
    return documents


def _locale(locale: LocaleDefinition) -> Iterator[tuple[str, Document]]:
    yield "BotLocale.json", _document(locale)
    if locale.custom_vocabulary is not None:
        yield "CustomVocabulary/CustomVocabulary.json", locale.custom_vocabulary
    taken: set[str] = set()
    for _, slot_type in sorted(locale.slot_types.items()):
        yield f"SlotTypes/{folder_name(slot_type.name, taken)}/SlotType.json", _document(slot_type)
    taken = set()
    for _, intent in sorted(locale.intents.items()):
        folder = folder_name(intent.name, taken)
        for path, document in _intent(intent):
            yield f"Intents/{folder}/{path}", document


def _intent(intent: IntentDefinition) -> Iterator[tuple[str, Document]]:
    yield "Intent.json", _document(intent)
    taken: set[str] = set()
    for _, slot in sorted(intent.slots.items()):
        yield f"Slots/{folder_name(slot.name, taken)}/Slot.json", _document(slot)


def folder_name(name: str, taken: Iterable[str]) -> str:
    """A folder for the name that every file system takes, and that no other name has; `taken` learns it."""
    base = _UNSAFE.sub("_", name).lstrip("._-")[:80].rstrip(".") or "unnamed"
    base = base if base not in ("node_modules", "BotLocales") else f"{base}_"
    folder, number = base, 1
    while folder.lower() in taken:
        number += 1
        folder = f"{base}-{number}"
    if isinstance(taken, set):
        taken.add(folder.lower())
    return folder


def _document(part: BaseModel) -> Document:
    """The part under the export's own keys, null where there is nothing; what was not understood comes last."""
    elsewhere = _FILES_OF_THEIR_OWN.get(type(part))
    document: Document = {} if elsewhere is None else {"name": None, "identifier": None, "description": None}
    for name, field in type(part).model_fields.items():
        if name in (elsewhere or ()):
            continue
        value = getattr(part, name)
        plain = value == field.get_default(call_default_factory=True)
        absent = plain and (name in _NULL_AT_DEFAULT or isinstance(value, list | dict))
        document[key_of(name, field)] = None if absent and name not in _NEVER_NULL else _value(value)
    document |= _ALSO_THERE.get(type(part), {}) | (part.model_extra or {})
    return _as_lex_spells(document)


def _value(value: object) -> JsonValue:
    if isinstance(value, BaseModel):
        return _document(value)
    if isinstance(value, dict):
        return {str(key): _value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise AssertionError(f"a definition holds no {type(value).__name__}")


def _as_lex_spells(document: Document) -> Document:
    """The few places where an export says something else than the model: names of values, and keys it always has."""
    obfuscation = document.get("obfuscationSettingType")
    if isinstance(obfuscation, str):
        return {**document, "obfuscationSettingType": _OBFUSCATION[obfuscation]}
    if any(key in document for key in _ABSENT_MESSAGES):
        return dict.fromkeys(_ABSENT_MESSAGES) | document
    return document
