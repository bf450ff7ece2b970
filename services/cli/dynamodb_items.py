"""Items of DynamoDB tables as plain values, from every form in which they are exported.

Typed values are `{"S": "text"}`, `{"N": "1.5"}`, `{"BOOL": true}`, `{"NULL": true}`, `{"M": {…}}`, `{"L": […]}` and the
sets (DynamoDB Developer Guide, "Data type descriptors"). Numbers become Decimal: exact, as DynamoDB keeps them.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeAlias

Plain: TypeAlias = str | bool | Decimal | list["Plain"] | dict[str, "Plain"] | None
Item = dict[str, Plain]
SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz")
_TYPES = frozenset({"S", "N", "BOOL", "NULL", "M", "L", "B", "BS", "SS", "NS"})


class NotItems(Exception):
    """A file that holds no table items; the sentence says what is wrong with it."""


def items_in(path: Path) -> list[Item]:
    """The items of one exported file.

    Read are: the answer of `aws dynamodb scan`, an export to S3 (`{"Item": …}` lines, gzipped or not), a
    `batch-write-item` request, a JSON array, and one JSON object a line. Raises NotItems and OSError.
    """
    content = path.read_bytes()
    try:
        text = (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode("utf-8-sig")
        return [plain_item(item) for item in _found(_parsed(text))]
    except UnicodeDecodeError as error:
        raise NotItems("is not text in UTF-8") from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise NotItems("is a damaged gzip file") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise NotItems("is not valid JSON") from error
    except (ValueError, InvalidOperation) as error:
        raise NotItems("holds something that is no table item") from error


def plain_item(item: object) -> Item:
    """The item with plain values; typed or plain already. Raises ValueError for anything else."""
    if not isinstance(item, Mapping) or not item:
        raise ValueError("an item is an object with attributes")
    if all(_is_typed(value) for value in item.values()):
        return {str(name): _untyped(value) for name, value in item.items()}
    return {str(name): _plain(value) for name, value in item.items()}


def _parsed(text: str) -> object:
    """One JSON document, or a list of one from each line."""
    try:
        return _loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [_loads(line) for line in lines]


def _loads(text: str) -> object:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number)


def _no_number(name: str) -> Decimal:
    raise ValueError(f"{name} is not JSON")


def _found(document: object) -> Iterator[object]:
    if isinstance(document, list):
        for entry in document:
            yield from _found(entry)
        return
    if not isinstance(document, dict):
        raise ValueError("neither an object nor an array")
    if isinstance(items := document.get("Items"), list):
        yield from items
    elif set(document) == {"Item"}:
        yield document["Item"]
    elif len(document) == 1 and isinstance(requests := next(iter(document.values())), list) and _are_puts(requests):
        for request in requests:
            yield request["PutRequest"]["Item"]
    else:
        yield document


def _are_puts(requests: list[object]) -> bool:
    return all(
        isinstance(request, dict) and isinstance(put := request.get("PutRequest"), dict) and "Item" in put
        for request in requests
    )


def _is_typed(value: object) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _TYPES


def _untyped(value: object) -> Plain:
    if not _is_typed(value) or not isinstance(value, Mapping):
        raise ValueError("a value without its type")
    [(kind, content)] = value.items()
    match kind, content:
        case "M", Mapping():
            return {str(name): _untyped(inner) for name, inner in content.items()}
        case "L", list():
            return [_untyped(inner) for inner in content]
        case (("SS" | "NS" | "BS"), list()):
            return [str(inner) for inner in content]
        case _:
            return _scalar(kind, content)


def _scalar(kind: str, content: object) -> Plain:
    match kind, content:
        case "N", _:
            return Decimal(str(content))
        case "NULL", _:
            return None
        case "BOOL", bool():
            return content
        case _:
            return str(content)


def _plain(value: object) -> Plain:
    match value:
        case None | bool() | str() | Decimal():
            return value
        case int() | float():
            return Decimal(str(value))
        case list():
            return [_plain(inner) for inner in value]
        case Mapping():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case _:
            raise ValueError("a value of no JSON type")
