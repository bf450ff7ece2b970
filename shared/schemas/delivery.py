"""What became of the messages that the gateway has sent for a conversation."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Moment, Wire


class Delivery(Wire):
    """One message. `delivery` is what the provider said last; `error` the code of why it was not taken or delivered."""

    number: int
    status: Literal["waiting", "sending", "sent", "failed"]
    created_at: Moment
    sent_at: Moment | None = None
    attempts: int = Field(description="how often the provider did not take it")
    reply_to: int | None = Field(None, description="`sequence` of the customer's message that it answers")
    provider_id: str | None = None
    delivery: str | None = Field(None, description="with Twilio: queued, sent, delivered, undelivered, failed …")
    error: str | None = None


class OptOut(Wire):
    """The customer does not want to be written to on this channel, and has said so with this word."""

    word: str
    since: Moment


class Deliveries(Wire):
    """The newest first, at most 200."""

    messages: list[Delivery]
    opt_out: OptOut | None = None
