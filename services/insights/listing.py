"""What may be asked of the list of interactions, and the cursor that says where a walk through it has come to."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from shared.errors import InvalidRequest
from shared.schemas.base import Moment
from shared.schemas.interaction import Channel, InteractionHeader, SortKey

Order = Literal["asc", "desc"]
SentimentFilter = Literal["positive", "negative", "neutral", "unknown"]
SortValue = datetime | float | str | None


class Filters(BaseModel):
    """Which interactions; a parameter that is not here is refused, for a filter misspelt must not widen the answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: list[Channel] = Field(default_factory=list, description="any of these; may be repeated")
    kind: Literal["call", "chat"] | None = None
    sentiment: SentimentFilter | None = Field(
        None, description="of the caller's average: above zero, below zero, exactly zero, or not known"
    )
    from_: Moment | None = Field(None, alias="from", description="started at this moment or later")
    to: Moment | None = Field(None, description="started before this moment")


class ListQuery(Filters):
    """The query of the list."""

    sort: SortKey = Field("started_at", description="interactions without this value come last in either order")
    order: Order = Field("desc", description="interactions with the same value follow each other by id, in this order")
    cursor: str | None = Field(None, max_length=1024, description="`next_cursor` of a page of the same sort and order")
    limit: int = Field(25, ge=1, le=100)


@dataclass(frozen=True, slots=True)
class Position:
    """The last interaction of a page: its value of the sort key, and its id."""

    value: SortValue
    interaction_id: str


class _Cursor(BaseModel):
    sort: SortKey
    order: Order
    value: AwareDatetime | FiniteFloat | str | None
    interaction_id: str = Field(max_length=200, pattern=r"^[^\x00]+$")


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_SECONDS: TypeAdapter[float] = TypeAdapter(FiniteFloat)
_COUNT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, lt=2**31)])
_CHANNEL: TypeAdapter[str] = TypeAdapter(Channel)
_MEASURE: TypeAdapter[float | None] = TypeAdapter(FiniteFloat | None)


def cursor_after(header: InteractionHeader, query: ListQuery) -> str:
    """The cursor of the page that begins after this interaction."""
    value: SortValue = getattr(header, query.sort)
    cursor = _Cursor(sort=query.sort, order=query.order, value=value, interaction_id=header.interaction_id)
    return urlsafe_b64encode(cursor.model_dump_json().encode()).rstrip(b"=").decode()


def position_of(query: ListQuery) -> Position | None:
    """Where the query's cursor points; null without one.

    Raises InvalidRequest for a cursor that is not one of ours, or of a walk in another order.
    """
    if query.cursor is None:
        return None
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        cursor = _Cursor.model_validate_json(urlsafe_b64decode(padded))
        value = _sort_value(cursor.sort, cursor.value)
    except (ValidationError, ValueError, binascii.Error) as error:
        raise InvalidRequest("The cursor is not valid.") from error
    if (cursor.sort, cursor.order) != (query.sort, query.order):
        raise InvalidRequest("The cursor belongs to a list sorted otherwise.")
    return Position(value, cursor.interaction_id)


def _sort_value(sort: SortKey, value: SortValue) -> SortValue:
    match sort:
        case "started_at":
            return _MOMENT.validate_python(value)
        case "channel":
            return _CHANNEL.validate_python(value)
        case "duration":
            return _SECONDS.validate_python(value, strict=True)
        case "turn_count":
            return _COUNT.validate_python(value)
        case "caller_average" | "caller_trend" | "agent_average" | "agent_trend":
            return _MEASURE.validate_python(value, strict=True)
