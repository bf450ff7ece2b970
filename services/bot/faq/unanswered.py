"""Questions that the FAQ could not answer, kept for its editors: masked, counted, few, and not for ever."""

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy.exc import DBAPIError

from services.bot import store
from services.bot.faq.masking import MASK, masked
from shared.db import Database
from shared.errors import InvalidRequest, NotFound
from shared.schemas.base import Page
from shared.schemas.faq import UnansweredQuestion

log = logging.getLogger("omnilex.bot.faq")

Sort = Literal["asked", "recent"]
_CHANNELS = TypeAdapter(dict[str, int])
_NOT_A_WORD = re.compile(r"\W+")
_MOST_CHANNELS = 20
_MOST_ASKED = 2**31 - 1
_CURSOR = re.compile(r"(?P<place>[0-9]{1,16})\.(?P<id>[0-9a-f]{32})")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Unanswered:
    """Keeps the `kept` questions asked last, each for `days` after it was asked last."""

    def __init__(self, database: Database, clock: Callable[[], datetime], *, kept: int, days: int) -> None:
        self._database = database
        self._clock = clock
        self._kept = kept
        self._age = timedelta(days=days)

    async def record(self, question: str, *, language: str, channel: str) -> None:
        """Counts the question, and opens it again when it was done. Never fails: an answer must not wait for this."""
        text = masked(question)
        words = [word for word in _NOT_A_WORD.split(text.casefold()) if word]
        if not words or text == MASK:
            return
        moment = self._clock()
        key = hashlib.sha256(f"{language}\0{' '.join(words)}".encode()).hexdigest()[:32]
        new = store.UnansweredRow(
            question_id=key,
            language=language,
            question=text,
            channels=_CHANNELS.dump_json({channel: 1}).decode(),
            asked=1,
            first_asked_at=moment,
            last_asked_at=moment,
        )
        try:
            async with self._database.transaction() as session:
                row, added = await store.locked_question(session, new)
                if added:
                    await store.forget_questions(session, before=moment - self._age, keep=self._kept)
                    return
                channels = _CHANNELS.validate_json(row.channels)
                if channel in channels or len(channels) < _MOST_CHANNELS:
                    channels[channel] = channels.get(channel, 0) + 1
                row.channels = _CHANNELS.dump_json(channels).decode()
                row.asked += 1
                row.last_asked_at = max(row.last_asked_at, moment)
                row.done_at = row.done_by = None
                session.add(row)
        except (DBAPIError, OSError) as error:
            log.warning("faq.question_not_recorded", extra={"error": type(error).__name__})

    async def page(
        self, *, done: bool, sort: Sort, language: str | None, cursor: str, limit: int
    ) -> Page[UnansweredQuestion]:
        """Most asked, or most recent, first. Raises InvalidRequest for a cursor that is none."""
        after = _place(cursor, sort) if cursor else None
        async with self._database.reading() as session:
            rows = await store.questions(session, done=done, sort=sort, language=language, after=after, limit=limit + 1)
        items = [_question(row) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(items=items, next_cursor=_cursor(last, sort) if last else None)

    async def mark(self, question_id: str, *, user: str, done: bool = True) -> UnansweredQuestion:
        """Marks the question as done, or as open again. Raises NotFound. Done stays with who did it first."""
        async with self._database.transaction() as session:
            row = await store.question(session, question_id)
            if row is None:
                raise NotFound("There is no such question.")
            if done and row.done_at is None:
                row.done_at, row.done_by = self._clock(), user
            elif not done:
                row.done_at = row.done_by = None
            session.add(row)
            return _question(row)


def _question(row: store.UnansweredRow) -> UnansweredQuestion:
    return UnansweredQuestion.model_validate(
        row.model_dump(exclude={"channels"}) | {"channels": _CHANNELS.validate_json(row.channels)}
    )


def _cursor(row: store.UnansweredRow, sort: Sort) -> str:
    place = row.asked if sort == "asked" else (row.last_asked_at - _EPOCH) // timedelta(microseconds=1)
    return f"{place}.{row.question_id}"


def _place(cursor: str, sort: Sort) -> tuple[int | datetime, str]:
    parts = _CURSOR.fullmatch(cursor)
    try:
        if parts:
            place = int(parts["place"])
            return (min(place, _MOST_ASKED) if sort == "asked" else _EPOCH + timedelta(microseconds=place)), parts["id"]
    except OverflowError:
        pass
    raise InvalidRequest("The cursor is not valid.")
