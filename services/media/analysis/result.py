"""The result document of one interaction."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from services.media.analysis import collecting, quality, sentiment, timing
from services.media.analysis.entities import Terms, entities_in, read_terms, summarise
from services.media.analysis.file_names import metadata_in_name
from services.media.analysis.language import language_of, regional
from services.media.analysis.redaction import BY_FORM, redact_text, redact_turns, redactions_in
from services.media.analysis.roles import BY_ORDER, GUESSED, Role, assign_roles, reads
from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.source import Identified, Subject
from services.media.analysis.speakers import describe, side
from services.media.analysis.timing import Span
from services.media.analysis.transcript import Transcript, Utterance
from services.media.analysis.turns import form_turns, word_separator
from shared.schemas.interaction import (
    Channel,
    Interaction,
    QualityFlag,
    Recording,
    Silence,
    Source,
    Turn,
)

_CHANNELS: dict[str, Channel] = {name: name for name in get_args(Channel)}
_UNSURE = 0.7
_TELLING = 200  # utterances from which the language is told


def build_interaction(
    transcript: Transcript,
    identified: Identified,
    subject: Subject,
    settings: AnalysisSettings,
    *,
    audio: Path | None,
    support: Path | None = None,
    formed: bool = False,
) -> Interaction:
    """Turns, roles, sentiment, times, entities and redaction of one interaction, by docs/reference/definitions.md.

    Text is redacted before anything is made of it. `audio` (the recording itself) adds loudness and what is to be
    played, and `support` is the folder of the entity lists. What is `formed` is in turns already, and redacted as it is
    to be. Linear in the words.
    """
    with collecting.put_off():
        return _built(transcript, identified, subject, settings, audio=audio, support=support, formed=formed)


def _built(
    transcript: Transcript,
    identified: Identified,
    subject: Subject,
    settings: AnalysisSettings,
    *,
    audio: Path | None,
    support: Path | None,
    formed: bool,
) -> Interaction:
    metadata, named = subject.metadata, metadata_in_name(subject.name, settings)
    language = language_in(transcript, identified, subject, settings)
    drafts = transcript.utterances if formed else _drafts(transcript, language, settings)
    roles = _roles(transcript, drafts, subject, settings, language)
    spans = _spans(transcript, drafts, roles)
    terms = _terms(language, settings, support)
    turns = _turns(drafts, roles, spans, language, settings, terms=terms, kind=transcript.kind)
    duration = _duration(transcript, identified, turns)
    silences = _silences(transcript, spans, duration)
    non_talk = round(sum(one.end - one.start for one in silences), 3)
    confidence = quality.word_confidence(drafts)
    found, loudness = _heard(audio, transcript, identified, settings)
    flags = [*transcript.quality, *found]
    flags += [*quality.of_talk(non_talk, duration, settings), *quality.of_recognition(confidence, settings)]
    caller_average, caller_trend = side(turns, "CALLER", duration)
    agent_average, agent_trend = side(turns, "AGENT", duration)
    return Interaction(
        interaction_id=subject.interaction_id,
        kind=transcript.kind,
        channel=_channel(transcript, metadata.channel),
        started_at=metadata.conversation_time or transcript.started_at or named.conversation_time or subject.modified,
        duration=duration,
        language=language,
        agent=metadata.agent or transcript.agent or named.agent,
        customer=metadata.customer or transcript.customer or named.customer,
        guid=metadata.guid or transcript.guid or named.guid,
        caller_average=caller_average,
        caller_trend=caller_trend,
        agent_average=agent_average,
        agent_trend=agent_trend,
        turn_count=len(turns),
        warnings=[*transcript.warnings, *_warnings(transcript, metadata.channel, roles, language, settings)],
        quality=flags,
        processed_at=datetime.now(UTC),
        source=_source(transcript, identified, subject, settings, redacted=settings.redacts(language)),
        speakers=describe(turns, roles, settings.speaker_names, spans, duration),
        turns=turns,
        entities=summarise(turns),
        word_confidence=confidence,
        non_talk_time=non_talk,
        silences=silences,
        recording=_recording(audio, identified, drafts),
        loudness=loudness,
    )


def _roles(
    transcript: Transcript,
    drafts: Sequence[Utterance],
    subject: Subject,
    settings: AnalysisSettings,
    language: str,
) -> dict[str, Role]:
    """What a person has put right wins over all else, and what follows for the others from it counts too."""
    corrected = subject.corrected_roles
    known = {**(subject.metadata.roles or {}), **corrected}
    roles = assign_roles(drafts, transcript.separation, known, settings.roles_of_channels(), language=language)
    said = {
        name: Role(one.role, one.role_source, one.role_confidence)
        for name, one in transcript.roles.items()
        if name in roles and name not in known
    }
    said |= {name: Role(role, "person", 1.0) for name, role in corrected.items() if name in roles}
    return {**roles, **said}


def language_in(transcript: Transcript, identified: Identified, subject: Subject, settings: AnalysisSettings) -> str:
    """What is known of the interaction counts first, then what its text shows."""
    known = subject.metadata.language or transcript.language or identified.language
    return known or _told_by_text(transcript, settings)


def _told_by_text(transcript: Transcript, settings: AnalysisSettings) -> str:
    """The language that the text itself shows, in the configured kind of it; the first configured one in doubt."""
    code = language_of([utterance.text for utterance in transcript.utterances[:_TELLING]])
    return regional(code, settings.transcribe_languages) if code else settings.transcribe_languages[0]


def _duration(transcript: Transcript, identified: Identified, turns: Sequence[Turn]) -> float:
    """The media's own length where there is audio, else the latest end."""
    latest = max((turn.end for turn in turns), default=0.0)
    return round(identified.duration or max(transcript.duration or 0.0, latest), 3)


