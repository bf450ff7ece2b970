"""Writes the FAQ as a file: whole, to be read in again, or as Amazon Kendra wants it."""

import csv
import io
import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from services.bot.faq.entries import Access, AttributeValue, FaqEntry
from services.bot.faq.reading import ACCESS_COLUMNS, BETWEEN_ALTERNATIVES
from shared.schemas.faq import FaqFormat

MEDIA_TYPES: Mapping[FaqFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "kendra-csv": "text/csv; charset=utf-8",
    "kendra-json": "application/json",
}
_COLUMNS = ("_question", "_answer", "_source_uri", "_category", "_language_code")


def write_faq(entries: Sequence[FaqEntry], kind: FaqFormat) -> bytes:
    """The entries in a file that `read_faq` reads back.

    The two kinds for Kendra have a row for each way to ask, for it knows no alternatives, and none of the custom
    attributes, for those need fields of the same name in the index.
    """
    if kind in ("kendra-csv", "kendra-json"):
        entries = [variant for entry in entries for variant in _ways_to_ask(entry)]
    whole = kind in ("csv", "json")
    return _csv(entries, whole=whole) if kind in ("csv", "kendra-csv") else _json(entries, whole=whole)


def _ways_to_ask(entry: FaqEntry) -> list[FaqEntry]:
    return [
        FaqEntry(entry.topic, entry.language, question, entry.answer, entry.source, entry.category, access=entry.access)
        for question in (entry.question, *entry.alternatives)
    ]


def _csv(entries: Sequence[FaqEntry], *, whole: bool) -> bytes:
    custom = sorted({name for entry in entries for name in entry.attributes}) if whole else []
    held = [name for name in ACCESS_COLUMNS if any(_access(entry.access)[name] for entry in entries)]
    out = io.StringIO(newline="")
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow([*_COLUMNS, *held, *(("topic", "alternatives") if whole else ()), *custom])
    for entry in entries:
        access = _access(entry.access)
        cells = [entry.question, entry.answer, entry.source or "", entry.category or "", entry.language]
        cells += [",".join(access[name]) for name in held]
        if whole:
            cells += [entry.topic, f" {BETWEEN_ALTERNATIVES} ".join(entry.alternatives)]
        rows.writerow([*cells, *(_cell(entry.attributes.get(name, "")) for name in custom)])
    return out.getvalue().encode()


def _cell(value: AttributeValue) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _json(entries: Sequence[FaqEntry], *, whole: bool) -> bytes:
    documents: list[JsonValue] = [_document(entry, whole=whole) for entry in entries]
    return json.dumps({"SchemaVersion": 1, "FaqDocuments": documents}, ensure_ascii=False, indent=1).encode()


def _document(entry: FaqEntry, *, whole: bool) -> JsonValue:
    attributes: dict[str, JsonValue] = {"_language_code": entry.language}
    attributes |= {"_source_uri": entry.source} if entry.source else {}
    attributes |= {"_category": entry.category} if entry.category else {}
    if whole:
        attributes["topic"] = entry.topic
        attributes |= {"alternatives": list(entry.alternatives)} if entry.alternatives else {}
        attributes |= {
            name: list(value) if isinstance(value, tuple) else value for name, value in entry.attributes.items()
        }
    document: dict[str, JsonValue] = {"Question": entry.question, "Answer": entry.answer, "Attributes": attributes}
    readers: list[JsonValue] = [
        {"Name": name, "Type": column.split("_")[2].upper(), "Access": column.split("_")[3].upper()}
        for column, names in _access(entry.access).items()
        for name in names
    ]
    return document | ({"AccessControlList": readers} if readers else {})


def _access(access: Access) -> dict[str, tuple[str, ...]]:
    return dict(
        zip(
            ACCESS_COLUMNS,
            (access.allowed_users, access.denied_users, access.allowed_groups, access.denied_groups),
            strict=True,
        )
    )
