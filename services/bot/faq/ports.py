"""What the FAQ needs from a search engine."""

from collections.abc import Sequence
from typing import Protocol

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
