"""The interaction table and every query on it, on SQLite and PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Float,
    Index,
    Select,
    String,
    Text,
    delete,
    false,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col

from services.insights.listing import Filters, ListQuery, Position
from shared.db import UtcDateTime
from shared.schemas.interaction import Average, Averages, Interaction, InteractionHeader, SortKey

SORT_KEYS: tuple[SortKey, ...] = (
    "started_at",
    "duration",
    "caller_average",
    "caller_trend",
    "agent_average",
    "agent_trend",
    "channel",
    "turn_count",
)
_MEASURED: frozenset[SortKey] = frozenset({"caller_average", "caller_trend", "agent_average", "agent_trend"})


def plain_text(length: int) -> String:
    """Text ordered by its bytes on both databases, whatever the language of the PostgreSQL server is."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class InsightsTable(SQLModel, registry=registry()):
    """Base of this service's tables, in a registry of their own: services may share a process in tests."""


class InteractionRow(InsightsTable, table=True):
    """What is sorted and filtered by, then the list row and the whole document as JSON.

    The document comes last, so that SQLite reads a row's other columns without it.
    """

    __tablename__ = "interaction"
    __table_args__ = tuple(Index(f"interaction_{key}", key, "interaction_id") for key in SORT_KEYS)

    interaction_id: str = Field(sa_column=Column(plain_text(200), primary_key=True))
    processed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    kind: str = Field(sa_column=Column(plain_text(16), nullable=False))
    channel: str = Field(sa_column=Column(plain_text(32), nullable=False))
    started_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    duration: float = Field(sa_column=Column(Float, nullable=False))
    turn_count: int
    caller_average: float | None = Field(sa_column=Column(Float))
    caller_trend: float | None = Field(sa_column=Column(Float))
    agent_average: float | None = Field(sa_column=Column(Float))
    agent_trend: float | None = Field(sa_column=Column(Float))
    flagged: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=false()))
    header: str = Field(sa_column=Column(Text, nullable=False))
    document: str = Field(sa_column=Column(Text, nullable=False))


_COLUMNS = InteractionRow.metadata.tables["interaction"].c


async def put(session: AsyncSession, document: Interaction) -> None:
    """Inserts the document, or replaces the one with its id unless that was processed later."""
    header = InteractionHeader.model_validate(document.model_dump(include=set(InteractionHeader.model_fields)))
    sorted_by = {key: getattr(document, key) for key in SORT_KEYS}
    values = sorted_by | {
        "interaction_id": document.interaction_id,
        "processed_at": document.processed_at,
        "kind": document.kind,
        "flagged": bool(document.quality),
        "header": header.model_dump_json(),
        "document": document.model_dump_json(),
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(InteractionRow).values(values)
    kept = col(InteractionRow.processed_at) <= insert.excluded.processed_at
    await session.execute(insert.on_conflict_do_update(index_elements=["interaction_id"], set_=values, where=kept))


async def remove(session: AsyncSession, interaction_id: str) -> None:
    await session.execute(delete(InteractionRow).where(col(InteractionRow.interaction_id) == interaction_id))


async def get_document(session: AsyncSession, interaction_id: str) -> str | None:
    """The JSON of the whole document, or null."""
    return await session.scalar(
        select(col(InteractionRow.document)).where(col(InteractionRow.interaction_id) == interaction_id)
    )


async def page_of_headers(
    session: AsyncSession, query: ListQuery, after: Position | None, count: int
) -> list[InteractionHeader]:
    """At most `count` list rows that the query asks for, beginning after the position.

    Rows without a value of the sort key come in a query of their own: both then run along the index of that key, which
    "nulls last" in one query would not in both directions on both databases.
    """
    found: list[str] = []
    if after is None or after.value is not None:
        found += await _texts(session, _with_value(query, after).limit(count))
    if query.sort in _MEASURED and len(found) < count:
        beyond = after.interaction_id if after is not None and after.value is None else None
        found += await _texts(session, _without_value(query, beyond).limit(count - len(found)))
    return [InteractionHeader.model_validate_json(text) for text in found]


async def _texts(session: AsyncSession, statement: Select[str]) -> Sequence[str]:
    return (await session.scalars(statement)).all()


def _with_value(query: ListQuery, after: Position | None) -> Select[str]:
    column, key = _COLUMNS[query.sort], _COLUMNS["interaction_id"]
    statement = _filtered(query).where(column.is_not(None))
    if after is not None:
        place = tuple_(literal(after.value, column.type), literal(after.interaction_id, key.type))
        reached = tuple_(column, key)
        statement = statement.where(reached > place if query.order == "asc" else reached < place)
    if query.order == "asc":
        return statement.order_by(column, key)
    return statement.order_by(column.desc(), key.desc())


def _without_value(query: ListQuery, beyond: str | None) -> Select[str]:
    key = col(InteractionRow.interaction_id)
    statement = _filtered(query).where(_COLUMNS[query.sort].is_(None))
    if beyond is not None:
        statement = statement.where(key > beyond if query.order == "asc" else key < beyond)
    return statement.order_by(key if query.order == "asc" else key.desc())


async def averages(session: AsyncSession, query: Filters) -> Averages:
    """Over what the query asks for, one interaction counting like another; those with a flag are only counted."""
    sound = col(InteractionRow.flagged).is_(False)
    names = ("caller_average", "caller_trend", "agent_average", "agent_trend")
    columns = [_COLUMNS[name] for name in names]
    statement = select(
        func.count().filter(sound),
        func.count().filter(~sound),
        *(func.avg(column).filter(sound) for column in columns),
        *(func.count(column).filter(sound) for column in columns),
    ).select_from(InteractionRow)
    row = (await session.execute(statement.where(*_conditions(query)))).one()
    measures = zip(names, row[2:6], row[6:10], strict=True)
    told = {name: Average(mean=None if mean is None else round(mean, 4), over=over) for name, mean, over in measures}
    return Averages.model_validate({"interactions": row[0], "flagged": row[1], **told})


def _filtered(query: ListQuery) -> Select[str]:
    return select(col(InteractionRow.header)).where(*_conditions(query))


def _conditions(query: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.channel:
        conditions.append(col(InteractionRow.channel).in_(query.channel))
    if query.kind is not None:
        conditions.append(col(InteractionRow.kind) == query.kind)
    if query.from_ is not None:
        conditions.append(col(InteractionRow.started_at) >= query.from_)
    if query.to is not None:
        conditions.append(col(InteractionRow.started_at) < query.to)
    average = col(InteractionRow.caller_average)
    match query.sentiment:
        case "positive":
            conditions.append(average > 0)
        case "negative":
            conditions.append(average < 0)
        case "neutral":
            conditions.append(average == 0)
        case "unknown":
            conditions.append(average.is_(None))
    return conditions
