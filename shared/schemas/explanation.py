"""What a number was made of."""

from typing import Literal

from shared.schemas.base import Wire
from shared.schemas.interaction import Sentiment

Measure = Literal["turn", "average", "quarter_1", "quarter_2", "quarter_3", "quarter_4", "trend", "change"]


class ExplainedTurn(Wire):
    """`turn` counts from 0. Its sentiment holds the probabilities and the terms that made them."""

    turn: int
    start: float
    end: float
    text: str
    sentiment: Sentiment


class Explanation(Wire):
    """`denominator` is what a mean was divided by; null for differences and single turns."""

    interaction_id: str
    measure: Measure
    value: float | None
    formula: str
    denominator: int | None
    sentiment_engine: str
    min_sentiment_negative: float
    min_sentiment_positive: float
    turns: list[ExplainedTurn]
