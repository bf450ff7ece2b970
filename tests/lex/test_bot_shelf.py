"""A running service follows what changes in its folders of bots."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.lex.bots import BotCatalog
from services.lex.definition.faults import DefinitionError
from services.lex.definition.imports import keep_bot
from services.lex.definition.model import BotDefinition
from services.lex.definition.reader import read
from services.lex.definition.shelf import BotShelf
from services.lex.errors import ResourceNotFound
from services.lex.main import wire
from services.lex.settings import LexSettings
from shared.schemas.lex import DialogAction, Intent
from tests.lex.exports import unpacked, v1_bot, v2, zipped

ALIAS = "TSTALIASID"


def pizza(folder: Path, description: str = "", name: str = "Pizza") -> BotDefinition:
    tree = folder / f"{name}{description}"
    documents = v2(description=description)
    documents["Pizza/Bot.json"] |= {"name": name}
    (bot,) = read(unpacked(documents, tree)).bots
    return bot


@pytest.fixture
def imports(tmp_path: Path) -> Path:
    folder = tmp_path / "bots"
    folder.mkdir()
    return folder


def served(catalog: BotCatalog) -> str | None:
    """The description of the pizza bot's intent, as it is served now."""
    try:
        found = catalog.find("PIZZABOT01", ALIAS, "en_US").intents["Order"].model_extra or {}
    except ResourceNotFound:
        return None
    return str(found.get("description"))


def looked_at(catalog: BotCatalog, shelf: BotShelf) -> str | None:
    """A change is taken at the second look, when it has come to rest."""
    catalog.refresh(shelf)
    catalog.refresh(shelf)
    return served(catalog)


@pytest.fixture
def following(imports: Path, tmp_path: Path) -> tuple[BotCatalog, BotShelf]:
    keep_bot(pizza(tmp_path, "first"), imports)
    shelf = BotShelf([imports])
    return BotCatalog(entry.bot for entry in shelf.load()), shelf


Following = tuple[BotCatalog, BotShelf]


def test_a_bot_imported_again_is_served_instead(following: Following, imports: Path, tmp_path: Path) -> None:
    assert looked_at(*following) == "first"
    keep_bot(pizza(tmp_path, "second"), imports)
    assert looked_at(*following) == "second"


def test_a_bot_that_is_removed_is_served_no_more(following: Following, imports: Path) -> None:
    shutil.rmtree(next(imports.iterdir()))
    assert looked_at(*following) is None


def test_a_bot_that_breaks_goes_on_as_it_was(following: Following, imports: Path) -> None:
    catalog, shelf = following
    (file,) = imports.rglob("Bot.json")
    file.write_text("{")
    assert looked_at(catalog, shelf) == "first"
    assert len(shelf.faults) == 1
    file.write_text('{"name": "Pizza", "identifier": "PIZZABOT01"}')
    assert looked_at(catalog, shelf) == "first"
    assert shelf.faults == {}


def test_a_change_is_taken_only_when_it_has_come_to_rest(following: Following, imports: Path) -> None:
    catalog, shelf = following
    (file,) = imports.rglob("Order/Intent.json")
    for size in range(3):
        file.write_text("{" + " " * size)
        catalog.refresh(shelf)
        assert shelf.faults == {}


def test_what_did_not_change_is_not_trained_again(following: Following, imports: Path, tmp_path: Path) -> None:
    catalog, shelf = following
    before = catalog.find("PIZZABOT01", ALIAS, "en_US")
    keep_bot(pizza(tmp_path, name="Calzone").model_copy(update={"identifier": "CALZONE001"}), imports)
    looked_at(catalog, shelf)
    assert catalog.find("PIZZABOT01", ALIAS, "en_US") is before
    assert catalog.find("CALZONE001", ALIAS, "en_US")


def test_zips_and_v1_files_in_the_folder_are_bots_too(imports: Path) -> None:
    (imports / "pizza.zip").write_bytes(zipped(v2()))
    (imports / "flowers.ZIP").write_bytes(zipped({"FlowerBot_Export.json": v1_bot()}))
    (imports / "notes").mkdir()
    assert sorted(entry.bot.name for entry in BotShelf([imports]).load()) == ["FlowerBot", "Pizza"]


def test_of_two_bots_with_one_id_the_imported_one_is_served(imports: Path, tmp_path: Path) -> None:
    given = unpacked(v2(description="given"), tmp_path / "given")
    keep_bot(pizza(tmp_path, "imported"), imports)
    (entry,) = BotShelf([given, imports]).load()
    assert entry.source.parent == imports


def settings_for(folder: Path, given: Path) -> LexSettings:
    return LexSettings.model_validate(
        {"data_dir": folder, "lex_bots_dir": given, "lex_bots_poll_seconds": 0.05, "code_hook_url": ""}
    )


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_running_service_serves_an_import_within_seconds(data_dir: Path, tmp_path: Path) -> None:
    given = unpacked(v2(), tmp_path / "given")
    settings = settings_for(data_dir, given)
    catalog = BotCatalog([])
    shelf = BotShelf([given, settings.imports_dir])
    task = asyncio.create_task(catalog.follow(shelf, settings.lex_bots_poll_seconds))
    try:
        await until(lambda: served(catalog) is not None)
        keep_bot(pizza(tmp_path, "imported"), settings.imports_dir)
        await until(lambda: served(catalog) == "imported")
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_given_bot_that_is_broken_stops_the_start_and_an_imported_one_does_not(
    data_dir: Path, tmp_path: Path
) -> None:
    given = unpacked(v2(), tmp_path / "given")
    settings = settings_for(data_dir, given)
    unpacked({"broken/Bot.json": {}}, settings.imports_dir)
    async with wire(settings) as runtime:
        await runtime.ready()
    (given / "Pizza" / "Bot.json").write_text("{")
    with pytest.raises(DefinitionError, match=r"Bot\.json"):
        async with wire(settings):
            pass


def test_a_session_is_told_apart_from_the_bot_that_replaced_its_own(following: Following) -> None:
    found = following[0].find("PIZZABOT01", ALIAS, "en_US")
    waiting = DialogAction(type="ElicitSlot", slot_to_elicit="Size")
    assert found.has(Intent(name="Order", slots={"Size": None}), waiting)
    assert found.has(None, None)
    assert not found.has(Intent(name="Renamed"), None)
    assert not found.has(Intent(name="Order", slots={"Gone": None}), None)
    assert not found.has(Intent(name="Order"), DialogAction(type="ElicitSlot", slot_to_elicit="Gone"))
