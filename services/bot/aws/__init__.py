"""The FAQ in Amazon Kendra: searched there, and published there."""

from services.bot.aws.faqs import open_kendra_faqs
from services.bot.aws.search import open_kendra

__all__ = ["open_kendra", "open_kendra_faqs"]
