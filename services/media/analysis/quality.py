"""Flags on an interaction whose measures are not to be trusted (docs/reference/definitions.md, "Quality")."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import QualityFlag

if TYPE_CHECKING:
    from services.media.analysis.loudness import Levels


def word_confidence(turns: Sequence[Utterance]) -> float | None:
    """Mean over the words whose confidence is known, four decimals; null of none."""
    known = [word.confidence for turn in turns for word in turn.words if word.confidence is not None]
    return round(sum(known) / len(known), 4) if known else None


def of_recording(levels: "Levels", settings: AnalysisSettings) -> Iterator[QualityFlag]:
    """A channel on which nothing is heard, two that are one, and sound cut off at full scale."""
    live = levels.live()
    if len(levels.power) == 2 and len(live) < 2:
        said = f"Nothing is heard on channel {1 - live[0]}." if live else "Nothing is heard on either channel."
        yield QualityFlag(code="dead-channel", sentence=said)
    elif levels.identical():
        yield QualityFlag(code="identical-channels", sentence="Both channels carry the same sound.")
    cut_off = levels.cut_off()
    if cut_off > settings.quality_most_clipping:
        said = f"The recording is too loud: {cut_off:.1%} of what is heard is cut off."
        yield QualityFlag(code="clipping", sentence=said, share=round(cut_off, 4))


def of_talk(non_talk: float, duration: float, settings: AnalysisSettings) -> Iterator[QualityFlag]:
    """A call in which nobody speaks for most of the time. `non_talk` and `duration` in seconds."""
    share = min(1.0, non_talk / duration) if duration > 0 else 0.0
    if share > settings.quality_most_silence:
        said = f"Nobody speaks in {share:.0%} of the call."
        yield QualityFlag(code="silence", sentence=said, share=round(share, 4))


def of_recognition(confidence: float | None, settings: AnalysisSettings) -> Iterator[QualityFlag]:
    """Words that the recogniser was not sure of."""
    if confidence is not None and confidence < settings.quality_least_confidence:
        said = f"The words were recognised with a confidence of {confidence:.0%} only."
        yield QualityFlag(code="low-confidence", sentence=said, share=confidence)
