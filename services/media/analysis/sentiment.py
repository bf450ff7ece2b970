"""How a turn feels: class probabilities, and the score and label that the thresholds make of them (A3)."""

import re
from functools import cache
from typing import Protocol, cast

from services.media.analysis.settings import AnalysisSettings
from shared.schemas.interaction import Label, Sentiment

ENGINE = "VADER"
_TEXT_LIMIT = 5000  # bytes, Comprehend's own; a longer text would also drown single words in VADER's sum
_PLACEHOLDER = re.compile(r"\[PII(:[A-Z]+)?\]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"\w")


class _Lexicon(Protocol):
    def polarity_scores(self, text: str) -> dict[str, float]: ...


@cache
def _lexicon() -> _Lexicon:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415  reads its lexicon, once

    return cast("_Lexicon", SentimentIntensityAnalyzer())


def score_text(text: str, language: str, settings: AnalysisSettings) -> Sentiment:
    """The sentiment of one turn. `score` and `label` are null, with the reason, when the text cannot be analysed."""
    text_language = settings.text_language(language)
    if text_language is None:
        return Sentiment(reason=f"The language {language} is not among the configured ones.")
    if text_language.split("-")[0] != "en":
        return Sentiment(reason=f"The built-in engine reads English only, not {text_language}.")
    bare = _PLACEHOLDER.sub(" ", text)
    if not _WORD.search(bare):
        return Sentiment(reason="There are no words to analyse.")
    parts = [(len(part), class_probabilities(_lexicon().polarity_scores(part))) for part in _parts(bare)]
    length = sum(size for size, _ in parts)
    means = {name: round(sum(size * one[name] for size, one in parts) / length, 4) for name in parts[0][1]}
    return rescore(Sentiment.model_validate(means), settings)


def class_probabilities(valence: dict[str, float]) -> dict[str, float]:
    """VADER's valence as the four Comprehend classes; they add up to 1.

    `compound` (-1..1) is how far the text leans, so it is the probability of its side. The rest of the probability is
    divided by how evenly positive and negative words stand against each other, b = 2 min(pos, neg) / (pos + neg):
    `mixed` = (1 - |compound|) b, `neutral` = (1 - |compound|) (1 - b).
    Valence: Hutto and Gilbert, VADER, ICWSM 2014.
    """
    compound, positive, negative = valence["compound"], valence["pos"], valence["neg"]
    balance = 2 * min(positive, negative) / (positive + negative) if positive + negative else 0.0
    rest = 1 - abs(compound)
    return {
        "positive": max(compound, 0.0),
        "negative": max(-compound, 0.0),
        "neutral": rest * (1 - balance),
        "mixed": rest * balance,
    }


def rescore(sentiment: Sentiment, settings: AnalysisSettings) -> Sentiment:
    """Score and label from the stored probabilities and the present thresholds; unchanged where there are none.

    A source that gives only labels (`scale` is `label`) has nothing that a threshold could change.
    """
    if sentiment.positive is None or sentiment.negative is None or sentiment.scale == "label":
        return sentiment
    score = signed_score(
        sentiment.positive,
        sentiment.negative,
        threshold_positive=settings.min_sentiment_positive,
        threshold_negative=settings.min_sentiment_negative,
    )
    return sentiment.model_copy(update={"score": score[0], "label": _label(score[1], sentiment), "reason": None})


def signed_score(
    positive: float, negative: float, *, threshold_positive: float, threshold_negative: float
) -> tuple[float, Label]:
    """-1..+1 and the side: 0 at the threshold, 1 at certainty; negative is tested first (A3)."""
    if negative >= threshold_negative:
        return round(-(negative - threshold_negative) / (1 - threshold_negative), 4) + 0.0, "NEGATIVE"
    if positive >= threshold_positive:
        return round((positive - threshold_positive) / (1 - threshold_positive), 4), "POSITIVE"
    return 0.0, "NEUTRAL"


def _label(side: Label, sentiment: Sentiment) -> Label:
    mixed = sentiment.mixed or 0.0
    others = (sentiment.positive or 0.0, sentiment.negative or 0.0, sentiment.neutral or 0.0)
    return "MIXED" if side == "NEUTRAL" and mixed > max(others) else side


def _parts(text: str) -> list[str]:
    """At most 5,000 bytes each, split at sentence ends, or at spaces within a sentence that is longer."""
    if len(text.encode()) <= _TEXT_LIMIT:
        return [text]
    parts: list[list[str]] = [[]]
    size = 0
    for piece in _short_pieces(text):
        length = len(piece.encode()) + 1
        if size + length > _TEXT_LIMIT and parts[-1]:
            parts.append([])
            size = 0
        parts[-1].append(piece)
        size += length
    return [" ".join(part) for part in parts if part]


def _short_pieces(text: str) -> list[str]:
    sentences = _SENTENCE_END.split(text)
    return [
        piece
        for sentence in sentences
        for piece in ([sentence] if len(sentence.encode()) <= _TEXT_LIMIT else sentence.split())
        if piece
    ]
