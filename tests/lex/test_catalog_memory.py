"""Bots are exempt from garbage collection while they are served, so they must go without it when they are replaced."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.lex.bots import BotCatalog
from services.lex.definition.model import BotDefinition
from services.lex.definition.shelf import BotShelf
from services.lex.slots.resolver import Reading

OWN = Path(__file__).parents[2] / "infra" / "lex"


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def changed(bot: BotDefinition) -> BotDefinition:
    """The bot with another threshold in every locale."""
    locales = {
        name: locale.model_copy(update={"nlu_confidence_threshold": 0.9}) for name, locale in bot.locales.items()
    }
    return bot.model_copy(update={"locales": locales})


@pytest.mark.usefixtures("no_collector")
def test_a_replaced_bot_leaves_memory_at_once() -> None:
    shelved = BotShelf([OWN]).load()[0].bot
    catalog = BotCatalog([shelved])
    try:
        served = catalog.find(shelved.identifier, "TSTALIASID", "en_US")
        served.understanding.candidates("pay city pwer", list(served.intents), Reading())
        served.understanding.fill("MakePayment", "pay 25 dollars to city pwer", Reading())
        gone = weakref.ref(served.understanding), *map(weakref.ref, served.understanding.resolvers.values())
        del served
        catalog.replace([changed(shelved)])
        assert [each() for each in gone] == [None] * len(gone)
    finally:
        catalog.close()


def test_a_closed_catalog_exempts_nothing() -> None:
    catalog = BotCatalog([BotShelf([OWN]).load()[0].bot])
    assert gc.get_freeze_count() > 10_000
    catalog.close()
    assert gc.get_freeze_count() == 0
