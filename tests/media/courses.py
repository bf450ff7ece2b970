"""How a run goes on in the ledger, by the statements that the pipeline uses, within a test's own transaction."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.media.store import course, now
from services.media.store.course import Begun, Ending, Suspect
from shared.schemas.ledger import Fate, Step


async def begin(
    session: AsyncSession, entry_id: str, step: Step, *, run: int = 1, anew: bool = False
) -> Begun | Suspect | None:
    return await session.run_sync(
        lambda sync: course.begin(sync.connection(), entry_id, run, step, [], anew=anew, alone=True)
    )


async def end(session: AsyncSession, entry_id: str, step: Step, attempt: int, outcome: str = "done") -> None:
    endings = [Ending(step, attempt, outcome, now())]
    await session.run_sync(lambda sync: course.end(sync.connection(), entry_id, 1, endings))


async def finish(session: AsyncSession, entry_id: str, fate: Fate, *, run: int = 1, code: str | None = None) -> None:
    """The run's last fate; `done` is the end of the way."""
    if fate == "done":
        await session.run_sync(lambda sync: course.done(sync.connection(), entry_id, run, []))
    else:
        await session.run_sync(lambda sync: course.finish(sync.connection(), entry_id, run, fate, code=code))
