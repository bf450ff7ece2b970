"""What can go wrong on an object's way, and what it means: wait, try again, or end with a reason."""

import secrets
from collections.abc import Awaitable, Callable

from pydantic import JsonValue

from services.media import store
from services.media.analysis.source import RejectedSource
from services.media.ports import AnalysisFailed
from shared.errors import TooManyRequests, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.processes import ProcessDied, TookTooLong, TookTooMuch
from shared.schemas.ledger import Fate, Step

Facts = dict[str, JsonValue]
"""What a step found, kept by the workflow engine: small, and nothing of what a customer said or is called."""

Guard = Callable[[], Awaitable[None]]
"""Comes back when this worker may do what is seen outside."""

AWAY = (Unavailable, UpstreamTimeout, TooManyRequests, ConnectionError, *store.DATABASE_AWAY)
"""A part that does not answer, or takes no more now: worth waiting for, as long as `outage_patience_seconds`."""
TRANSIENT = (*AWAY, UpstreamFailed, TimeoutError, OSError, ProcessDied)

SENTENCES = {
    "died": "The process that worked on the file ended before it was finished, each time it was tried.",
    "failed": "The step failed each time it was tried.",
    "index": "The search index refused the result each time it was offered.",
    "memory": "The file needs more memory than the work on one file may take.",
    "poison": "The whole worker ended each time it worked on the file, so nothing works on it any more.",
    "timeout": "The step was stopped at its time limit.",
    "unexpected": "Something unexpected happened; the log has the details under this entry's id.",
    "unavailable": "A part of the system that the step needs did not answer for too long.",
    "workflow-lost": "The workflow ended without saying how, more than once or beyond repair.",
}
_LONGEST_PAUSE = 30.0
_CHANCE = secrets.SystemRandom()


class Ended(Exception):
    """The object's way ends here, without a result of its own."""

    def __init__(self, fate: Fate, code: str | None, reason: str | None, duplicate_of: str | None = None) -> None:
        super().__init__(fate, code)
        self.code = code or fate
        self.facts: Facts = {"fate": fate, "code": code, "reason": reason, "duplicate_of": duplicate_of}


class NotOurs(Exception):
    """The run was stopped from outside: its entry has a fate already, or another run."""


def failed(code: str) -> Facts:
    return Ended("failed", code, SENTENCES[code]).facts


def final(step: Step | None, error: Exception) -> Ended:
    """How the way ends by a fault that no further attempt is made after."""
    match error:
        case Ended():
            return error
        case RejectedSource():
            return Ended("rejected", error.code, error.sentence)
        case ProcessDied():
            code = "died"
        case TookTooLong():
            code = "timeout"
        case TookTooMuch():
            code = "memory"
        case AnalysisFailed():
            code = "unexpected"
        case _ if isinstance(error, AWAY):
            code = "unavailable"
        case _ if isinstance(error, TRANSIENT):
            code = "index" if step == "index" else "failed"
        case _:
            code = "unexpected"
    return Ended("failed", code, SENTENCES[code])


def pause(failures: int, first: float) -> float:
    """Seconds to wait after so many failures running: twice as long each time, up to half more or less by chance."""
    return float(min(first * 2 ** min(failures - 1, 20), _LONGEST_PAUSE)) * _CHANCE.uniform(0.5, 1.5)
