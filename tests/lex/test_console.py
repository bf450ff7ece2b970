"""The console of bot commands, as a process, the way `omnilex bot` starts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.lex.definition.faults import DefinitionError
from services.lex.definition.reader import read
from tests.lex.exports import SLOT, unpacked, v2, zipped


class Console:
    """Runs commands against a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bots = folder / "data" / "bots"

    def run(self, *arguments: str, module: str = "services.lex.console") -> subprocess.CompletedProcess[str]:
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, "OMNILEX_DATA_DIR": str(self.folder / "data"), "PYTHONPATH": root}
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=environment,
        )


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


@pytest.fixture
def archive(tmp_path: Path) -> str:
    file = tmp_path / "Pizza-DRAFT-PIZZABOT01-LexJson.zip"
    file.write_bytes(zipped(v2()))
    return str(file)


def test_an_imported_bot_is_listed_and_exported_again(console: Console, archive: str) -> None:
    done = console.run("import", archive)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Pizza (PIZZABOT01)" in done.stdout
    assert "try it: omnilex bot chat PIZZABOT01\n" in done.stdout
    assert "botId PIZZABOT01, botAliasId TSTALIASID, localeId en_US\n" in done.stdout
    assert "code hook" not in done.stdout
    listed = [line.split() for line in console.run("list").stdout.splitlines()]
    assert listed[0][:3] == ["name", "id", "locales"]
    assert ["Pizza", "PIZZABOT01", "en_US"] in [line[:3] for line in listed]
    done = console.run("export", "Pizza", "-o", "out.zip")
    assert (done.returncode, done.stdout) == (0, "out.zip\n")
    assert read(console.folder / "out.zip").bots == read(Path(archive)).bots


def test_an_import_under_another_name_stands_beside_the_first(console: Console, archive: str) -> None:
    console.run("import", archive)
    assert console.run("import", archive, "--name", "Calzone").returncode == 0
    assert sorted(bot.name for bot in read(console.bots).bots) == ["Calzone", "Pizza"]


def test_validate_says_what_is_in_a_bot_and_what_is_degraded(console: Console) -> None:
    documents = v2()
    documents[SLOT] |= {"slotTypeName": "AMAZON.Airport"}
    done = console.run("validate", str(unpacked(documents, console.folder / "tree")))
    assert done.returncode == 0
    assert "  en_US: 2 intents, 1 slot type\n" in done.stdout
    assert "    Order: 2 utterances; slots Size:AMAZON.Airport\n" in done.stdout
    assert "    FallbackIntent: AMAZON.FallbackIntent\n" in done.stdout
    assert "Slot.json: /slotTypeName: AMAZON.Airport is not supported" in done.stdout
    assert done.stdout.endswith("1 bot, 1 warning, no errors\n")
    assert not console.bots.exists()


@pytest.mark.parametrize("command", ["validate", "import"])
def test_a_bot_that_is_refused_ends_with_one_sentence_and_one(console: Console, command: str) -> None:
    documents = v2()
    documents[SLOT] |= {"slotTypeName": "Gone"}
    done = console.run(command, str(unpacked(documents, console.folder / "tree")))
    assert done.returncode == 1
    assert "Slot.json: /slotTypeName: the locale has no such slot type\n" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not console.bots.exists()


def test_a_bot_that_is_not_there_cannot_be_exported(console: Console) -> None:
    done = console.run("export", "Nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no bot 'Nobody'" in done.stderr
    assert "OmniLex" in done.stderr


def test_one_locale_is_exported_alone_and_a_name_is_found_in_any_case(console: Console) -> None:
    done = console.run("export", "omnilex", "--locale", "en_US")
    assert (done.returncode, done.stdout) == (0, "OmniLex-DRAFT-en_US-OMNILEXBOT-LexJson.zip\n")
    (bot,) = read(console.folder / done.stdout.strip()).bots
    assert (bot.name, list(bot.locales)) == ("OmniLex", ["en_US"])
    done = console.run("export", "OmniLex", "--locale", "ja_JP")
    assert (done.returncode, done.stderr[:31]) == (1, "OmniLex does not speak ja_JP, b")


def test_an_import_that_asks_a_code_hook_says_which_and_how_to_bind_another(console: Console) -> None:
    documents = v2(fulfillmentCodeHook={"enabled": True, "isActive": True})
    done = console.run("import", str(unpacked(documents, console.folder / "tree")))
    assert "its code hook: http://127.0.0.1:8082/lex/fulfillment; to bind its own:" in done.stdout
    assert "OMNILEX_CODE_HOOK_BINDINGS=PIZZABOT01/*/*=URL\n" in done.stdout


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"a": \n tru', "cannot be read as JSON: line 2, column 2"),
        (b"\xff", "cannot be read as JSON: it is not UTF-8"),
        (b"[]", "bad.json: must be an object"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_why_a_file_cannot_be_read_is_said_in_words(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "bad.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DefinitionError) as refused:
        read(file)
    assert str(refused.value).endswith(why)


def test_without_a_command_the_commands_are_shown(console: Console) -> None:
    done = console.run()
    assert done.returncode == 2
    assert "validate  Check a bot" in done.stdout


def test_a_broken_import_is_named_by_list_and_the_others_are_shown(console: Console, archive: str) -> None:
    console.run("import", archive)
    unpacked({"broken/Bot.json": {}}, console.bots)
    done = console.run("list")
    assert done.returncode == 0
    assert "PIZZABOT01" in done.stdout
    assert "not served: " in done.stderr


def test_the_operators_command_line_hands_its_arguments_on(console: Console, archive: str) -> None:
    done = console.run("bot", "import", archive, "--name", "Calzone", module="services.cli")
    assert done.returncode == 0
    assert "Calzone" in done.stdout
    done = console.run("bot", "export", "Nobody", module="services.cli")
    assert (done.returncode, done.stdout) == (1, "")
    assert "usage: omnilex bot" in console.run("bot", "--help", module="services.cli").stdout
    assert console.run("bot", "dance", module="services.cli").returncode == 2
