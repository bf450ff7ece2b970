"""`omnilex bot import --into BOT`: locales put into a bot that is there, with each of Lex's merge strategies."""

from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import JsonValue

from services.lex.console import run
from services.lex.definition.merging import Strategy, merged
from services.lex.definition.model import BotDefinition
from services.lex.definition.reader import read
from tests.lex.exports import INTENT, LOCALE, SLOT, SLOT_TYPE, Document, said, unpacked, v2, zipped

FALLBACK = INTENT.replace("Order", "FallbackIntent")
CONFIGURED: Document = {"intentClosingSetting": {"isActive": True, "closingResponse": said("Pardon?")}}
SAYS_WHAT: Document = {"intentClosingSetting": {"isActive": True, "closingResponse": said("What?")}}


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


class Console:
    """Runs commands of `omnilex bot` against a data folder of its own."""

    def __init__(self, folder: Path, printed: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.bots = folder / "data" / "bots"
        self._printed = printed

    def run(self, *arguments: str) -> Done:
        return Done(run(arguments), *self._printed.readouterr())


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Console:
    """A console that serves the pizza bot already."""
    monkeypatch.setenv("OMNILEX_DATA_DIR", str(tmp_path / "data"))
    console = Console(tmp_path, capsys)
    file = tmp_path / "Pizza.zip"
    file.write_bytes(zipped(v2()))
    assert console.run("import", str(file)).returncode == 0
    return console


def locale_zip(folder: Path, identifier: str, *, intent: str = "Order", **changes: JsonValue) -> str:
    """An export of one locale alone; its intent is called `intent`."""
    found = {path.replace("en_US", identifier).replace("Order", intent): doc for path, doc in v2(**changes).items()}
    del found["Pizza/Bot.json"]
    found["Manifest.json"] = {"metaData": {"schemaVersion": "1", "fileFormat": "LexJson", "resourceType": "BOT_LOCALE"}}
    found[LOCALE.replace("en_US", identifier)] |= {"identifier": identifier, "nluConfidenceThreshold": 0.7}
    found[INTENT.replace("en_US", identifier).replace("Order", intent)] |= {"name": intent}
    file = folder / f"Pizza-DRAFT-{identifier}-LexJson.zip"
    file.write_bytes(zipped(found))
    return str(file)


def kept(console: Console) -> BotDefinition:
    (bot,) = read(console.bots).bots
    return bot


def test_a_locale_that_the_bot_lacks_is_added(console: Console) -> None:
    done = console.run("import", locale_zip(console.folder, "de_DE"), "--into", "pizza")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("de_DE: added\nPizza (PIZZABOT01)\n")
    bot = kept(console)
    assert (bot.name, bot.identifier, sorted(bot.locales)) == ("Pizza", "PIZZABOT01", ["de_DE", "en_US"])


@pytest.mark.parametrize("merge", [(), ("--merge", "fail")])
def test_a_locale_that_the_bot_has_is_refused(console: Console, merge: tuple[str, ...]) -> None:
    before = kept(console)
    done = console.run("import", locale_zip(console.folder, "en_US"), "--into", "Pizza", *merge)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Pizza has en_US already, and nothing was imported\n"
    assert kept(console) == before


def test_overwrite_replaces_the_locale_whole(console: Console) -> None:
    file = locale_zip(console.folder, "en_US", intent="Deliver")
    done = console.run("import", file, "--into", "PIZZABOT01", "--merge", "overwrite")
    assert "en_US: intents added: Deliver; intents removed: Order\n" in done.stdout
    locale = kept(console).locales["en_US"]
    assert (sorted(locale.intents), locale.nlu_confidence_threshold) == (["Deliver", "FallbackIntent"], 0.7)


def test_append_adds_to_the_locale_and_keeps_its_settings(console: Console) -> None:
    file = locale_zip(console.folder, "en_US", intent="Deliver")
    done = console.run("import", file, "--into", "Pizza", "--merge", "append")
    assert done.stdout.startswith("en_US: intents added: Deliver\n")
    locale = kept(console).locales["en_US"]
    assert (sorted(locale.intents), locale.nlu_confidence_threshold) == (["Deliver", "FallbackIntent", "Order"], 0.4)


def test_append_replaces_what_has_the_same_name(console: Console) -> None:
    file = locale_zip(console.folder, "en_US", sampleUtterances=[{"utterance": "pizza now"}])
    done = console.run("import", file, "--into", "Pizza", "--merge", "append")
    assert done.stdout.startswith("en_US: intents replaced: Order\n")
    order = kept(console).locales["en_US"].intents["Order"]
    assert [sample.utterance for sample in order.sample_utterances] == ["pizza now"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--merge", "append"), "name that bot with --into"),
        (("--into", "Nobody"), "There is no bot 'Nobody'"),
    ],
)
def test_what_cannot_be_merged_is_said(console: Console, arguments: tuple[str, ...], why: str) -> None:
    done = console.run("import", locale_zip(console.folder, "de_DE"), *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert why in done.stderr
    assert sorted(kept(console).locales) == ["en_US"]


def test_a_source_of_two_bots_cannot_be_put_into_one(console: Console) -> None:
    two = v2() | {path.replace("Pizza/", "Pasta/"): document for path, document in v2().items() if "/" in path}
    two["Pasta/Bot.json"] |= {"name": "Pasta", "identifier": "PASTABOT01"}
    done = console.run("import", str(unpacked(two, console.folder / "two")), "--into", "Pizza")
    assert done.returncode == 1
    assert "holds 2 bots: --name and --into can take only one" in done.stderr


def bot(folder: Path, documents: dict[str, Document]) -> BotDefinition:
    (found,) = read(unpacked(documents, folder)).bots
    return found


@pytest.mark.parametrize("strategy", ["overwrite", "append"])
def test_merging_a_bot_into_itself_changes_nothing(tmp_path: Path, strategy: Strategy) -> None:
    pizza = bot(tmp_path / "pizza", v2())
    found = merged(pizza, pizza, strategy)
    assert found == (pizza, ["en_US: as it was"], [])


@pytest.mark.parametrize(("given", "says"), [({}, "Pardon?"), (SAYS_WHAT, "What?")])
def test_a_locale_keeps_one_fallback_intent_that_says_something(tmp_path: Path, given: Document, says: str) -> None:
    held, added = v2(), v2()
    held[FALLBACK] |= CONFIGURED
    added[FALLBACK] |= {"name": "Miss"} | (
        {"intentClosingSetting": {"closingResponse": said("What?")}} if given else {}
    )
    locale = merged(bot(tmp_path / "a", held), bot(tmp_path / "b", added), "append").bot.locales["en_US"]
    assert sum(intent.fallback for intent in locale.intents.values()) == 1
    assert says in locale.fallback.model_dump_json()


def test_a_reference_that_the_replaced_intent_breaks_is_warned_of(console: Console) -> None:
    step: Document = {"dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size"}, "intent": {"name": "Order"}}
    again: Document = {"name": "Again", "initialResponseSetting": {"nextStep": step}}
    held = v2() | {INTENT.replace("Order", "Again"): again}
    console.run("import", str(unpacked(held, console.folder / "held")))
    added = {path: document for path, document in v2().items() if path not in (SLOT, SLOT_TYPE)}
    added[INTENT] |= {"slotPriorities": [], "sampleUtterances": [{"utterance": "pizza"}]}
    source = str(unpacked(added, console.folder / "added"))
    done = console.run("import", source, "--into", "Pizza", "--merge", "append")
    assert done.returncode == 0
    assert done.stderr.startswith("warning: Pizza/")
    assert "Again/Intent.json: /initialResponseSetting/nextStep/dialogAction/slotToElicit" in done.stderr
    assert "Order has no slot 'Size': the default flow goes on. [step]\n" in done.stderr


def test_an_import_says_that_another_bot_has_the_name(console: Console) -> None:
    done = console.run("import", locale_zip(console.folder, "de_DE"))
    assert done.returncode == 0
    assert done.stdout.endswith("PIZZABOT01 is called Pizza too; to put locales into that bot: --into PIZZABOT01\n")
