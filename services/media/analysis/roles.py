"""Who is the agent and who the caller: from what is known beside the file, else from what they say."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.media.analysis.transcript import Separation, Utterance
from shared.schemas.interaction import RoleName, RoleSource

GUESSED = "Who is the agent and who the caller could only be guessed from the words."
BY_ORDER = (
    "Who is the agent and who the caller is told from the words in English only; "
    "who speaks first was taken for the agent."
)


@dataclass(frozen=True)
class Role:
    """`confidence` 0..1; 1 where the source says so itself, 0.5 for a coin's toss."""

    name: RoleName
    source: RoleSource
    confidence: float


_AGENT_CUES = {
    r"thank(?:s| you) for (?:calling|contacting|holding|waiting|your patience)": 3.0,
    r"how (?:can|may|could) i (?:help|assist)|(?:can|may) i help you|help you (?:with|today)": 3.0,
    r"(?:may|can|could) i (?:have|get|take|ask|confirm|verify|place) (?:your|you|for your)": 2.0,
    r"(?:let me|i'll|i will|i can) (?:check|look|pull|see if|verify|transfer|connect|take care)": 1.5,
    r"for (?:security|verification|verification purposes)|to verify (?:your|you)": 2.0,
    r"do you (?:happen to )?(?:know|have) (?:the|your)|what(?:'s| is) your": 1.0,
    r"is there anything else|anything else i can": 3.0,
    r"you're speaking (?:with|to)|this is \w+ (?:with|from|at)|speaking,? how": 2.0,
    r"one moment|please hold|bear with me|i apologi[sz]e for|on your account|i do see": 1.0,
    r"have a (?:great|good|nice|wonderful) (?:day|one|rest|evening)": 0.5,
}
_CALLER_CUES = {
    r"i(?:'m| am| was) (?:calling|phoning) (?:about|because|to|regarding|in)|(?:the )?reason (?:i'm|i am) calling": 3.0,
    r"i (?:have|got|had) a (?:question|problem|issue|concern)|i was wondering|i wanted to (?:know|ask|see)": 2.0,
    r"\bmy (?:account|card|balance|bill|statement|payment|order|car|phone|loan|money|password)\b": 1.5,
    r"i (?:need|want|would like|'d like) (?:to|some help|help|a refund)|can you (?:help me|tell me|please|check)": 1.0,
    r"i (?:bought|ordered|paid|lost|received|tried|never got|didn't get)": 1.0,
    r"thank(?:s| you) for (?:your help|helping)": 2.0,
}
_IVR_CUES = re.compile(
    r"press (?:one|two|\d|the pound)|(?:call|conversation) (?:may|will) be (?:recorded|monitored)|para español|"
    r"your call is important",
    re.IGNORECASE,
)
_LABEL_ROLES: dict[str, RoleName] = {
    "agent": "AGENT", "caller": "CALLER", "customer": "CALLER", "bot": "BOT", "ivr": "IVR", "system": "IVR",
}  # fmt: skip
_SCALE = 4.0  # a lead of this many points is about 0.88 sure

_Weighed = list[tuple[re.Pattern[str], float]]


def _compiled(cues: Mapping[str, float]) -> _Weighed:
    return [(re.compile(cue, re.IGNORECASE), weight) for cue, weight in cues.items()]


_WEIGHED_AGENT, _WEIGHED_CALLER = _compiled(_AGENT_CUES), _compiled(_CALLER_CUES)


def assign_roles(
    turns: Sequence[Utterance],
    separation: Separation,
    known: Mapping[str, RoleName] | None,
    channels: Sequence[RoleName] = (),
    *,
    language: str = "en",
) -> dict[str, Role]:
    """A role for every speaker of the turns, in order of first appearance.

    `known` (speaker or channel label to role) wins, then what the source itself says, then labels that name a role,
    then the map of `channels` (the roles of `ch_0`, `ch_1`, … in recordings told apart by channel). What is left is
    inferred from the words; only where they say nothing, and in any `language` but English, who speaks first is taken
    for the agent.
    """
    speakers = list(dict.fromkeys(turn.speaker for turn in turns))
    mapped = {f"ch_{at}": role for at, role in enumerate(channels)} if separation == "channel" else {}
    roles: dict[str, Role] = {}
    for speaker in speakers:
        stated = _stated(speaker, turns, separation, known or {})
        if stated:
            roles[speaker] = stated
        elif speaker in mapped:
            roles[speaker] = Role(mapped[speaker], "channel", 1.0)
    words = turns if reads(language) else ()
    inferred = _inferred([speaker for speaker in speakers if speaker not in roles], words, list(roles.values()))
    return {speaker: roles.get(speaker) or inferred[speaker] for speaker in speakers}


