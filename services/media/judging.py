"""Turns that another system judges: what it is asked, and where its answers go."""

import asyncio

from services.media.analysis.transcript import Transcript
from services.media.ports import TextAnalyst
from shared.background import all_or_none


async def judge(transcript: Transcript, analyst: TextAnalyst) -> Transcript:
    """The same turns with their sentiment and entities; those that bring a sentiment of their own keep it."""
    texts = [turn.text for turn in transcript.utterances]
    language = transcript.language or await analyst.language(texts) or ""
    open_ones = [at for at, turn in enumerate(transcript.utterances) if turn.sentiment is None]
    feelings = asyncio.ensure_future(analyst.sentiments([texts[at] for at in open_ones], language))
    things = asyncio.ensure_future(analyst.entities(texts, language))
    await all_or_none([feelings, things])
    sentiments, entities = feelings.result(), things.result()
    judged = dict(zip(open_ones, sentiments, strict=True))
    turns = [
        turn.model_copy(update={"sentiment": judged.get(at, turn.sentiment), "entities": entities[at]})
        for at, turn in enumerate(transcript.utterances)
    ]
    return transcript.model_copy(update={"utterances": turns})
