"""The bots this runtime serves, each locale with its understanding."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.lex.definition.model import BotDefinition, IntentDefinition, LocaleDefinition
from services.lex.errors import ResourceNotFound
from services.lex.nlu.understanding import Understanding
from shared.schemas.lex import CodeHookBot

TEST_ALIAS = "TSTALIASID"
TEST_ALIAS_NAME = "TestBotAlias"


@dataclass(frozen=True, slots=True)
class ServedLocale:
    """A bot in one locale, ready to talk."""

    bot: BotDefinition
    locale: LocaleDefinition
    understanding: Understanding

    @property
    def intents(self) -> Mapping[str, IntentDefinition]:
        return self.locale.intents

    def described(self) -> CodeHookBot:
        """The bot as events and logs name it."""
        return CodeHookBot(
            id=self.bot.identifier,
            name=self.bot.name,
            alias_id=TEST_ALIAS,
            alias_name=TEST_ALIAS_NAME,
            locale_id=self.locale.identifier,
            version=self.bot.version,
        )


class BotCatalog:
    """Every bot answers under the alias id TSTALIASID. Building it trains every locale."""

    def __init__(self, bots: Iterable[BotDefinition]) -> None:
        self._served = {
            (bot.identifier, locale.identifier): ServedLocale(bot, locale, Understanding(locale))
            for bot in bots
            for locale in bot.locales.values()
        }
        self._bots = {bot_id for bot_id, _ in self._served}

    def find(self, bot_id: str, alias_id: str, locale_id: str) -> ServedLocale:
        """Raises ResourceNotFound, saying which part is not there."""
        if bot_id not in self._bots:
            raise ResourceNotFound("There is no bot with this id.")
        if alias_id != TEST_ALIAS:
            raise ResourceNotFound("The bot has no alias with this id.")
        served = self._served.get((bot_id, locale_id))
        if served is None:
            raise ResourceNotFound("The bot does not speak this locale.")
        return served