def reads(language: str) -> bool:
    """Whether words of this language say anything about who speaks them: the cues are English."""
    return language.lower().split("-")[0] == "en"


def _stated(
    speaker: str, turns: Sequence[Utterance], separation: Separation, known: Mapping[str, RoleName]
) -> Role | None:
    if speaker in known:
        return Role(known[speaker], "metadata", 1.0)
    own = next((turn.role for turn in turns if turn.speaker == speaker and turn.role), None)
    if own:
        return Role(own, "log" if separation == "log" else "participant", 1.0)
    labelled = _LABEL_ROLES.get(speaker.strip().lower())
    if labelled:
        return Role(labelled, "channel" if separation == "channel" else "participant", 1.0)
    return None


def _inferred(speakers: Sequence[str], turns: Sequence[Utterance], stated: Sequence[Role]) -> dict[str, Role]:
    if not speakers:
        return {}
    sides = {role.name for role in stated}
    if len(speakers) == 1 and len(sides & {"AGENT", "CALLER"}) == 1:
        other: RoleName = "CALLER" if "AGENT" in sides else "AGENT"
        return {speakers[0]: Role(other, "inferred", 0.9)}
    leanings = {speaker: _leaning(speaker, turns) for speaker in speakers}
    if len(speakers) == 1:
        only = speakers[0]
        return {only: Role("AGENT" if leanings[only] > 0 else "CALLER", "inferred", _sureness(leanings[only]))}
    return _by_leaning(leanings, turns, agent_known="AGENT" in sides)


def _by_leaning(leanings: Mapping[str, float], turns: Sequence[Utterance], *, agent_known: bool) -> dict[str, Role]:
    """The one who leans most to the agent is the agent; the others are callers, but for a machine or a second agent."""
    ranked = sorted(leanings, key=lambda speaker: -leanings[speaker])
    lead = _sureness(leanings[ranked[0]] - leanings[ranked[1]])
    roles: dict[str, Role] = {}
    for place, speaker in enumerate(ranked):
        if _is_machine(speaker, turns):
            roles[speaker] = Role("IVR", "inferred", 0.8)
        elif place == 0 and not agent_known:
            roles[speaker] = Role("AGENT", "inferred", lead)
        elif 0 < place < len(ranked) - 1 and leanings[speaker] >= 3:
            roles[speaker] = Role("AGENT", "inferred", _sureness(leanings[speaker]))
        else:
            roles[speaker] = Role("CALLER", "inferred", lead)
    return roles


def _leaning(speaker: str, turns: Sequence[Utterance]) -> float:
    """Points for an agent's phrases less those for a caller's; an agent also asks more (a point at most)."""
    own = [turn.text for turn in turns if turn.speaker == speaker]
    points = sum(_points(text, _WEIGHED_AGENT) - _points(text, _WEIGHED_CALLER) for text in own)
    questions = sum("?" in text for text in own) / len(own) if own else 0.0
    return points + questions


def _points(text: str, cues: _Weighed) -> float:
    return sum(weight for cue, weight in cues if cue.search(text))


def _sureness(lead: float) -> float:
    return round(0.5 + 0.5 * math.tanh(abs(lead) / _SCALE), 2)


def _is_machine(speaker: str, turns: Sequence[Utterance]) -> bool:
    own = [turn.text for turn in turns if turn.speaker == speaker]
    return bool(own) and sum(bool(_IVR_CUES.search(text)) for text in own) * 2 > len(own)
