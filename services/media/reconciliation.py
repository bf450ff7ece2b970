"""Expected calls against the ledger: which never came, which failed, which nobody expected."""

import csv
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from services.media.store import LedgerRow, finding
from services.media.store.finding import Wanted
from shared.db import Database
from shared.errors import InvalidRequest, PayloadTooLarge
from shared.schemas.ledger import Fate, MissingCall, Reconciliation

MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 200_000
SHOWN = 1000
_LINE_BYTES = 10_000
_ID_LETTERS = 200
_AT_ONCE = 500
_COLUMNS = ("call_id", "callid", "call id", "id", "guid", "contact_id", "contactid", "name", "file")
_BETTER: tuple[Fate, ...] = ("done", "duplicate", "running", "waiting", "failed", "rejected", "cancelled", "erased")


@dataclass
class _Found:
    counts: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    failed: list[MissingCall] = field(default_factory=list)
    open: list[MissingCall] = field(default_factory=list)
    unexpected: list[MissingCall] = field(default_factory=list)
    bad_rows: list[str] = field(default_factory=list)

    def count(self, what: str) -> int:
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what]


class Reconciliations:
    """A call is known by the name of its file: whole, or without its ending, as the id or with the id as a part of it
    between characters that are no letters or digits (`2026-03-01_GUID_4711_AGENT_9.wav` is the call 4711)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def compare(
        self, chunks: AsyncIterator[bytes], *, seen_from: datetime | None = None, seen_to: datetime | None = None
    ) -> Reconciliation:
        """`chunks` are a CSV in UTF-8 whose first column, or the one called `call_id`, has an id in each row.

        Without a time, only what is missing or failed is told; with one, also what came in then and is not expected.
        Raises InvalidRequest for what is no such list, and PayloadTooLarge.
        """
        found = _Found()
        expected = await _expected(chunks, found)
        best = await self._best(expected, found, seen_from, seen_to)
        for call_id in expected:
            self._tell(call_id, best.get(call_id), found)
        return Reconciliation(
            expected=len(expected),
            done=found.counts.get("done", 0),
            counts=found.counts,
            missing=found.missing,
            failed=found.failed,
            open=found.open,
            unexpected=found.unexpected,
            bad_rows=found.bad_rows,
        )

    async def _best(
        self, expected: dict[str, None], found: _Found, seen_from: datetime | None, seen_to: datetime | None
    ) -> dict[str, tuple[Fate, str, str | None]]:
        """Of each expected call that the ledger has, the entry that came furthest: its fate, id and reason.

        The whole ledger is read, page by page: a call that was expected in March may have come in February.
        """
        best: dict[str, tuple[Fate, str, str | None]] = {}
        before: int | None = None
        while True:
            async with self._database.reading() as session:
                rows = await finding.page(session, Wanted(), before=before, limit=_AT_ONCE)
            if not rows:
                return best
            before = rows[-1].position
            for row in rows:
                ids = [one for one in ids_in(row.name) if one in expected]
                if not ids and _is_within(row, seen_from, seen_to) and found.count("unexpected") <= SHOWN:
                    found.unexpected.append(_call(row.name, row.entry().fate, row.entry_id, row.reason))
                for call_id in ids:
                    told = row.entry().fate, row.entry_id, row.reason
                    if call_id not in best or _BETTER.index(told[0]) < _BETTER.index(best[call_id][0]):
                        best[call_id] = told

    @staticmethod
    def _tell(call_id: str, entry: tuple[Fate, str, str | None] | None, found: _Found) -> None:
        if entry is None:
            if found.count("missing") <= SHOWN:
                found.missing.append(call_id)
            return
        match entry[0]:
            case "done" | "duplicate":
                found.count("done")
            case "waiting" | "running":
                if found.count("open") <= SHOWN:
                    found.open.append(_call(call_id, *entry))
            case _:
                if found.count("failed") <= SHOWN:
                    found.failed.append(_call(call_id, *entry))


def ids_in(name: str) -> set[str]:
    """What the call of a file with this name may be called."""
    stem = name.rsplit(".", 1)[0] if "." in name else name
    return {name, stem, *re.split(r"[^0-9A-Za-z-]+", stem), *re.split(r"[^0-9A-Za-z]+", stem)} - {""}


async def _expected(chunks: AsyncIterator[bytes], found: _Found) -> dict[str, None]:
    """The ids, each once, in their order; the list is read as it comes in."""
    expected: dict[str, None] = {}
    column = 0
    number = 0
    async for line in _lines(chunks):
        number += 1
        cells = _cells(line)
        if number == 1 and cells and (named := _column(cells)) is not None:
            column = named
            continue
        if cells is None or len(cells) <= column:
            _bad(found, number, "this is no row of a CSV in UTF-8" if cells is None else "it has too few columns")
            continue
        call_id = cells[column].strip()
        if not call_id and not any(cell.strip() for cell in cells):
            continue
        if not call_id:
            _bad(found, number, "the id is empty")
        elif len(call_id) > _ID_LETTERS or not call_id.isprintable():
            _bad(found, number, "this is no id of a call")
        elif call_id in expected:
            _bad(found, number, "the id is there already")
        elif len(expected) >= MAX_ROWS:
            raise PayloadTooLarge(f"A list may have at most {MAX_ROWS} calls.")
        else:
            expected[call_id] = None
    if not expected:
        raise InvalidRequest("The list names no call.")
    return expected


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines as they come in. A list has no line breaks within a cell."""
    rest, size = b"", 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            raise PayloadTooLarge(f"A list may have at most {MAX_BYTES} bytes.")
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > _LINE_BYTES:
            raise InvalidRequest("A row of the list is too long.")
    if rest:
        yield rest


def _cells(line: bytes) -> list[str] | None:
    try:
        text = line.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\r").decode()
        return next(csv.reader([text], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None


def _column(cells: list[str]) -> int | None:
    """Which column has the ids, when this row is a heading."""
    names = [cell.strip().lower() for cell in cells]
    return next((names.index(name) for name in _COLUMNS if name in names), None)


def _bad(found: _Found, number: int, why: str) -> None:
    if found.count("bad_rows") <= SHOWN:
        found.bad_rows.append(f"Row {number}: {why}.")


def _is_within(row: LedgerRow, seen_from: datetime | None, seen_to: datetime | None) -> bool:
    if seen_from is None and seen_to is None:
        return False
    return (seen_from is None or row.seen_at >= seen_from) and (seen_to is None or row.seen_at < seen_to)


def _call(call_id: str, fate: Fate, entry_id: str, reason: str | None) -> MissingCall:
    return MissingCall(call_id=call_id, fate=fate, entry_id=entry_id, reason=reason)
