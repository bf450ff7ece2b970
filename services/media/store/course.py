"""The same as `way`, for every attempt of every step: on a plain connection, as the pipeline does little else.

Each function is the work of one `Database.at_once`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Update, insert, inspect, select, update
from sqlmodel import col

from services.media.store.ledger import UNFINISHED
from services.media.store.tables import LedgerRow, StepRow, now
from shared.schemas.ledger import Fate, Step

DONE = "done"
_COLUMNS = tuple(inspect(LedgerRow).columns)


@dataclass(frozen=True)
class Begun:
    """`times` is how often this attempt was begun: more than once when a worker died in it."""

    row: LedgerRow
    attempt: int
    times: int


class Suspect:
    """A worker died in this attempt, of it or beside it."""


@dataclass(frozen=True)
class Ending:
    """How and when an attempt ended: `done` or a reason code."""

    step: Step
    attempt: int
    outcome: str
    at: datetime


def begin(
    connection: Connection, entry_id: str, run: int, step: Step, endings: list[Ending], *, anew: bool, alone: bool
) -> Begun | Suspect | None:
    """The run begins this step (`anew` when it just failed at it); null when the entry is not at this run any more.

    An attempt that was begun and never ended, as its worker died, is begun again, but only by who is `alone` with it.
    """
    end(connection, entry_id, run, endings)
    last = connection.execute(
        select(col(StepRow.attempt), col(StepRow.times), col(StepRow.ended_at))
        .where(*_step(entry_id, run, step))
        .order_by(col(StepRow.attempt).desc())
        .limit(1)
    ).first()
    again = last is not None and last.ended_at is None and not anew
    if again and not alone:
        return Suspect()
    attempt = 1 if last is None else last.attempt if again else last.attempt + 1
    moment = now()
    values = {"fate": "running", "step": step, "attempt": attempt}
    advanced = connection.execute(_unfinished(entry_id, run, moment).values(**values).returning(*_COLUMNS)).first()
    if advanced is None:
        return None
    times = last.times + 1 if last is not None and again else 1
    if again:
        chosen = update(StepRow).where(*_step(entry_id, run, step), col(StepRow.attempt) == attempt)
        connection.execute(chosen.values(times=times, started_at=moment))
    else:
        key = {"entry_id": entry_id, "run": run, "step": step, "attempt": attempt}
        connection.execute(insert(StepRow).values(**key, times=1, started_at=moment))
    return Begun(LedgerRow(**advanced._asdict()), attempt, times)


def end(connection: Connection, entry_id: str, run: int, endings: list[Ending]) -> None:
    for ending in endings:
        chosen = update(StepRow).where(*_step(entry_id, run, ending.step), col(StepRow.attempt) == ending.attempt)
        connection.execute(
            chosen.where(col(StepRow.ended_at).is_(None)).values(outcome=ending.outcome, ended_at=ending.at)
        )


def done(connection: Connection, entry_id: str, run: int, endings: list[Ending]) -> None:
    """The run came to its end with a result."""
    end(connection, entry_id, run, endings)
    connection.execute(_unfinished(entry_id, run, now()).values(fate="done", step=None, reason_code=None, reason=None))


def finish(
    connection: Connection,
    entry_id: str,
    run: int,
    fate: Fate,
    *,
    code: str | None = None,
    reason: str | None = None,
    duplicate_of: str | None = None,
) -> None:
    """Gives the run's entry its last fate; one that has it keeps it, and so does one that is at another run."""
    values = {"fate": fate, "reason_code": code, "reason": reason, "duplicate_of": duplicate_of}
    connection.execute(_unfinished(entry_id, run, now()).values(**values))


def _unfinished(entry_id: str, run: int, moment: datetime) -> Update:
    """What moves is not stuck."""
    chosen = update(LedgerRow).where(
        col(LedgerRow.entry_id) == entry_id, col(LedgerRow.run) == run, col(LedgerRow.fate).in_(UNFINISHED)
    )
    return chosen.values(stuck_code=None, stuck_at=None, updated_at=moment)


def _step(entry_id: str, run: int, step: Step) -> tuple[ColumnElement[bool], ...]:
    return col(StepRow.entry_id) == entry_id, col(StepRow.run) == run, col(StepRow.step) == step
