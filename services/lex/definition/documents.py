"""The JSON documents of one source: an archive, a folder, or a single file. Everything in them is untrusted."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue

from services.lex.definition.faults import DefinitionError, reason

LARGEST_FILE = 8 * 1024 * 1024
LARGEST_TOTAL = 64 * 1024 * 1024
MOST_FILES = 20_000
_MOST_PARTS = 500_000
_MOST_PARTS_IN_ALL = 2_000_000
_LONGEST_TEXT = 100_000
_LONGEST_LIST = 100_000
_DEEPEST = 60
Document = dict[str, JsonValue]


class Source(Protocol):
    """Documents by their paths. `name` is what a bot is called that does not name itself."""

    @property
    def name(self) -> str: ...

    @property
    def paths(self) -> list[str]:
        """Relative paths with forward slashes, sorted."""

    def where(self, path: str) -> str:
        """The document as an error or a warning names it."""

    def load(self, path: str) -> Document:
        """The document, without nulls (which mean the same as absent). Raises DefinitionError."""


@dataclass
class Documents:
    """The raw files of a source; each is parsed when it is asked for, within bounds for one and for all together."""

    origin: str
    name: str
    raw: Mapping[str, bytes]
    _parts: int = field(default=0, init=False)

    @property
    def paths(self) -> list[str]:
        return sorted(self.raw)

    def where(self, path: str) -> str:
        return f"{self.origin}/{path}" if path else self.origin

    def load(self, path: str) -> Document:
        where = self.where(path)
        if path not in self.raw:
            raise DefinitionError(f"{where}: cannot be read as JSON: the file is missing")
        self._parts += _parts(self.raw[path])
        if self._parts > _MOST_PARTS_IN_ALL:
            raise DefinitionError(f"{where}: with this file, the source has more than {_MOST_PARTS_IN_ALL} parts")
        return parse(self.raw[path], where)


@dataclass(frozen=True)
class Written:
    """Documents made by a conversion: errors name the file that was converted."""

    origin: str
    name: str
    documents: Mapping[str, Document]

    @property
    def paths(self) -> list[str]:
        return sorted(self.documents)

    def where(self, path: str) -> str:
        return f"{self.origin} (as {path})"

    def load(self, path: str) -> Document:
        if path not in self.documents:
            raise DefinitionError(f"{self.where(path)}: is missing")
        return _object_without_nulls(self.documents[path])


def parse(raw: bytes, where: str) -> Document:
    """One JSON object. Raises DefinitionError for anything else, and for what no bot needs: texts, lists, depth or
    numbers out of all proportion, NUL, half characters.
    """
    if len(raw) > LARGEST_FILE:
        raise DefinitionError(f"{where}: larger than {LARGEST_FILE} bytes")
    if _parts(raw) > _MOST_PARTS:
        raise DefinitionError(f"{where}: has more than {_MOST_PARTS} parts")
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DefinitionError(f"{where}: cannot be read as JSON: {reason(error)}") from error
    if not isinstance(document, dict):
        raise DefinitionError(f"{where}: must be an object")
    for fault in _faults(document, _DEEPEST):
        raise DefinitionError(f"{where}: {fault}")
    return _object_without_nulls(document)


def _parts(raw: bytes) -> int:
    """At least the number of values; counted before parsing, which takes many times the memory."""
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _faults(value: JsonValue, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield from _text_faults(value)
    elif isinstance(value, float) and not math.isfinite(value):
        yield "a number is not finite"
    elif isinstance(value, dict | list):
        if not depth:
            yield f"nested deeper than {_DEEPEST}"
        elif len(value) > _LONGEST_LIST:
            yield f"a list is longer than {_LONGEST_LIST}"
        else:
            for key in value if isinstance(value, dict) else ():
                yield from _text_faults(key)
            for item in value.values() if isinstance(value, dict) else value:
                yield from _faults(item, depth - 1)


def _text_faults(text: str) -> Iterator[str]:
    if len(text) > _LONGEST_TEXT:
        yield f"a text is longer than {_LONGEST_TEXT}"
    elif "\0" in text:
        yield "a text holds NUL"
    elif not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        yield "a text holds half of a character"


def _object_without_nulls(document: Document) -> Document:
    return {name: _without_nulls(item) for name, item in document.items() if item is not None}


def _without_nulls(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _object_without_nulls(value)
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value
