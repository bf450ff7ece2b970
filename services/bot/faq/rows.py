"""Rows of a FAQ file, whatever its format, and the entries that they make."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.bot.faq.entries import (
    MAX_ALTERNATIVES,
    MAX_ANSWER,
    MAX_ENTRIES,
    MAX_QUESTION,
    Access,
    AttributeValue,
    FaqEntry,
    language_of,
    topic_of,
)
from services.bot.faq.faults import Faults

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_SOURCE = re.compile(r"(https?|ftp|file)://[^\s]+")
_TOPIC = re.compile(r"[^\s/][^/\x00-\x1f]{0,99}")
_ATTRIBUTE = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,199}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_RESERVED = frozenset({"_faq_id", "_data_source_id", "_document_title", "_file_type"})
MAX_SOURCE = 2048


@dataclass(slots=True)
class Row:
    """One row as it was read. `number` counts from 1; `columns` are the file's own names of the fields."""

    number: int
    question: str
    answer: str
    language: str | None = None
    topic: str | None = None
    source: str | None = None
    category: str | None = None
    alternatives: list[str] = field(default_factory=list)
    access: Access = field(default_factory=Access)
    attributes: dict[str, AttributeValue] = field(default_factory=dict)


def entries_of(rows: Iterable[Row], *, language: str, faults: Faults) -> list[FaqEntry]:
    """The entries, in the order of the file. What is wrong goes to `faults`; the entries are good only without errors.

    Rows of one language with the same answer, source and readers are one entry asked in several ways, as Kendra's own
    files have them: the first is its question, the others are alternatives.
    """
    by_answer: dict[object, tuple[Row, FaqEntry]] = {}
    topics: dict[tuple[str, str], int] = {}
    questions: dict[object, int] = {}
    for row in rows:
        entry = _entry(row, language, faults)
        asked = (entry.language, entry.question.casefold(), entry.access)
        if entry.question and asked in questions:
            faults.error(row.number, "question", f"The same question is in row {questions[asked]}.")
        questions.setdefault(asked, row.number)
        same = (entry.language, entry.answer, entry.source, entry.access, row.topic)
        if entry.answer and same in by_answer:
            first, merged = by_answer[same]
            by_answer[same] = first, _joined(merged, entry)
            faults.warning(row.number, None, f"Taken as another way to ask row {first.number}: the answer is the same.")
            continue
        if entry.key in topics:
            faults.error(row.number, "topic", f"The topic is that of row {topics[entry.key]} in the same language.")
        topics.setdefault(entry.key, row.number)
        by_answer[same if entry.answer else (row.number,)] = row, entry
    if len(by_answer) > MAX_ENTRIES:
        faults.error(None, None, f"There are more than {MAX_ENTRIES} entries.")
    if not by_answer:
        faults.error(None, None, "There are no entries.")
    return [entry for _, entry in by_answer.values()]


def _joined(entry: FaqEntry, other: FaqEntry) -> FaqEntry:
    alternatives = dict.fromkeys((*entry.alternatives, other.question, *other.alternatives))
    return FaqEntry(
        topic=entry.topic,
        language=entry.language,
        question=entry.question,
        answer=entry.answer,
        source=entry.source,
        category=entry.category,
        alternatives=tuple(alternatives),
        access=entry.access,
        attributes=entry.attributes,
    )


def _entry(row: Row, language: str, faults: Faults) -> FaqEntry:
    question = _text(row, "question", row.question, MAX_QUESTION, faults)
    answer = _text(row, "answer", row.answer, MAX_ANSWER, faults)
    alternatives = [_text(row, "alternatives", text, MAX_QUESTION, faults) for text in dict.fromkeys(row.alternatives)]
    if len(alternatives) > MAX_ALTERNATIVES:
        faults.error(row.number, "alternatives", f"There are more than {MAX_ALTERNATIVES}.")
    if row.language and not _LANGUAGE.fullmatch(row.language):
        faults.error(row.number, "_language_code", "This is not a language code.")
    if row.source and (not _SOURCE.fullmatch(row.source) or len(row.source) > MAX_SOURCE):
        faults.error(row.number, "_source_uri", "This is not an address that begins with http, https, ftp or file.")
    if row.topic and not _TOPIC.fullmatch(row.topic):
        faults.error(row.number, "topic", "A topic is at most 100 characters, without a slash.")
    _check_access(row, faults)
    _check_attributes(row, faults)
    return FaqEntry(
        topic=row.topic or topic_of(question) or f"row-{row.number}",
        language=language_of(row.language or language),
        question=question,
        answer=answer,
        source=row.source or None,
        category=row.category or None,
        alternatives=tuple(text for text in alternatives if text and text.casefold() != question.casefold()),
        access=row.access,
        attributes=row.attributes,
    )


def _text(row: Row, column: str, text: str, most: int, faults: Faults) -> str:
    stripped = text.strip()
    if not stripped:
        faults.error(row.number, column, "It is empty.")
    elif len(stripped) > most:
        faults.error(row.number, column, f"It is longer than {most} characters.")
    elif _CONTROL.search(stripped):
        faults.error(row.number, column, "It has control characters in it.")
    elif column == "alternatives" and "|" in stripped:
        faults.error(row.number, column, "A vertical bar separates the ways to ask: it cannot be in one of them.")
    elif column != "answer" and not any(letter.isalpha() for letter in stripped):
        faults.error(row.number, column, "There is no word in it.")
    return stripped


def _check_access(row: Row, faults: Faults) -> None:
    access = row.access
    both = {*access.allowed_groups} & {*access.denied_groups} or {*access.allowed_users} & {*access.denied_users}
    if both:
        faults.error(row.number, None, "A user or group is allowed and denied at once.")
    names = (*access.allowed_groups, *access.allowed_users, *access.denied_groups, *access.denied_users)
    if any(len(name) > 200 or _CONTROL.search(name) for name in names):
        faults.error(row.number, None, "A name of a user or group is longer than 200 characters, or not plain text.")


def _check_attributes(row: Row, faults: Faults) -> None:
    for name, value in row.attributes.items():
        if name in _RESERVED:
            faults.error(row.number, name, "Amazon Kendra does not allow this field in a FAQ.")
        elif not _ATTRIBUTE.fullmatch(name):
            faults.error(row.number, None, "A field's name has characters other than letters, digits, _ and -.")
        elif isinstance(value, str) and len(value) > MAX_SOURCE:
            faults.error(row.number, name, f"It is longer than {MAX_SOURCE} characters.")


def access_of(lists: Mapping[str, Iterable[str]]) -> Access:
    """Who may read, out of the four lists in Kendra's names of them (`_acl_group_allow` …)."""
    named = {
        name: tuple(dict.fromkeys(filter(None, (item.strip() for item in items)))) for name, items in lists.items()
    }
    return Access(
        allowed_groups=named.get("_acl_group_allow", ()),
        allowed_users=named.get("_acl_user_allow", ()),
        denied_groups=named.get("_acl_group_deny", ()),
        denied_users=named.get("_acl_user_deny", ()),
    )
