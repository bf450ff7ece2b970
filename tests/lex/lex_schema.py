"""Whether the documents of an export are what Amazon Lex imports, by Amazon's own model of the build-time API.

An export spells the structures of CreateBot, CreateBotLocale, CreateIntent, CreateSlot and CreateSlotType, and tells
things by name where the API has ids (Lex V2 guide, "Importing and exporting bots"; public exports).
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape
from pydantic import JsonValue

Document = Mapping[str, JsonValue]
_SPELLED = {"messageGroupsList": "messageGroups", "buttonsList": "buttons", "isActive": "active"}
_VALUES = {
    "TOP_RESOLUTION": "TopResolution",
    "ORIGINAL_VALUE": "OriginalValue",
    "CONCATENATION": "Concatenation",
}
_TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
}
_ANY_ID, _ANY_ROLE = "ABCDEFGHIJ", "arn:aws:iam::111122223333:role/lex"
_PLACE = {"botId": _ANY_ID, "botVersion": "DRAFT", "localeId": "en_US"}
_OPERATIONS: dict[str, tuple[str, dict[str, str], dict[str, JsonValue], set[str]]] = {
    # operation, its names for keys of the file, what the file has no key for, keys that the operation does not have
    "Bot.json": ("CreateBot", {"name": "botName"}, {"roleArn": _ANY_ROLE}, {"identifier", "version"}),
    "BotLocale.json": (
        "CreateBotLocale",
        {"identifier": "localeId", "nluConfidenceThreshold": "nluIntentConfidenceThreshold"},
        {"botId": _ANY_ID, "botVersion": "DRAFT"},
        {"name", "version"},
    ),
    "Intent.json": ("CreateIntent", {"name": "intentName"}, _PLACE, {"identifier", "slotPriorities"}),
    "Slot.json": (
        "CreateSlot",
        {"name": "slotName", "slotTypeName": "slotTypeId"},
        _PLACE | {"intentId": _ANY_ID},
        {"identifier"},
    ),
    "SlotType.json": ("CreateSlotType", {"name": "slotTypeName"}, _PLACE, {"identifier"}),
}
_LAYOUT = re.compile(
    r"Manifest\.json|[^/]+/(?:Bot\.json|BotLocales/[A-Za-z]{2,3}_[A-Z0-9]{2,3}/(?:BotLocale\.json"
    r"|CustomVocabulary/CustomVocabulary\.json|SlotTypes/[^/]+/SlotType\.json"
    r"|Intents/[^/]+/(?:Intent\.json|Slots/[^/]+/Slot\.json)))"
)


def faults(documents: Mapping[str, Document]) -> list[str]:
    """What of an export Amazon Lex would not take, each with file and place; empty for one that it takes."""
    found = [f"{path}: not in the layout" for path in documents if not _LAYOUT.fullmatch(path)]
    found += _manifest(documents)
    for path, document in documents.items():
        leaf = path.rpartition("/")[2]
        if leaf in _OPERATIONS:
            found += [f"{path}{fault}" for fault in _document(leaf, document)]
        if leaf == "Intent.json":
            found += [f"{path}{fault}" for fault in _priorities(path, document, documents)]
    return found


def _manifest(documents: Mapping[str, Document]) -> Iterator[str]:
    heads = [path for path in documents if path.endswith("/Bot.json")]
    kind = "BOT" if heads else "BOT_LOCALE"
    expected = {"metaData": {"schemaVersion": "1", "fileFormat": "LexJson", "resourceType": kind}}
    if documents.get("Manifest.json") != expected:
        yield f"Manifest.json: is not that of a {kind}"
    locales = [path for path in documents if path.endswith("/BotLocale.json")]
    if len(heads) > 1 or not locales or (not heads and len(locales) != 1):
        yield f"holds {len(heads)} bots and {len(locales)} locales"


def _priorities(path: str, document: Document, documents: Mapping[str, Document]) -> Iterator[str]:
    """Every slot has its priority, by its name."""
    folder = path.removesuffix("Intent.json") + "Slots/"
    slots = {other["name"] for at, other in documents.items() if at.startswith(folder)}
    listed = document.get("slotPriorities")
    if not isinstance(listed, list) or any(entry.keys() != {"slotName", "priority"} for entry in listed):
        yield "/slotPriorities: is no list of names and priorities"
    elif {entry["slotName"] for entry in listed} != slots:
        yield "/slotPriorities: does not name each slot"


def _document(leaf: str, document: Document) -> Iterator[str]:
    operation, names, given, elsewhere = _OPERATIONS[leaf]
    wanted = {"name", "identifier"} - document.keys()
    yield from (f"/{key}: is missing" for key in sorted(wanted))
    content = {names.get(key, key): _present(value) for key, value in document.items() if key not in elsewhere}
    there = {key: value for key, value in content.items() if value is not None}
    yield from _shaped(there | given, _model().operation_model(operation).input_shape, "")


def _present(value: JsonValue) -> JsonValue:
    """Without keys whose value is null, which in an export means that there is none."""
    if isinstance(value, dict):
        return {key: _present(entry) for key, entry in value.items() if entry is not None}
    return [_present(entry) for entry in value] if isinstance(value, list) else value


def _shaped(value: JsonValue, shape: Shape, place: str) -> Iterator[str]:
    if not isinstance(value, _TYPES[shape.type_name]) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield f"{place}: is no {shape.type_name}"
    elif isinstance(shape, StructureShape):
        yield from _structured(value, shape, place)
    elif isinstance(shape, ListShape):
        yield from _sized(len(value), shape, place)
        for number, entry in enumerate(value):
            yield from _shaped(entry, shape.member, f"{place}/{number}")
    elif isinstance(shape, MapShape):
        for key, entry in value.items():
            yield from _shaped(entry, shape.value, f"{place}/{key}")
    elif isinstance(shape, StringShape):
        yield from _sized(len(value), shape, place)
        if shape.enum and _VALUES.get(value, value) not in shape.enum:
            yield f"{place}: {value!r} is none of {shape.enum}"
    else:
        yield from _sized(value, shape, place)


def _structured(value: dict[str, JsonValue], shape: StructureShape, place: str) -> Iterator[str]:
    spelled = {_spelling(key, shape): entry for key, entry in value.items()}
    for key, entry in spelled.items():
        if key in shape.members:
            yield from _shaped(entry, shape.members[key], f"{place}/{key}")
        else:
            yield f"{place}/{key}: Amazon Lex has no such key"
    yield from (f"{place}/{key}: is missing" for key in shape.required_members if key not in spelled)


def _spelling(key: str, shape: StructureShape) -> str:
    if key == "slotTypeName" and "slotTypeId" in shape.members:
        return "slotTypeId"
    return _SPELLED.get(key, key)


def _sized(size: float, shape: Shape, place: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        yield f"{place}: {size} is not from {least} to {most}"


@cache
def _model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("lexv2-models")
