"""How telephone calls are held, and when a caller can be put through to a person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.gateway.call_recorder import RecordingControl
from services.gateway.channels.voice_words import VoiceWords
from services.gateway.conversation_rules import utc_now
from services.gateway.opening_words import opening_words
from services.gateway.staff_hours import StaffHours


@dataclass(frozen=True, slots=True)
class CallRules:
    """`agent_number` is dialled for a caller who wants a person within `hours`; empty, nobody is. Without a `control`
    nothing is recorded. Speech heard less surely than `confidence` is asked for again. An answer is waited for `wait`
    seconds.
    """

    greetings: Mapping[str, str]
    locales: Mapping[str, str]
    locale_id: str
    secret_slots: frozenset[str]
    agent_number: str
    barge_in: bool
    confidence: float
    wait: float
    control: RecordingControl | None
    hours: StaffHours = field(default_factory=StaffHours)
    now: Callable[[], datetime] = utc_now

    def somebody_is_there(self) -> bool:
        """Whether a caller can be put through."""
        return bool(self.agent_number) and self.hours.open_since(self.now()) is not None

    def nobody_words(self, words: VoiceWords, language: str) -> str:
        """What a caller is told who cannot be: when somebody will be there, if that is known."""
        now = self.now()
        opens_at = self.hours.opens_at(now) if self.agent_number and self.hours.open_since(now) is None else None
        if opens_at is None:
            return words.nobody
        return words.closed.format(opening=opening_words(opens_at, now, language, spoken=True))
