"""Reading the audit trail, and proving that it is as it was written."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from services.accounts import store
from services.accounts.audit import CHAINS, START, AuditTrail, row_hash
from services.accounts.clock import Clock
from services.accounts.cursors import cursor_of, moment_in, number_in, parts_of
from services.accounts.store import AuditHead, AuditLine, AuditPosition
from shared.db import Database
from shared.errors import InvalidRequest
from shared.schemas.base import Page
from shared.schemas.identity import AuditBreak, AuditProof, AuditRecord

_STRETCH = 500
_ANCHOR = re.compile("-".join([r"(?:0|[1-9][0-9]{0,17}[a-p]{16})"] * CHAINS))
_ANCHORED_LETTERS = 16


@dataclass(frozen=True, slots=True)
class _Walked:
    """How far a chain is whole: its rows up to `seq`, the last of which has `hash`; what is wrong after that."""

    seq: int
    hash: str
    broken: AuditBreak | None = None


class AuditReading:
    def __init__(self, database: Database, trail: AuditTrail, clock: Clock) -> None:
        self._database = database
        self._trail = trail
        self._clock = clock

    async def page(self, *, customer_id: str | None, cursor: str | None, limit: int) -> Page[AuditRecord]:
        """Newest first, over all chains. Raises InvalidRequest for a cursor that is none of ours."""
        before = _position(cursor) if cursor is not None else None

        def work(connection: Connection) -> list[AuditLine]:
            return store.audit_page(connection, customer_id=customer_id, before=before, limit=limit + 1)

        rows = await self._database.read(lambda session: work(session.connection()))
        shown = rows[:limit]
        more = _cursor(shown[-1]) if len(rows) > limit else None
        return Page(items=[_record(row) for row in shown], next_cursor=more)

    async def prove(self, anchor: str | None = None) -> AuditProof:
        """Walks every chain and names the first row of each that is not as it was written.

        With an anchor of an earlier proof it also shows whether what was there then is there still. Raises
        InvalidRequest for a text that is no anchor.
        """
        anchored = _anchored(anchor) if anchor is not None else []
        async with self._database.reading() as session:
            if not self._database.sqlite:  # one moment for all the queries, as SQLite has it anyway
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            heads = await session.run_sync(lambda blocking: store.audit_heads(blocking.connection()))
            with_rows = await session.run_sync(lambda blocking: store.audit_chains(blocking.connection()))
            by_chain = {head.chain: head for head in heads}
            chains = sorted({*range(CHAINS), *by_chain, *with_rows}) if heads or with_rows else []
            walks = {chain: await self._walk(session, chain, by_chain.get(chain)) for chain in chains}
            lost = [await _compare(session, *each) for each in anchored]
        breaks = {item.chain: item for item in lost if item} | {
            chain: walk.broken for chain, walk in walks.items() if walk.broken
        }
        return AuditProof(
            whole=not breaks,
            rows=sum(walk.seq for walk in walks.values()),
            broken=[breaks[chain] for chain in sorted(breaks)],
            anchor=_anchor(walks),
            checked_at=self._clock(),
        )

    async def _walk(self, session: AsyncSession, chain: int, head: AuditHead | None) -> _Walked:
        """From the first row to where the chain breaks or ends, holding a stretch of it at a time."""
        walked = _Walked(0, START)
        while rows := await session.run_sync(_stretch, chain, walked.seq):
            for row in rows:
                walked = _step(walked, row)
                if walked.broken:
                    return walked
        return replace(walked, broken=self._end(walked, chain, head))

    def _end(self, walked: _Walked, chain: int, head: AuditHead | None) -> AuditBreak | None:
        if head is None or not self._trail.is_sealed(head):
            return AuditBreak(chain=chain, seq=walked.seq, problem="unsealed")
        if head.seq > walked.seq:
            return AuditBreak(chain=chain, seq=walked.seq + 1, problem="missing")
        if head.seq < walked.seq:
            return AuditBreak(chain=chain, seq=head.seq + 1, problem="beyond_the_end")
        return None if head.hash == walked.hash else AuditBreak(chain=chain, seq=walked.seq, problem="changed")


def _stretch(blocking: Session, chain: int, after: int) -> list[AuditLine]:
    return store.audit_stretch(blocking.connection(), chain, after=after, limit=_STRETCH)


def _step(walked: _Walked, row: AuditLine) -> _Walked:
    if row.seq != walked.seq + 1:
        return replace(walked, broken=AuditBreak(chain=row.chain, seq=walked.seq + 1, problem="missing"))
    if row_hash(row, walked.hash) != row.hash:
        return replace(walked, broken=AuditBreak(chain=row.chain, seq=row.seq, problem="changed"))
    return _Walked(row.seq, row.hash)


def _anchor(walks: Mapping[int, _Walked]) -> str:
    """For each chain the number of its last row and the beginning of its hash; 0 for one without rows."""
    ends = [walks.get(chain, _Walked(0, START)) for chain in range(CHAINS)]
    return "-".join(f"{end.seq}{end.hash[:_ANCHORED_LETTERS]}" if end.seq else "0" for end in ends)


def _anchored(anchor: str) -> list[tuple[int, int, str]]:
    """Chain, number and beginning of the hash of each row that the anchor speaks of."""
    if not _ANCHOR.fullmatch(anchor):
        raise InvalidRequest("This is no anchor of the audit trail.")
    ends = [(chain, end) for chain, end in enumerate(anchor.split("-")) if end != "0"]
    return [(chain, int(end[:-_ANCHORED_LETTERS]), end[-_ANCHORED_LETTERS:]) for chain, end in ends]


async def _compare(session: AsyncSession, chain: int, seq: int, letters: str) -> AuditBreak | None:
    found = await session.run_sync(lambda blocking: store.audit_hash(blocking.connection(), chain, seq))
    if found is not None and found.startswith(letters):
        return None
    return AuditBreak(chain=chain, seq=seq, problem="not_as_anchored")


def _position(cursor: str) -> AuditPosition:
    at, chain, seq = parts_of(cursor, 3)
    return AuditPosition(moment_in(at), number_in(chain, below=2**31), number_in(seq, below=2**63))


def _cursor(row: AuditLine) -> str:
    return cursor_of(row.at.isoformat(), str(row.chain), str(row.seq))


def _record(row: AuditLine) -> AuditRecord:
    return AuditRecord(
        audit_id=f"{row.chain}.{row.seq}",
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        customer_id=row.customer_id,
        channel=row.channel,
        request_id=row.request_id,
        details=json.loads(row.details),
    )
