"""The result document `omnilex/1`: one for every interaction, call or chat, and the rows and queries made from it.

Times within an interaction are seconds from its start, three decimals. Scores are -1..+1, null when unknown.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.schemas.base import Moment, Wire
from shared.schemas.ledger import SourceKind

SCHEMA_NAME: Literal["omnilex/1"] = "omnilex/1"
RoleName = Literal["AGENT", "CALLER", "BOT", "IVR"]
CategoryKind = Literal["category", "issue", "outcome", "action"]
RoleSource = Literal["person", "metadata", "channel", "participant", "log", "inferred"]
Label = Literal["POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED"]
SortKey = Literal[
    "started_at", "duration", "caller_average", "caller_trend", "agent_average", "agent_trend", "channel", "turn_count"
]
Channel = Literal["call", "web", "sms", "voice", "slack", "connect", "chat"]


class Word(Wire):
    text: str
    start: float
    end: float
    confidence: float | None = Field(None, ge=0, le=1)


class SentimentTerm(Wire):
    """A term that made a turn's sentiment. `begin` and `end` are character offsets in the turn's text.

    `valence` is above zero for good and below for bad feeling; one point is plain feeling.
    """

    text: str
    begin: int
    end: int
    valence: float


class Sentiment(Wire):
    """Class probabilities are kept to four decimals, so that a changed threshold re-scores without a new analysis.

    `evidence` are the terms that made them, where the engine can tell. `score` and `label` are null when the turn could
    not be analysed; `reason` then says why.
    """

    score: float | None = Field(None, ge=-1, le=1)
    label: Label | None = None
    positive: float | None = Field(None, ge=0, le=1)
    negative: float | None = Field(None, ge=0, le=1)
    neutral: float | None = Field(None, ge=0, le=1)
    mixed: float | None = Field(None, ge=0, le=1)
    scale: Literal["probability", "label"] = "probability"
    evidence: list[SentimentTerm] = Field(default_factory=list)
    reason: str | None = None


class EntityMention(Wire):
    """`begin` and `end` are character offsets in the turn's text."""

    type: str
    text: str
    begin: int
    end: int
    score: float = 1.0


class Redaction(Wire):
    type: str
    begin: int
    end: int


class Turn(Wire):
    start: float
    end: float
    speaker: str
    role: RoleName
    text: str
    words: list[Word] = Field(default_factory=list)
    sentiment: Sentiment = Field(default_factory=lambda: Sentiment(reason="not analysed"))
    entities: list[EntityMention] = Field(default_factory=list)
    redactions: list[Redaction] = Field(default_factory=list)
    interruption: bool = Field(False, description="its speaker broke in on another one")
    response_gap: float | None = Field(
        None, description="chats: seconds since the other side's last message, where this one answers it"
    )
    categories: list[str] = Field(default_factory=list)
    issues: list[str] = Field(default_factory=list)


class Quarter(Wire):
    """`begin` and `end` of the turns in it; null without turns."""

    score: float | None = None
    begin: float | None = None
    end: float | None = None


class Speaker(Wire):
    """`average` is the mean over `turns_scored` turns; `trend` is the last non-null quarter less the first."""

    speaker: str
    role: RoleName
    name: str
    role_source: RoleSource = Field(
        description="a person's correction, the side-car, the channel map or label, the source, or the words"
    )
    role_confidence: float = Field(ge=0, le=1, description="1 where it was said, 0.5 for a coin's toss")
    average: float | None = None
    turns: int = 0
    turns_scored: int = 0
    quarters: list[Quarter] = Field(min_length=4, max_length=4)
    trend: float | None = None
    change: float | None = None
    talk_time: float = 0
    words_per_minute: float | None = None
    response_gap: float | None = Field(None, description="chats: mean over the turns that have one")


class Silence(Wire):
    start: float
    end: float


class EntitySummary(Wire):
    type: str
    count: int
    values: list[str]


class Recording(Wire):
    """What people listen to of a call. Without `copied` it is the recording itself.

    `copied` says why there is a copy of our own: browsers do not play the original, or it is redacted and the
    stretches `silenced` are silent in it.
    """

    media_type: str
    copied: Literal["not_playable", "redacted"] | None = None
    silenced: list[Silence] = Field(default_factory=list)


class Source(Wire):
    """Where the interaction came from and what it was made with."""

    kind: SourceKind
    bucket: str
    key: str
    name: str
    transcriber: str | None = None
    sentiment_engine: str
    summary_engine: str | None = Field(None, description="null in documents from before there was a choice")
    min_sentiment_negative: float
    min_sentiment_positive: float


QualityCode = Literal["dead-channel", "identical-channels", "clipping", "silence", "low-confidence"]


class QualityFlag(Wire):
    """Why what was measured of an interaction is not to be trusted. `share` (0..1) is what the rule looked at."""

    code: QualityCode
    sentence: str
    share: float | None = Field(None, ge=0, le=1)


class DetectedCategory(Wire):
    """`turns` are those that met a condition (from 0); none where only something missing was asked for."""

    name: str
    kind: CategoryKind
    turns: list[int] = Field(default_factory=list)


class InteractionHeader(Wire):
    """What a list row shows."""

    interaction_id: str
    kind: Literal["call", "chat"]
    channel: Channel
    started_at: Moment
    duration: float
    language: str | None = None
    agent: str | None = None
    customer: str | None = None
    guid: str | None = None
    caller_average: float | None = None
    caller_trend: float | None = None
    agent_average: float | None = None
    agent_trend: float | None = None
    turn_count: int = Field(0, ge=0, lt=2**31)
    warnings: list[str] = Field(default_factory=list, description="what lowers the quality, in sentences")
    quality: list[QualityFlag] = Field(
        default_factory=list, description="with any of them the interaction is kept out of averages over interactions"
    )


class Interaction(InteractionHeader):
    """The whole document."""

    schema_name: Literal["omnilex/1"] = SCHEMA_NAME
    processed_at: Moment
    source: Source
    speakers: list[Speaker]
    turns: list[Turn]
    entities: list[EntitySummary] = Field(default_factory=list)
    word_confidence: float | None = Field(None, description="mean over the words of which it is known, 0..1")
    non_talk_time: float = 0
    silences: list[Silence] = Field(default_factory=list)
    categories: list[DetectedCategory] = Field(default_factory=list)
    summary: list[str] = Field(
        default_factory=list, description="the turns that carry most, or what `source.summary_engine` wrote"
    )
    leaks: int | None = Field(
        None,
        description="personal data that the second look found after hiding; always 0 or null: more is never stored",
    )
    recording: Recording | None = Field(None, description="null when there is nothing to listen to")
    loudness: dict[str, list[float | None]] = Field(default_factory=dict, description="dBFS a second, by channel")


Roles = Annotated[
    dict[Annotated[str, StringConstraints(min_length=1, max_length=128)], RoleName], Field(min_length=1, max_length=30)
]
"""A speaker (`spk_0`, `ch_1`, …) to its role."""


class CorrectedRoles(Wire):
    """Who is who, said by a person."""

    roles: Roles


class RoleCorrection(CorrectedRoles):
    """What is kept of it: who said it last, and when."""

    by: str
    at: Moment


class Average(Wire):
    """`mean` over the `over` interactions that have the value; null without one."""

    mean: float | None
    over: int


class Averages(Wire):
    """Over interactions, each counting like another. Those that carry a flag of quality are counted, and left out."""

    interactions: int
    flagged: int
    caller_average: Average
    caller_trend: Average
    agent_average: Average
    agent_trend: Average
