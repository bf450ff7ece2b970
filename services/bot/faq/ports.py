"""What the FAQ needs from a search engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from services.bot.faq.entries import FaqEntry, Reader
from shared.schemas.faq import FaqAnswer


class FaqEngine(Protocol):
    """Amazon Kendra, or the index in this process."""

    async def search(self, query: str, *, language: str, reader: Reader, limit: int) -> list[FaqAnswer]:
        """The answers in `language` that fit and that the reader may see, best first; none when nothing fits.

        Raises UpstreamFailed, UpstreamTimeout or Unavailable.
        """

    async def load(self, entries: Sequence[FaqEntry]) -> None:
        """From now on these are searched; a search that is under way ends on the ones before."""


class FaqRefused(Exception):
    """The search service will not take a FAQ, now or later, until somebody changes something. Says why, for staff."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class HostedFaq:
    """How a FAQ stands with the search service; `reason` says why it failed."""

    state: Literal["creating", "active", "failed", "deleting", "gone"]
    reason: str | None = None


class HostedFaqs(Protocol):
    """FAQs that a search service keeps a copy of, each in one language.

    Every method raises FaqRefused, or UpstreamFailed, UpstreamTimeout or Unavailable when it may be tried again.
    """

    async def create(self, name: str, language: str, entries: Sequence[FaqEntry]) -> str:
        """Begins to take the entries over; the id of the FAQ, the same one for the same name."""

    async def look(self, faq_id: str) -> HostedFaq: ...

    async def remove(self, name: str, faq_id: str | None) -> bool:
        """Takes the FAQ away, found by its name when its id is not known. Whether nothing of it is left by now."""
