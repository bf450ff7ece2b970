"""Reads a FAQ file in any of Amazon Kendra's formats: basic CSV, CSV with a header, JSON.

Source: the Kendra developer guide, "Adding frequently asked questions (FAQs) to an index". Beyond it, the two fields
`topic` and `alternatives` are ours; to Kendra they are custom attributes. `groups` is short for `_acl_group_allow`.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from services.bot.faq.entries import AttributeValue, FaqEntry
from services.bot.faq.faults import Faults
from services.bot.faq.rows import Row, access_of, entries_of

ACCESS_COLUMNS = ("_acl_user_allow", "_acl_user_deny", "_acl_group_allow", "_acl_group_deny")
BETWEEN_ALTERNATIVES = "|"
_QUESTION, _ANSWER, _SOURCE = "_question", "_answer", "_source_uri"
_GROUPS = "groups"
_OWN = (_QUESTION, _ANSWER, _SOURCE, "_language_code", "_category", "topic", "alternatives", _GROUPS, *ACCESS_COLUMNS)
_ALIASES = {_GROUPS: "_acl_group_allow"}
_READERS = (_GROUPS, *ACCESS_COLUMNS)
_MAX_ROWS = 100_000
_MAX_COLUMNS = 100


def read_faq(content: bytes, *, language: str) -> tuple[list[FaqEntry], int, Faults]:
    """The entries, the number of rows, and what is wrong. `language` is that of rows that name none.

    The format is found out: JSON begins with a brace; a CSV file with a header names `_question` in its first row.
    """
    faults = Faults()
    rows = list(_rows(content, faults))
    if faults.errors and not rows:
        return [], 0, faults
    return entries_of(rows, language=language, faults=faults), len(rows), faults


def _rows(content: bytes, faults: Faults) -> Iterator[Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        faults.error(row, None, "The file is not in UTF-8.")
        return
    yield from _of_json(text, faults) if text.lstrip()[:1] in ("{", "[") else _of_csv(text, faults)


def _of_csv(text: str, faults: Faults) -> Iterator[Row]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    header: list[str] | None = None
    number = 0
    try:
        for number, cells in enumerate(lines, 1):
            if number == 1 and _QUESTION in (cell.strip() for cell in cells):
                header = [cell.strip() for cell in cells]
                if not _good_header(header, faults):
                    return
            elif number > _MAX_ROWS:
                faults.error(None, None, f"There are more than {_MAX_ROWS} rows.")
                return
            elif any(cell.strip() for cell in cells):
                row = _with_header(number, header, cells, faults) if header else _basic(number, cells, faults)
                if row:
                    yield row
    except csv.Error:
        faults.error(number + 1, None, "The row is not CSV by RFC 4180: look at its quotation marks.")


def _good_header(header: Sequence[str], faults: Faults) -> bool:
    before = len(faults.errors)
    for column in (_QUESTION, _ANSWER):
        if column not in header:
            faults.error(1, column, "The header has no such column.")
    if _GROUPS in header and _ALIASES[_GROUPS] in header:
        faults.error(1, _GROUPS, "It means the same as _acl_group_allow: only one of them may be there.")
    for column in {name for name in header if header.count(name) > 1}:
        faults.error(1, column or None, "The header has this column more than once.")
    if len(header) > _MAX_COLUMNS:
        faults.error(1, None, f"There are more than {_MAX_COLUMNS} columns.")
    if any(name.startswith("_acl_") and name not in ACCESS_COLUMNS for name in header):
        # A misspelt list of readers would make an entry public.
        faults.error(1, None, "The columns of access are " + ", ".join(ACCESS_COLUMNS) + ".")
    return len(faults.errors) == before


def _basic(number: int, cells: Sequence[str], faults: Faults) -> Row | None:
    if not 2 <= len(cells) <= 3:
        faults.error(number, None, f"It has {len(cells)} fields: a question, an answer and an optional source are due.")
        return None
    return Row(number, cells[0], cells[1], source=cells[2].strip() if len(cells) == 3 else None)


def _with_header(number: int, header: Sequence[str], cells: Sequence[str], faults: Faults) -> Row | None:
    if len(cells) != len(header):
        faults.error(number, None, f"It has {len(cells)} fields, the header has {len(header)}.")
        return None
    fields = dict(zip(header, cells, strict=True))
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    custom: dict[str, AttributeValue] = {name: value for name, value in given.items() if name and name not in _OWN}
    return Row(
        number,
        fields[_QUESTION],
        fields[_ANSWER],
        language=given.get("_language_code"),
        topic=given.get("topic"),
        source=given.get(_SOURCE),
        category=given.get("_category"),
        alternatives=_split(given.get("alternatives", "")),
        access=access_of({_ALIASES.get(name, name): given[name].split(",") for name in _READERS if name in given}),
        attributes=custom,
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(BETWEEN_ALTERNATIVES) if part.strip()]


def _of_json(text: str, faults: Faults) -> Iterator[Row]:
    try:
        document: JsonValue = json.loads(text)
    except (ValueError, RecursionError) as error:
        faults.error(getattr(error, "lineno", None), None, "This is not JSON.")
        return
    documents = document.get("FaqDocuments") if isinstance(document, dict) else None
    if not isinstance(document, dict) or document.get("SchemaVersion") != 1 or not isinstance(documents, list):
        faults.error(None, None, "An object with SchemaVersion 1 and a list FaqDocuments is due.")
        return
    if len(documents) > _MAX_ROWS:
        faults.error(None, None, f"There are more than {_MAX_ROWS} rows.")
        return
    for number, item in enumerate(documents, 1):
        if row := _json_row(number, item, faults):
            yield row


def _json_row(number: int, item: JsonValue, faults: Faults) -> Row | None:
    if not isinstance(item, dict):
        faults.error(number, None, "An object is due.")
        return None
    question, answer = item.get("Question"), item.get("Answer")
    if not isinstance(question, str) or not isinstance(answer, str):
        faults.error(number, "Question" if not isinstance(question, str) else "Answer", "A text is due.")
        return None
    attributes = _json_attributes(number, item.get("Attributes"), faults)
    row = Row(number, question, answer, access=access_of(_json_access(number, item.get("AccessControlList"), faults)))
    row.language, row.topic = _taken(attributes, "_language_code"), _taken(attributes, "topic")
    row.source, row.category = _taken(attributes, _SOURCE), _taken(attributes, "_category")
    ways = attributes.pop("alternatives", ())
    row.alternatives = _split(ways) if isinstance(ways, str) else list(ways) if isinstance(ways, tuple) else []
    row.attributes = attributes
    return row


def _taken(attributes: dict[str, AttributeValue], name: str) -> str | None:
    value = attributes.pop(name, None)
    return value.strip() or None if isinstance(value, str) else None


def _json_attributes(number: int, given: JsonValue, faults: Faults) -> dict[str, AttributeValue]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        faults.error(number, "Attributes", "An object is due.")
        return {}
    kept: dict[str, AttributeValue] = {}
    for name, value in given.items():
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            kept[name] = value
        elif isinstance(value, list) and all(isinstance(part, str) for part in value):
            kept[name] = tuple(str(part) for part in value)
        else:
            faults.error(number, name, "A text, a whole number or a list of texts is due.")
    return kept


def _json_access(number: int, given: JsonValue, faults: Faults) -> dict[str, list[str]]:
    if given is None:
        return {}
    lists: dict[str, list[str]] = {}
    for item in given if isinstance(given, list) else [None]:
        values = item if isinstance(item, dict) else {}
        name, kind, access = values.get("Name"), values.get("Type"), values.get("Access")
        if isinstance(name, str) and name.strip() and kind in ("USER", "GROUP") and access in ("ALLOW", "DENY"):
            lists.setdefault(f"_acl_{str(kind).lower()}_{str(access).lower()}", []).append(name)
        else:
            faults.error(number, "AccessControlList", "Name, Type (USER or GROUP) and Access (ALLOW or DENY) are due.")
    return lists
