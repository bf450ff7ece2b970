"""Reads test sets: those of the Lex Test Workbench, and plain lists of utterances with their intents.

Format: Lex V2 guide, "Evaluating bot performance with the Test Workbench": `Line #`, `Conversation #`, `Source`
(User or Agent), `Input`, `Expected Output Intent`, `Expected Output Slot 1` and so on, a slot as `Name = value`.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LARGEST = 16 * 1024 * 1024
_LONGEST_TEXT = 1024
_UTTERANCE_NAMES = ("utterance", "text", "input", "query", "sample", "sentence")
_INTENT_NAMES = ("intent", "label", "expectedintent", "expectedoutputintent", "intentname", "category")


class TestSetError(Exception):
    """The set cannot be used; the message names the file and the line."""

    __test__ = False


@dataclass(frozen=True, slots=True)
class Case:
    """One utterance of the customer and what the bot should make of it. Without a conversation it stands alone."""

    line: int
    text: str
    intent: str
    conversation: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)


def read_set(file: Path, intents: Mapping[str, Collection[str]]) -> list[Case]:
    """The cases in the file. `intents` are those of the bot, with their slots. Raises TestSetError."""
    rows = list(_rows(file))
    if not rows:
        raise TestSetError(f"{file}: holds no utterance")
    columns = {_plain(cell): position for position, cell in enumerate(rows[0][1])}
    if "expectedoutputintent" in columns and "input" in columns:
        cases = [case for line, row in rows[1:] if (case := _workbench_case(file, line, row, columns))]
    else:
        cases = list(_listed_cases(file, rows, columns))
    if not cases:
        raise TestSetError(f"{file}: holds no utterance of a user")
    for case in cases:
        _check(file, case, intents)
    return cases


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with the line each begins in."""
    try:
        if file.stat().st_size > _LARGEST:
            raise TestSetError(f"{file}: larger than {_LARGEST} bytes")
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TestSetError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TestSetError(f"{file}: line {line}: is not UTF-8") from error
    first = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter="\t" if "\t" in first else ",", strict=True)
    line = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise TestSetError(f"{file}: line {line}: {error}") from error


def _workbench_case(file: Path, line: int, row: list[str], columns: Mapping[str, int]) -> Case | None:
    """None for a line of the agent: what the bot says is not compared."""

    def cell(name: str) -> str:
        position = columns.get(name)
        return row[position] if position is not None and position < len(row) else ""

    source = cell("source").casefold() or "user"
    if source not in ("user", "agent"):
        raise TestSetError(f"{file}: line {line}: Source is {source!r}, not User or Agent")
    if source == "agent":
        return None
    cells = [cell(name) for name in columns if name.startswith("expectedoutputslot")]
    slots = dict(_slot(file, line, text) for text in cells if text)
    conversation = cell("conversation")
    return Case(line, cell("input"), cell("expectedoutputintent"), "" if conversation == "N/A" else conversation, slots)


def _slot(file: Path, line: int, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise TestSetError(f"{file}: line {line}: {text!r} is not of the form Name = value")
    return name.strip(), value.strip().strip('"')


def _listed_cases(file: Path, rows: list[tuple[int, list[str]]], columns: Mapping[str, int]) -> Iterator[Case]:
    """Two columns, the utterance first unless a header says otherwise."""
    utterance = next((columns[name] for name in _UTTERANCE_NAMES if name in columns), None)
    intent = next((columns[name] for name in _INTENT_NAMES if name in columns), None)
    headed = utterance is not None and intent is not None
    text_at, intent_at = (utterance, intent) if utterance is not None and intent is not None else (0, 1)
    for line, row in rows[1:] if headed else rows:
        if len(row) <= max(text_at, intent_at):
            raise TestSetError(f"{file}: line {line}: an utterance and an intent are needed")
        yield Case(line, row[text_at], row[intent_at])


def _check(file: Path, case: Case, intents: Mapping[str, Collection[str]]) -> None:
    where = f"{file}: line {case.line}:"
    if not case.text or len(case.text) > _LONGEST_TEXT:
        raise TestSetError(f"{where} an utterance has 1 to {_LONGEST_TEXT} characters")
    if not case.intent:
        raise TestSetError(f"{where} no intent is expected")
    if case.intent not in intents:
        raise TestSetError(f"{where} the bot has no intent {case.intent!r}")
    for name in case.slots:
        if name not in intents[case.intent] and name.partition(".")[0] not in intents[case.intent]:
            raise TestSetError(f"{where} the intent {case.intent} has no slot {name!r}")


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.casefold())
