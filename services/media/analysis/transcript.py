"""What a recogniser heard or a parser read: utterances with their speakers, before turns and sentiment."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.schemas.base import Moment
from shared.schemas.interaction import EntityMention, QualityFlag, RoleName, RoleSource, Sentiment, Word

Separation = Literal["channel", "voice", "participant", "log", "single"]


class Utterance(BaseModel):
    """A stretch of one speaker's speech, or one chat message. Seconds from the start of the interaction.

    `words` is empty where the source has no word times; `sentiment` is set where the source brings its own,
    or another system has judged it; `entities` are what that system found.
    """

    model_config = ConfigDict(frozen=True)

    speaker: str
    start: float
    end: float
    text: str
    words: list[Word] = Field(default_factory=list)
    role: RoleName | None = None
    sentiment: Sentiment | None = None
    entities: list[EntityMention] = Field(default_factory=list)


class KnownRole(BaseModel):
    """Who a speaker was found to be in an earlier analysis."""

    role: RoleName
    role_source: RoleSource
    role_confidence: float = Field(ge=0, le=1)


class Transcript(BaseModel):
    """JSON-able. `separation` says how the speakers were told apart, `separation_confidence` (0..1) how surely."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["call", "chat"]
    utterances: list[Utterance]
    separation: Separation
    separation_confidence: float = Field(1.0, ge=0, le=1)
    language: str | None = None
    transcriber: str | None = None
    channel: str | None = None
    started_at: Moment | None = None
    duration: float | None = None
    guid: str | None = None
    agent: str | None = None
    customer: str | None = None
    warnings: list[str] = Field(default_factory=list)
    roles: dict[str, KnownRole] = Field(default_factory=dict)
    quality: list[QualityFlag] = Field(default_factory=list, description="found in a recording that is not at hand now")
