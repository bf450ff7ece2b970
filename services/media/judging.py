"""Turns that another system judges: what it is asked, and where its answers go."""

import asyncio

from services.media.analysis.transcript import Transcript
from services.media.ports import TextAnalyst


async def judge(transcript: Transcript, analyst: TextAnalyst) -> Transcript:
    """The same turns with their sentiment and entities; those that bring a sentiment of their own keep it."""
    texts = [turn.text for turn in transcript.utterances]
    language = transcript.language or await analyst.language(texts) or ""
    open_ones = [at for at, turn in enumerate(transcript.utterances) if turn.sentiment is None]
    sentiments, entities = await asyncio.gather(
        analyst.sentiments([texts[at] for at in open_ones], language), analyst.entities(texts, language)
    )
    judged = dict(zip(open_ones, sentiments, strict=True))
    turns = [
        turn.model_copy(update={"sentiment": judged.get(at, turn.sentiment), "entities": entities[at]})
        for at, turn in enumerate(transcript.utterances)
    ]
    return transcript.model_copy(update={"utterances": turns})
