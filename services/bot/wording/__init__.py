"""What the bot says, language by language."""

from services.bot.wording.english import ENGLISH
from services.bot.wording.spanish import SPANISH
from services.bot.wording.wording import Wording

_LANGUAGES = {"en": ENGLISH, "es": SPANISH}


def wording_of(locale_id: str) -> Wording:
    """The sentences for a Lex locale such as `es_US`; English for a language that has none yet."""
    return _LANGUAGES.get(locale_id.replace("-", "_").split("_")[0], ENGLISH)


__all__ = ["ENGLISH", "SPANISH", "Wording", "wording_of"]
