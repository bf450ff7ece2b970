"""Our own result document, read again: scored anew from the stored probabilities, not transcribed again."""

from pydantic import ValidationError

from services.media.analysis.parsers.values import LATEST, check_speakers
from services.media.analysis.source import RejectedSource
from services.media.analysis.transcript import KnownRole, Transcript, Utterance
from shared.schemas.interaction import SCHEMA_NAME, Interaction

_OF_A_RECORDING = ("dead-channel", "identical-channels", "clipping")


def is_result(document: object) -> bool:
    """By the schema's name in it."""
    return isinstance(document, dict) and document.get("schema_name") == SCHEMA_NAME


def read(documents: list[object]) -> Transcript:
    """Keeps turns, roles, class probabilities and header fields. Raises `RejectedSource` (`malformed_result`)."""
    try:
        document = Interaction.model_validate(documents[0])
    except OverflowError:
        raise RejectedSource("malformed_result", "The result document holds an impossible date.") from None
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"]) or "the document"
        raise RejectedSource("malformed_result", f"The result document is malformed: see {place}.") from None
    _check_times(document)
    check_speakers([turn.speaker for turn in document.turns])
    utterances = [
        Utterance(
            speaker=turn.speaker,
            start=turn.start,
            end=turn.end,
            text=turn.text,
            words=turn.words,
            role=turn.role,
            sentiment=turn.sentiment,
        )
        for turn in document.turns
    ]
    return Transcript(
        kind=document.kind,
        utterances=utterances,
        separation="participant",
        language=document.language,
        transcriber=document.source.transcriber,
        channel=document.channel,
        started_at=document.started_at,
        duration=document.duration,
        guid=document.guid,
        agent=document.agent,
        customer=document.customer,
        warnings=document.warnings,
        roles={one.speaker: KnownRole.model_validate(one, from_attributes=True) for one in document.speakers},
        quality=[flag for flag in document.quality if flag.code in _OF_A_RECORDING],
    )


def _check_times(document: Interaction) -> None:
    """Raises `RejectedSource` for times that no clock shows: they would be worked with."""
    if not 0 <= document.duration <= LATEST:
        raise RejectedSource("malformed_result", "The result document is malformed: see duration.")
    for at, turn in enumerate(document.turns):
        spans = [(turn.start, turn.end), *((word.start, word.end) for word in turn.words)]
        if not all(0 <= start <= end <= LATEST for start, end in spans):
            raise RejectedSource("malformed_result", f"The result document is malformed: see turns.{at}.")
