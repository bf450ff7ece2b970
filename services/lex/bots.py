"""The bots this runtime serves, each locale with its understanding."""

import asyncio
import gc
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from services.lex.definition.model import BotDefinition, IntentDefinition, LocaleDefinition
from services.lex.definition.names import TEST_ALIAS
from services.lex.definition.shelf import BotShelf
from services.lex.errors import ResourceNotFound
from services.lex.nlu.understanding import Understanding
from shared.schemas.lex import CodeHookBot, DialogAction, Intent

log = logging.getLogger("omnilex.lex.bots")

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

    def has(self, intent: Intent | None, action: DialogAction | None) -> bool:
        """Whether a session's intent, its slots and the slot it waits for are this bot's."""
        if intent is None:
            return True
        slots = self.intents[intent.name].slots.keys() if intent.name in self.intents else None
        waits = action.slot_to_elicit if action else None
        return slots is not None and intent.slots.keys() <= slots and (waits is None or waits in slots)

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


Served = dict[tuple[str, str], ServedLocale]


class BotCatalog:
    """Every bot answers under the alias id TSTALIASID. Building it trains every locale.

    What was trained is some hundred thousand objects that live long. They are taken out of the garbage collector's
    sight, which would hold up a turn for a tenth of a second to look at them all; `close` gives them back.
    """

    def __init__(self, bots: Iterable[BotDefinition]) -> None:
        # The matrices of a turn are small: more threads only wait for one another, and for those of the neighbours.
        threadpool_limits(1, user_api="blas")
        self._served: Served = {}
        for bot in bots:
            self._served |= self._trained(bot)
        gc.freeze()

    def close(self) -> None:
        """Ends the exemption from garbage collection."""
        gc.unfreeze()

    def replace(self, bots: Iterable[BotDefinition]) -> None:
        """Serves these bots from now on, at once for all. Only what differs is trained; a bot that cannot be trained
        is logged, and the earlier one of its id goes on.
        """
        served: Served = {}
        for bot in bots:
            try:
                served |= self._trained(bot)
            except Exception:  # whatever is wrong with one bot, the others are served
                log.exception("lex.bot_not_trained", extra={"bot_id": bot.identifier})
                served |= {key: kept for key, kept in self._served.items() if key[0] == bot.identifier}
        self._served = served
        gc.freeze()

    def refresh(self, shelf: BotShelf) -> None:
        """Takes over what has changed on the shelf, if anything."""
        shelved = shelf.changed()
        if shelved is not None:
            self.replace(entry.bot for entry in shelved)
            log.info("lex.bots_changed", extra={"bots": sorted({key[0] for key in self._served})})

    async def follow(self, shelf: BotShelf, seconds: float) -> None:
        """Refreshes for ever, beside the event loop: turns go on while a bot is trained."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await asyncio.to_thread(self.refresh, shelf)
            except Exception:  # the loop outlives whatever is wrong with a folder
                log.exception("lex.bots_not_read")

    def _trained(self, bot: BotDefinition) -> Served:
        return {(bot.identifier, name): self._ready(bot, locale) for name, locale in bot.locales.items()}

    def _ready(self, bot: BotDefinition, locale: LocaleDefinition) -> ServedLocale:
        known = self._served.get((bot.identifier, locale.identifier))
        if known is None or known.locale != locale:
            return ServedLocale(bot, locale, Understanding(locale))
        return known if known.bot == bot else ServedLocale(bot, locale, known.understanding)

    def find(self, bot_id: str, alias_id: str, locale_id: str) -> ServedLocale:
        """Raises ResourceNotFound, saying which part is not there."""
        known = self._served
        if all(bot_id != served_id for served_id, _ in known):
            raise ResourceNotFound("There is no bot with this id.")
        if alias_id != TEST_ALIAS:
            raise ResourceNotFound("The bot has no alias with this id.")
        served = known.get((bot_id, locale_id))
        if served is None:
            raise ResourceNotFound("The bot does not speak this locale.")
        return served
