"""Answers that may not be worked out twice, by the call they answer."""

from datetime import datetime

from sqlalchemy import Text, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import Field, col, select

from services.bot.store.tables import BotTable, plain_text
from shared.db import UtcDateTime


class AnswerRow(BotTable, table=True):
    """`answer` is sealed JSON, null while a replica works on it since `claimed_at`."""

    __tablename__ = "bot_answer"
    digest: str = Field(primary_key=True, sa_type=plain_text(64))
    claimed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    answer: str | None = Field(default=None, sa_type=Text)


def claim(session: Session, digest: str, now: datetime) -> bool:
    """Whether the call is ours to answer; false when another works on it or has answered it."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(AnswerRow).values(digest=digest, claimed_at=now).on_conflict_do_nothing()
    return session.execute(statement.returning(col(AnswerRow.digest))).first() is not None


def renew(session: Session, digest: str, now: datetime, before: datetime) -> bool:
    """Whether the call is ours to answer anew, its answer being of an earlier moment than `before`."""
    statement = (
        update(AnswerRow)
        .where(col(AnswerRow.digest) == digest, col(AnswerRow.answer).is_not(None), col(AnswerRow.claimed_at) < before)
        .values(claimed_at=now, answer=None)
        .returning(col(AnswerRow.digest))
    )
    return session.execute(statement).first() is not None


def take_over(session: Session, digest: str, now: datetime, abandoned: datetime) -> bool:
    """Whether a claim older than `abandoned`, never answered, is ours now."""
    statement = (
        update(AnswerRow)
        .where(col(AnswerRow.digest) == digest, col(AnswerRow.answer).is_(None), col(AnswerRow.claimed_at) < abandoned)
        .values(claimed_at=now)
        .returning(col(AnswerRow.digest))
    )
    return session.execute(statement).first() is not None


def answer_of(session: Session, digest: str) -> AnswerRow | None:
    return session.execute(select(AnswerRow).where(col(AnswerRow.digest) == digest)).scalar_one_or_none()


def keep_answer(session: Session, digest: str, answer: str) -> None:
    session.execute(update(AnswerRow).where(col(AnswerRow.digest) == digest).values(answer=answer))


def drop_claim(session: Session, digest: str) -> None:
    session.execute(delete(AnswerRow).where(col(AnswerRow.digest) == digest, col(AnswerRow.answer).is_(None)))


def forget_answers(session: Session, before: datetime) -> None:
    session.execute(delete(AnswerRow).where(col(AnswerRow.claimed_at) < before))