def _drafts(transcript: Transcript, language: str, settings: AnalysisSettings) -> list[Utterance]:
    separator = word_separator(language)
    drafts = form_turns(transcript.utterances, separator)
    return redact_turns(drafts, separator) if settings.redacts(language) else drafts


def _spans(transcript: Transcript, drafts: Sequence[Utterance], roles: Mapping[str, Role]) -> dict[str, list[Span]]:
    """Talk by speaker; nothing for a chat, whose messages have no length."""
    if transcript.kind == "chat":
        return {}
    return {speaker: timing.talk_spans(one for one in drafts if one.speaker == speaker) for speaker in roles}


def _silences(transcript: Transcript, spans: Mapping[str, Sequence[Span]], duration: float) -> list[Silence]:
    if transcript.kind == "chat":
        return []
    return timing.silences([one for own in spans.values() for one in own], duration)


def _turns(
    drafts: Sequence[Utterance],
    roles: Mapping[str, Role],
    spans: Mapping[str, Sequence[Span]],
    language: str,
    settings: AnalysisSettings,
    *,
    terms: Terms,
    kind: Literal["call", "chat"],
) -> list[Turn]:
    breaking = _interrupting(drafts, spans)
    gaps = timing.response_gaps(drafts) if kind == "chat" else [None] * len(drafts)
    return [
        Turn(
            start=round(draft.start, 3),
            end=round(draft.end, 3),
            speaker=draft.speaker,
            role=roles[draft.speaker].name,
            text=draft.text,
            words=draft.words,
            sentiment=sentiment.rescore(draft.sentiment, settings)
            if draft.sentiment
            else sentiment.score_text(draft.text, language, settings),
            entities=entities_in(draft.text, language, terms, settings, found=draft.entities),
            redactions=redactions_in(draft.text),
            interruption=at in breaking,
            response_gap=gap,
        )
        for at, (draft, gap) in enumerate(zip(drafts, gaps, strict=True))
    ]


def _terms(language: str, settings: AnalysisSettings, support: Path | None) -> Terms:
    text_language = settings.text_language(language)
    listed = settings.entity_list(text_language) if text_language else None
    return read_terms((support or settings.support_folder) / listed) if listed else Terms()


def _interrupting(drafts: Sequence[Utterance], spans: Mapping[str, Sequence[Span]]) -> set[int]:
    """Indices of the turns in which their speaker breaks in on another."""
    moments: dict[str, set[float]] = {
        speaker: {
            moment
            for other, theirs in spans.items()
            if other != speaker
            for moment in timing.interruptions(own, theirs)
        }
        for speaker, own in spans.items()
    }
    return {
        at
        for at, draft in enumerate(drafts)
        if any(part.start in moments.get(draft.speaker, ()) for part in draft.words or (draft,))
    }


def _channel(transcript: Transcript, given: str | None) -> Channel:
    fallback: Channel = "call" if transcript.kind == "call" else "chat"
    return _CHANNELS.get(given or "") or _CHANNELS.get(transcript.channel or "") or fallback


def _warnings(
    transcript: Transcript, channel: str | None, roles: Mapping[str, Role], language: str, settings: AnalysisSettings
) -> list[str]:
    warnings: list[str] = []
    if channel and channel not in _CHANNELS:
        warnings.append("The channel given with the file is not one that is known; it was not used.")
    if transcript.separation == "voice":
        sure = f"{transcript.separation_confidence:.0%}"
        warnings.append(f"The speakers were told apart automatically by their voices ({sure} sure).")
    if any(role.source == "inferred" and role.confidence < _UNSURE for role in roles.values()):
        warnings.append(GUESSED if reads(language) else BY_ORDER)
    if settings.redacts(language) and not reads(language):
        warnings.append(BY_FORM)
    return [warning for warning in warnings if warning not in transcript.warnings]


def _source(
    transcript: Transcript, identified: Identified, subject: Subject, settings: AnalysisSettings, *, redacted: bool
) -> Source:
    return Source(
        kind=identified.kind,
        bucket=subject.bucket,
        key=subject.key,
        name=redact_text(subject.name) if redacted else subject.name,
        transcriber=transcript.transcriber,
        sentiment_engine="Amazon Comprehend" if settings.text_analysis == "comprehend" else sentiment.ENGINE,
        min_sentiment_negative=settings.min_sentiment_negative,
        min_sentiment_positive=settings.min_sentiment_positive,
    )


def _recording(audio: Path | None, identified: Identified, drafts: Sequence[Utterance]) -> Recording | None:
    if audio is None:
        return None
    from services.media.analysis.playback import recording_of  # noqa: PLC0415  only recordings need FFmpeg

    return recording_of(identified, drafts)


def _heard(
    audio: Path | None, transcript: Transcript, identified: Identified, settings: AnalysisSettings
) -> tuple[list[QualityFlag], dict[str, list[float | None]]]:
    """What listening to the recording itself shows: flags, and loudness by channel where the speakers are."""
    if audio is None:
        return [], {}
    from services.media.analysis.loudness import measure, seconds  # noqa: PLC0415  only recordings need FFmpeg

    levels = measure(audio, stereo=identified.channels == 2)
    loudness = seconds(levels, by_channel=transcript.separation == "channel")
    return list(quality.of_recording(levels, settings)), loudness
