"""How an entry goes on its way: its steps with their times, and its last fate."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.media.store.inserting import inserting
from services.media.store.ledger import UNFINISHED
from services.media.store.tables import BulkRow, LedgerRow, StepRow, now
from shared.schemas.ledger import Fate, SourceKind, Step

DONE = "done"
_Values = Mapping[str, str | int | float | bool | datetime | None]


async def advance(session: AsyncSession, entry_id: str, step: Step, attempt: int, *, run: int | None = None) -> None:
    """The entry is at this attempt of this step; a finished entry, and another `run` of it, stays as it is."""
    await _update_unfinished(session, entry_id, {"fate": "running", "step": step, "attempt": attempt}, run)


async def began(session: AsyncSession, entry_id: str, run: int, step: Step, attempt: int) -> None:
    """`advance`, and the attempt's beginning is kept. One that begins again forgets how it ended before."""
    await advance(session, entry_id, step, attempt, run=run)
    values = {"entry_id": entry_id, "run": run, "step": step, "attempt": attempt, "times": 1, "started_at": now()}
    again = {"times": col(StepRow.times) + 1, "started_at": values["started_at"], "ended_at": None, "outcome": None}
    key = ["entry_id", "run", "step", "attempt"]
    await session.execute(
        inserting(session, StepRow).values(**values).on_conflict_do_update(index_elements=key, set_=again)
    )


async def ended(
    session: AsyncSession,
    entry_id: str,
    run: int,
    step: Step,
    attempt: int,
    *,
    outcome: str = DONE,
    at: datetime | None = None,
) -> None:
    """Keeps when (now, unless told) and how the attempt ended: `done` or a reason code. The first ending stays."""
    chosen = update(StepRow).where(
        col(StepRow.entry_id) == entry_id,
        col(StepRow.run) == run,
        col(StepRow.step) == step,
        col(StepRow.attempt) == attempt,
        col(StepRow.ended_at).is_(None),
    )
    await session.execute(chosen.values(outcome=outcome, ended_at=at or now()))


async def steps_of(session: AsyncSession, entry_id: str) -> list[StepRow]:
    """Every attempt of every step, in the order they began."""
    chosen = select(StepRow).where(col(StepRow.entry_id) == entry_id)
    return list(await session.scalars(chosen.order_by(col(StepRow.run), col(StepRow.started_at))))


async def progress(session: AsyncSession, entry_id: str, heard: float, total: float | None) -> None:
    """How many seconds of the recording's `total` have been heard."""
    await _update_unfinished(session, entry_id, {"seconds_heard": heard, "seconds_total": total})


async def set_kind(session: AsyncSession, entry_id: str, kind: SourceKind) -> None:
    await _update_unfinished(session, entry_id, {"kind": kind})


async def set_customer(session: AsyncSession, entry_id: str, customer: str) -> None:
    """Whose interaction it is, by a keyed hash."""
    await session.execute(update(LedgerRow).where(col(LedgerRow.entry_id) == entry_id).values(customer_digest=customer))


async def set_aside_at(session: AsyncSession, entry_id: str, key: str | None) -> None:
    """Where the source lies since a failure moved it; null when it is back at its own key."""
    chosen = update(LedgerRow).where(col(LedgerRow.entry_id) == entry_id)
    await session.execute(chosen.values(set_aside_key=key, updated_at=now()))


async def finish(
    session: AsyncSession,
    entry_id: str,
    fate: Fate,
    *,
    code: str | None = None,
    reason: str | None = None,
    duplicate_of: str | None = None,
    run: int | None = None,
) -> None:
    """Gives the entry its last fate; one that has it keeps it, and so does one that is at another `run`."""
    values: dict[str, str | None] = {"fate": fate, "reason_code": code, "reason": reason, "duplicate_of": duplicate_of}
    if fate == "done":
        values["step"] = None
    await _update_unfinished(session, entry_id, values, run)


async def begin_again(session: AsyncSession, row: LedgerRow) -> bool:
    """Puts a row that ended without a result at the beginning of a new run; false when somebody else did meanwhile.

    One that belongs to a bulk is held again until the bulk lets it in; the bulk is open again for it.
    """
    chosen = update(LedgerRow).where(
        col(LedgerRow.entry_id) == row.entry_id,
        col(LedgerRow.run) == row.run,
        col(LedgerRow.fate).in_(("rejected", "failed", "cancelled")),
    )
    values: dict[str, str | int | float | bool | datetime | None] = {
        "fate": "waiting",
        "queued": False,
        "run": row.run + 1,
        "step": None,
        "attempt": 1,
        "reason_code": None,
        "reason": None,
        "released_at": None,
        "seconds_heard": None,
        "seconds_total": None,
        "stuck_code": None,
        "stuck_at": None,
        "updated_at": now(),
    }
    if not (await session.execute(chosen.values(**values).returning(col(LedgerRow.entry_id)))).all():
        return False
    if row.bulk_id is not None:
        ended = update(BulkRow).where(
            col(BulkRow.bulk_id) == row.bulk_id, col(BulkRow.state).in_(("done", "cancelled"))
        )
        await session.execute(ended.values(state="running", ended_at=None, updated_at=now()))
    return True


async def is_replaced(session: AsyncSession, row: LedgerRow) -> bool:
    """Whether a newer version of the object has a result, or is on its way to one."""
    newer = select(LedgerRow).where(
        col(LedgerRow.interaction_id) == row.interaction_id,
        col(LedgerRow.position) > row.position,
        col(LedgerRow.fate).in_(("done", *UNFINISHED)),
    )
    return bool(await session.scalar(select(newer.exists())))


async def _update_unfinished(session: AsyncSession, entry_id: str, values: _Values, run: int | None = None) -> None:
    """What moves is not stuck."""
    chosen = update(LedgerRow).where(col(LedgerRow.entry_id) == entry_id, col(LedgerRow.fate).in_(UNFINISHED))
    if run is not None:
        chosen = chosen.where(col(LedgerRow.run) == run)
    await session.execute(chosen.values(**values, stuck_code=None, stuck_at=None, updated_at=now()))
