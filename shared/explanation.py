"""What a number of a result document was made of: its turns, the thresholds, and what it was divided by.

Everything follows from the document itself (docs/reference/definitions.md), so nothing is analysed again.
"""

from collections.abc import Sequence

from shared.errors import InvalidRequest, NotFound
from shared.schemas.explanation import ExplainedTurn, Explanation, Measure
from shared.schemas.interaction import Interaction, Speaker, Turn

_QUARTERS = {"quarter_1": 0, "quarter_2": 1, "quarter_3": 2, "quarter_4": 3}
_SCORE = (
    "score = -(negative - tn) / (1 - tn) if negative >= tn, else (positive - tp) / (1 - tp) if positive >= tp, else 0"
)


def explain(
    document: Interaction, measure: Measure, *, speaker: str | None = None, turn: int | None = None
) -> Explanation:
    """The turns and the sum behind a measure of a speaker (or of one turn, counted from 0).

    Raises NotFound for a speaker or turn that the document does not have, InvalidRequest where one must be named.
    """
    if measure == "turn":
        return _of_turn(document, turn)
    if speaker is None:
        raise InvalidRequest("Name the speaker.")
    known = next((one for one in document.speakers if one.speaker == speaker), None)
    if known is None:
        raise NotFound("The interaction has no such speaker.")
    own = [(at, one) for at, one in enumerate(document.turns) if one.speaker == speaker]
    scored = [(at, one) for at, one in own if one.sentiment.score is not None]
    if measure in _QUARTERS:
        return _of_quarter(document, known, scored, measure)
    if measure == "average":
        return _mean(
            document, measure, known.average, scored, "sum of the scores of the speaker's turns / turns with a score"
        )
    if measure == "change":
        ends = [scored[0], scored[-1]] if scored else []
        return _explanation(document, measure, known.change, ends, "score of the last scored turn - score of the first")
    return _of_trend(document, known, scored)


def _of_turn(document: Interaction, turn: int | None) -> Explanation:
    if turn is None:
        raise InvalidRequest("Name the turn.")
    if not 0 <= turn < len(document.turns):
        raise NotFound("The interaction has no such turn.")
    found = document.turns[turn]
    formula = found.sentiment.reason or ("label of the source" if found.sentiment.scale == "label" else _SCORE)
    return _explanation(document, "turn", found.sentiment.score, [(turn, found)], formula)


def _of_quarter(
    document: Interaction, speaker: Speaker, scored: Sequence[tuple[int, Turn]], measure: Measure
) -> Explanation:
    number = _QUARTERS[measure]
    own = [(at, one) for at, one in scored if quarter_of(one, document.duration) == number]
    formula = "sum of the scores of the turns whose midpoint lies in the quarter / those turns"
    return _mean(document, measure, speaker.quarters[number].score, own, formula)


def _of_trend(document: Interaction, speaker: Speaker, scored: Sequence[tuple[int, Turn]]) -> Explanation:
    known = [number for number, part in enumerate(speaker.quarters) if part.score is not None]
    ends = {known[0], known[-1]} if len(known) > 1 else set()
    own = [(at, one) for at, one in scored if quarter_of(one, document.duration) in ends]
    names = f"quarter {known[-1] + 1} - quarter {known[0] + 1}" if ends else "fewer than two quarters have a score"
    return _explanation(document, "trend", speaker.trend, own, names)


def quarter_of(turn: Turn, duration: float) -> int:
    """0 to 3, by the turn's midpoint, the last closed; 0 in an interaction without length."""
    midpoint = (turn.start + turn.end) / 2
    return min(3, max(0, int(4 * midpoint / duration))) if duration > 0 else 0


def _mean(
    document: Interaction, measure: Measure, value: float | None, turns: Sequence[tuple[int, Turn]], formula: str
) -> Explanation:
    return _explanation(document, measure, value, turns, formula, denominator=len(turns))


def _explanation(
    document: Interaction,
    measure: Measure,
    value: float | None,
    turns: Sequence[tuple[int, Turn]],
    formula: str,
    *,
    denominator: int | None = None,
) -> Explanation:
    return Explanation(
        interaction_id=document.interaction_id,
        measure=measure,
        value=value,
        formula=formula,
        denominator=denominator,
        sentiment_engine=document.source.sentiment_engine,
        min_sentiment_negative=document.source.min_sentiment_negative,
        min_sentiment_positive=document.source.min_sentiment_positive,
        turns=[
            ExplainedTurn(turn=at, start=one.start, end=one.end, text=one.text, sentiment=one.sentiment)
            for at, one in turns
        ],
    )
