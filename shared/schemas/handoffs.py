"""Conversations on their way to a person, and what staff see of a customer's conversations."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.base import Moment, Wire

HandoffStatus = Literal["waiting", "taken", "returned", "closed", "abandoned"]
Delivery = Literal["waiting", "sent", "delivered", "read", "failed"]


class SaidTurn(Wire):
    """One message, with what may be a PIN masked. `delivery` is null where no provider delivers."""

    sequence: int
    sender: Literal["customer", "bot", "agent"]
    at: Moment
    text: str | None = None
    choices: list[str] = Field(default_factory=list, description="the buttons that were shown")
    delivery: Delivery | None = None
    delivery_error: str | None = Field(None, description="the provider's code")


class SentimentSoFar(Wire):
    """Of the customer's turns, -1..+1. `change` is the last scored turn less the first."""

    average: float
    change: float | None
    last: float
    turns_scored: int


class HandoffHeader(Wire):
    """What the queue shows. `ended_by` is `customer`, `gateway` (nobody came), or a user name."""

    handoff_id: str
    channel: str
    status: HandoffStatus
    created_at: Moment
    waiting_since: Moment = Field(description="begins anew when an agent has left")
    verified: bool = Field(description="the bot had verified the customer when it handed over")
    customer_id: str | None = None
    intent: str | None = Field(None, description="what the customer was doing")
    taken_by: str | None = None
    taken_at: Moment | None = None
    unanswered_since: Moment | None = Field(None, description="since when the customer waits for the agent's answer")
    ended_at: Moment | None = None
    ended_by: str | None = None


class HandoffLinks(Wire):
    """Paths of this API; null without a verified customer."""

    messages: str
    events: str
    conversations: str | None = None


class Handoff(HandoffHeader):
    """The packet. No secret is in it, and no more of the conversation than what its last turns say."""

    slots: dict[str, str | None] = Field(description="what the intent knows already")
    turns: list[SaidTurn] = Field(description="the last ones, oldest first")
    sentiment: SentimentSoFar | None = Field(None, description="null when no turn could be scored")
    links: HandoffLinks


class HandoffMessage(Wire):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1500, pattern=r"^[^\x00]*$")]


class HandoffMessages(Wire):
    """At most 500; ask again with the last `sequence` for more."""

    messages: list[SaidTurn]
    handoff: HandoffHeader


class Assignment(Wire):
    username: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00]*$")
    ]


class CustomerConversation(Wire):
    """A customer's part of one conversation; `turns` are the last ones, oldest first."""

    conversation_id: str
    channel: str
    began_at: Moment
    last_at: Moment
    turn_count: int
    answered_by: Literal["bot", "queue", "agent"]
    turns: list[SaidTurn]


class SentimentRequest(Wire):
    """Texts of one speaker. A language is a code such as `en-US`."""

    texts: list[Annotated[str, StringConstraints(max_length=20_000)]] = Field(min_length=1, max_length=500)
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en-US"


class SentimentScores(Wire):
    """One for each text, in order: -1..+1, null when it cannot be known."""

    scores: list[Annotated[float, Field(ge=-1, le=1)] | None]
