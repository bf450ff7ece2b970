"""How a turn feels: class probabilities, and the score and label that the thresholds make of them (A3)."""

import math
import re
from collections.abc import Sequence

from services.media.analysis.feeling.evidence import Term, terms
from services.media.analysis.settings import AnalysisSettings
from shared.schemas.interaction import Label, Sentiment, SentimentTerm

ENGINE = "VADER with the language of service"
LIMIT_BYTES = 5000  # bytes, Comprehend's own; a longer text would also drown single words in the sum
_PLACEHOLDER = re.compile(r"\[PII(:[A-Z]+)?\]")
_SENTENCE = re.compile(r"(?s).+?(?:[.!?]\s+|\Z)")
_SPACED = re.compile(r"\S{1,1000}\s{0,100}|\s{1,100}")
_WORD = re.compile(r"\w|[\u2600-\u27bf\U0001f300-\U0001faff]")  # a picture of a face says as much
_HALF = 5.0
"""A valence of one point gives a probability of 1 / sqrt(1 + 5) = 0.408: just over the default threshold."""


def score_text(text: str, language: str, settings: AnalysisSettings) -> Sentiment:
    """The sentiment of one turn. `score` and `label` are null, with the reason, when the text cannot be analysed."""
    text_language = settings.text_language(language)
    if text_language is None:
        return Sentiment(reason=f"The language {language} is not among the configured ones.")
    if text_language.split("-")[0] != "en":
        return Sentiment(reason=f"The built-in engine reads English only, not {text_language}.")
    bare = _without_placeholders(text)
    if not _WORD.search(bare):
        return Sentiment(reason="There are no words to analyse.")
    found = terms(bare)
    parts = [(end - begin, [term for term in found if begin <= term.begin < end]) for begin, end in parts_of(bare)]
    length = sum(size for size, _ in parts)
    classes = [(size, class_probabilities(listed)) for size, listed in parts]
    means = {name: round(sum(size * one[name] for size, one in classes) / length, 4) for name in classes[0][1]}
    evidence = [SentimentTerm(text=one.text, begin=one.begin, end=one.end, valence=one.valence) for one in found]
    return rescore(Sentiment(**means, evidence=evidence), settings)


def has_words(text: str) -> bool:
    """Whether there is anything to analyse: not where all of it is hidden."""
    return _WORD.search(_without_placeholders(text)) is not None


def _without_placeholders(text: str) -> str:
    """Of the same length."""
    return _PLACEHOLDER.sub(lambda hidden: " " * len(hidden.group()), text)


def class_probabilities(found: Sequence[Term]) -> dict[str, float]:
    """The four Comprehend classes from the valences of the terms; they add up to 1.

    The good ones add up to P, the bad ones to N. Each sum makes the probability of its side, p = P / sqrt(P^2 + 5)
    and n alike (VADER's own curve, Hutto and Gilbert, ICWSM 2014, with another constant), and the two are taken as
    independent: `positive` = p (1 - n), `negative` = n (1 - p), `mixed` = p n, `neutral` = (1 - p) (1 - n).
    """
    good = _felt(sum(term.valence for term in found if term.valence > 0))
    bad = _felt(-sum(term.valence for term in found if term.valence < 0))
    return {
        "positive": good * (1 - bad),
        "negative": bad * (1 - good),
        "neutral": (1 - good) * (1 - bad),
        "mixed": good * bad,
    }


def _felt(valence: float) -> float:
    return valence / math.sqrt(valence * valence + _HALF)


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


def parts_of(text: str) -> list[tuple[int, int]]:
    """Stretches of at most 5,000 bytes, divided at sentence ends, or at spaces within a sentence that is longer."""
    if len(text.encode()) <= LIMIT_BYTES:
        return [(0, len(text))]
    parts: list[tuple[int, int]] = []
    begin = end = size = 0
    for piece in _pieces(text):
        length = len(piece.encode())
        if size + length > LIMIT_BYTES and end > begin:
            parts.append((begin, end))
            begin, size = end, 0
        end += len(piece)
        size += length
    return [*parts, (begin, end)]


def _pieces(text: str) -> list[str]:
    """Sentences, or words of a sentence that is too long, with the space behind them: joined they are the text."""
    return [
        piece
        for sentence in _SENTENCE.findall(text)
        for piece in ([sentence] if len(sentence.encode()) <= LIMIT_BYTES else _SPACED.findall(sentence))
    ]
