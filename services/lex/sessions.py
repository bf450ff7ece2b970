"""One conversation: what is remembered between two turns."""

from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel, Field
from pydantic_core import to_json

from shared.schemas.base import Moment
from shared.schemas.lex import (
    ActiveContext,
    ActiveContextTimeToLive,
    DialogAction,
    Intent,
    Interpretation,
    Message,
    SessionState,
)


class Address(NamedTuple):
    """A session's name: bot, alias and locale it talks to, and the id the client gave it."""

    bot_id: str
    alias_id: str
    locale_id: str
    session_id: str


LARGEST_ATTRIBUTES = 12 * 1024


def attributes_fit(attributes: dict[str, str] | None) -> bool:
    """Whether session attributes stay within Lex's 12 KB, measured as JSON."""
    return not attributes or len(to_json(attributes)) <= LARGEST_ATTRIBUTES


class HeldContext(BaseModel):
    """An active context; it ends with its seconds or its turns, whichever is first."""

    name: str
    until: Moment
    turns: int
    attributes: dict[str, str] = Field(default_factory=dict)


class Session(BaseModel):
    """`attempts` counts the misses at the present prompt; `turns` all turns; `message_id` is the last turn's."""

    started_at: Moment
    turns: int = 0
    message_id: str | None = None
    intent: Intent | None = None
    dialog_action: DialogAction | None = None
    attempts: int = 0
    attributes: dict[str, str] = Field(default_factory=dict)
    contexts: list[HeldContext] = Field(default_factory=list)
    messages: list[Message] = Field(default_factory=list)
    interpretations: list[Interpretation] = Field(default_factory=list)

    def active(self, now: datetime) -> set[str]:
        return {context.name for context in self.contexts if context.turns > 0 and context.until > now}

    def count_down(self, now: datetime) -> None:
        """One turn is over for every context; those that ended are dropped."""
        for context in self.contexts:
            context.turns -= 1
        self.contexts = [context for context in self.contexts if context.turns >= 0 and context.until > now]

    def set_contexts(self, given: list[ActiveContext], now: datetime) -> None:
        """Replaces the active contexts; one with nothing left to live is off."""
        self.contexts = [
            HeldContext(
                name=context.name,
                until=now + timedelta(seconds=context.time_to_live.time_to_live_in_seconds),
                turns=context.time_to_live.turns_to_live,
                attributes=context.context_attributes,
            )
            for context in given
            if context.time_to_live.time_to_live_in_seconds > 0 and context.time_to_live.turns_to_live > 0
        ]

    def state(self, now: datetime, request_id: str) -> SessionState:
        """The session as the runtime API and the code hook see it."""
        return SessionState(
            dialog_action=self.dialog_action,
            intent=self.intent,
            session_attributes=dict(self.attributes),
            active_contexts=[_shown(context, now) for context in self.contexts],
            originating_request_id=request_id,
        )


def _shown(context: HeldContext, now: datetime) -> ActiveContext:
    seconds = max(0, int((context.until - now).total_seconds()))
    return ActiveContext(
        name=context.name,
        time_to_live=ActiveContextTimeToLive(time_to_live_in_seconds=seconds, turns_to_live=context.turns),
        context_attributes=context.attributes,
    )
