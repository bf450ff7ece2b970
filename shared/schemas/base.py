"""What the wire schemas share."""

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

T = TypeVar("T")


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:  # pydantic makes a 422 of a ValueError only
        raise ValueError("in UTC this moment is before the year 1 or after 9999") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment with its zone, kept in UTC; ISO 8601 on the wire."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Wire(BaseModel):
    """Snake case on the wire: every document of our own. No NaN and no infinity: they have no place in JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class LexWire(BaseModel):
    """Camel case on the wire, as Amazon Lex writes it: the bot's protocols and the chat that shows them."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


class Money(Wire):
    """`minor_units` is a whole number of the currency's smallest unit (cents for USD), signed."""

    minor_units: int
    currency: Currency = "USD"


class Page(Wire, Generic[T]):
    """A stretch of a listing; `next_cursor` asks for the one after it and is null at the end."""

    items: list[T]
    next_cursor: str | None = Field(None, description="opaque; pass as `cursor`")
