"""Reads an unpacked Lex V2 export. The layout is in the Lex V2 guide ("Importing and exporting bots")."""

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from services.lex.definition.model import (
    FALLBACK_SIGNATURE,
    BotDefinition,
    IntentDefinition,
    LocaleDefinition,
    SlotDefinition,
    SlotTypeDefinition,
)
from services.lex.definition.parts import Element

log = logging.getLogger("omnilex.lex.definition")

_IDENTIFIER = re.compile(r"[0-9a-zA-Z]{10}")
_FILE_LIMIT = 8 * 1024 * 1024
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
E_ = TypeVar("E_", bound=Element)


class DefinitionError(Exception):
    """The definition cannot be used; the message names the file and, as a JSON pointer, the place in it."""


def read_bots(folder: Path) -> list[BotDefinition]:
    """Every bot found in the folder or its subfolders. Raises DefinitionError, also when there is none."""
    bots = [_read_bot(root) for root in sorted(_bot_folders(folder, depth=3))]
    if not bots:
        raise DefinitionError(f"{folder}: holds no bot (a folder with Bot.json or BotLocales)")
    seen: dict[str, str] = {}
    for bot in bots:
        if bot.identifier in seen:
            raise DefinitionError(f"{folder}: {seen[bot.identifier]} and {bot.name} share the id {bot.identifier}")
        seen[bot.identifier] = bot.name
    return bots


def _bot_folders(folder: Path, depth: int) -> Iterator[Path]:
    """Bots are known by what their folder holds: a rename leaves the folder's own name behind."""
    if (folder / "Bot.json").is_file() or (folder / "BotLocales").is_dir():
        yield folder
    elif depth and folder.is_dir():
        for child in folder.iterdir():
            if child.is_dir() and not child.name.startswith((".", "__")):
                yield from _bot_folders(child, depth - 1)


def _read_bot(root: Path) -> BotDefinition:
    file = root / "Bot.json"
    raw: dict[str, JsonValue] = _load(file) if file.is_file() else {"name": root.name}
    bot = _parse(BotDefinition, raw, file)
    locales = {}
    for folder in _subfolders(root / "BotLocales"):
        locale = _read_locale(folder)
        locales[locale.identifier] = locale
    if not locales:
        raise DefinitionError(f"{root}: the bot has no locale")
    return bot.model_copy(update={"identifier": _identifier(bot), "locales": locales})


def _identifier(bot: BotDefinition) -> str:
    if _IDENTIFIER.fullmatch(bot.identifier):
        return bot.identifier
    digest = hashlib.sha256(bot.name.encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])


def _read_locale(folder: Path) -> LocaleDefinition:
    file = folder / "BotLocale.json"
    locale = _parse(LocaleDefinition, _load(file) if file.is_file() else {}, file)
    types = {}
    for child in _subfolders(folder / "SlotTypes"):
        path = child / "SlotType.json"
        slot_type = _parse(SlotTypeDefinition, _load(path), path)
        types[slot_type.name] = slot_type
    intents = {}
    for child in _subfolders(folder / "Intents"):
        intent = _read_intent(child)
        intents[intent.name] = intent
    if not any(intent.fallback for intent in intents.values()):
        intents["FallbackIntent"] = IntentDefinition(name="FallbackIntent", parent_intent_signature=FALLBACK_SIGNATURE)
    identifier = locale.identifier or folder.name
    return locale.model_copy(update={"identifier": identifier, "intents": intents, "slot_types": types})


def _read_intent(folder: Path) -> IntentDefinition:
    file = folder / "Intent.json"
    intent = _parse(IntentDefinition, _load(file), file)
    slots = {}
    for child in _subfolders(folder / "Slots"):
        path = child / "Slot.json"
        slot = _parse(SlotDefinition, _load(path), path)
        slots[slot.name] = slot
    rank = {entry.slot_name: entry.priority for entry in intent.slot_priorities}
    for position, entry in enumerate(intent.slot_priorities):
        if entry.slot_name not in slots:
            raise DefinitionError(f"{file}: /slotPriorities/{position}/slotName: the intent has no such slot")
    ordered = dict(sorted(slots.items(), key=lambda item: rank.get(item[0], 101)))
    return intent.model_copy(update={"slots": ordered})


def _subfolders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(child for child in folder.iterdir() if child.is_dir() and not child.name.startswith((".", "__")))


def _load(file: Path) -> dict[str, JsonValue]:
    try:
        if file.stat().st_size > _FILE_LIMIT:
            raise DefinitionError(f"{file}: larger than {_FILE_LIMIT} bytes")
        document = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DefinitionError(f"{file}: cannot be read as JSON: {type(error).__name__}") from error
    if not isinstance(document, dict):
        raise DefinitionError(f"{file}: : must be an object")
    return document


def _parse(kind: type[E_], raw: dict[str, JsonValue], file: Path) -> E_:
    try:
        return kind.model_validate(_without_nulls(raw))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in first["loc"])
        raise DefinitionError(f"{file}: {pointer}: {first['msg']}") from error


def _without_nulls(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
