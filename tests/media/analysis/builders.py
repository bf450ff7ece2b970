"""Short ways to the values that the tests of analysis are about."""

from datetime import UTC, datetime

from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.source import Subject
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import RoleName, Sentiment, Turn, Word
from shared.schemas.ledger import UploadMetadata

MODIFIED = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def settings(**given: object) -> AnalysisSettings:
    return AnalysisSettings(_env_file=None, **given)


def subject(**metadata: object) -> Subject:
    return Subject(
        interaction_id="int-1",
        bucket="source",
        key="originalAudio/call.json",
        name="call.json",
        seen_at=MODIFIED,
        modified=MODIFIED,
        metadata=UploadMetadata.model_validate(metadata),
    )


def spoken(speaker: str, *words: tuple[str, float, float]) -> Utterance:
    """One speaker's words as (text, start, end)."""
    listed = [Word(text=text, start=start, end=end) for text, start, end in words]
    text = " ".join(word.text for word in listed)
    return Utterance(speaker=speaker, start=words[0][1], end=max(word[2] for word in words), text=text, words=listed)


def felt(speaker: str, start: float, end: float, positive: float, negative: float, *, text: str = "said") -> Utterance:
    """A turn whose class probabilities are known already."""
    neutral = round(1 - positive - negative, 4)
    feeling = Sentiment(positive=positive, negative=negative, neutral=neutral, mixed=0.0)
    return Utterance(speaker=speaker, start=start, end=end, text=text, sentiment=feeling)


def turn(start: float, end: float, score: float | None, role: RoleName = "CALLER") -> Turn:
    return Turn(start=start, end=end, speaker="spk_0", role=role, text="said", sentiment=Sentiment(score=score))
