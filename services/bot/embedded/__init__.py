"""FAQ search in this process."""

from services.bot.embedded.search import EmbeddedFaqSearch

__all__ = ["EmbeddedFaqSearch"]
