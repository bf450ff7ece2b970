"""A text analyst elsewhere: only turns without personal data are shown to it, and its word is what counts."""

from collections.abc import Sequence
from pathlib import Path

from services.media.analysis import Transcript
from services.media.analysis.transcript import Utterance
from services.media.embedded import open_analyser
from services.media.settings import MediaSettings
from shared.schemas.interaction import EntityMention, Sentiment
from tests.media.analysis.builders import spoken
from tests.media.analysis.through_analyser import result_of


class Analyst:
    """Finds everything bad, and a person in the first word."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    async def sentiments(self, texts: Sequence[str], language: str) -> list[Sentiment]:
        assert language == "en-US"
        self.shown += texts
        return [Sentiment(positive=0, negative=1, neutral=0, mixed=0, score=-1, label="NEGATIVE") for _ in texts]

    async def entities(self, texts: Sequence[str], language: str) -> list[list[EntityMention]]:
        firsts = [text.split()[0] for text in texts]
        return [[EntityMention(type="PERSON", text=one, begin=0, end=len(one), score=0.9)] for one in firsts]

    async def language(self, texts: Sequence[str]) -> str | None:
        raise AssertionError("it is known")


async def test_the_analysts_word_counts_and_it_sees_nothing_personal(data_dir: Path) -> None:
    liked = Sentiment(score=1, label="POSITIVE", scale="label")
    said = [
        spoken("spk_0", ("Maya", 0, 1), ("pays", 1, 2), ("with", 2, 3), ("4111111111111111", 3, 4)),
        Utterance(speaker="spk_1", start=5, end=6, text="great", sentiment=liked),
    ]
    transcript = Transcript(kind="call", separation="participant", utterances=said, language="en-US")
    settings = MediaSettings(data_dir=data_dir, text_analysis="comprehend")
    analyst = Analyst()
    async with open_analyser(settings, analyst) as analyser:
        found = await result_of(analyser, transcript, data_dir)
    assert analyst.shown == ["Maya pays with [PII:CARD]"]
    assert [(turn.sentiment.label, [one.type for one in turn.entities]) for turn in found.turns] == [
        ("NEGATIVE", ["PERSON"]),
        ("POSITIVE", ["PERSON"]),
    ]
    assert (found.source.sentiment_engine, found.leaks) == ("Amazon Comprehend", 0)
    assert [(word.text, word.start) for word in found.turns[0].words][-1] == ("[PII:CARD]", 3.0)
