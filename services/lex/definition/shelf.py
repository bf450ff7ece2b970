"""The folders whose bots are served, and what has changed in them."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from services.lex.definition.faults import DefinitionError
from services.lex.definition.folder import files_in
from services.lex.definition.model import BotDefinition
from services.lex.definition.reader import look

log = logging.getLogger("omnilex.lex.definition")

_BOT_MARKS = ("Bot.json", "BotLocales", "Manifest.json", "manifest.json")
_FILES = (".zip", ".json")
State = tuple[tuple[str, int, int], ...]


class Shelved(NamedTuple):
    bot: BotDefinition
    source: Path


class BotShelf:
    """Each folder is a bot, or holds bots: trees, zips, V1 files. Of two bots with one id, the later folder's counts.

    A source that cannot be read is logged, and what was read from it before stays on the shelf.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._states: dict[Path, State] = {}
        self._seen: dict[Path, State] = {}
        self._bots: dict[Path, list[BotDefinition]] = {}
        self.faults: dict[Path, DefinitionError] = {}

    def load(self) -> list[Shelved]:
        """Reads what is new or different since the last time."""
        states = self._look()
        for source, state in states.items():
            if state != self._states.get(source):
                self._read(source)
        for gone in self._bots.keys() - states.keys():
            del self._bots[gone]
        self.faults = {source: fault for source, fault in self.faults.items() if source in states}
        self._states = self._seen = states
        return self._shelved(states)

    def changed(self) -> list[Shelved] | None:
        """As `load`, once something is different and has come to rest since the last look; else None."""
        states, before = self._look(), self._seen
        self._seen = states
        return self.load() if states not in (self._states,) and states == before else None

    def _look(self) -> dict[Path, State]:
        return {source: _state(source) for folder in self._folders for source in sources(folder)}

    def _read(self, source: Path) -> None:
        try:
            self._bots[source] = look(source).bots
            self.faults.pop(source, None)
        except DefinitionError as fault:
            self.faults[source] = fault
            log.error("lex.bot_refused", extra={"source": source.name, "reason": str(fault)})

    def _shelved(self, order: dict[Path, State]) -> list[Shelved]:
        found = {bot.identifier: Shelved(bot, source) for source in order for bot in self._bots.get(source, [])}
        return list(found.values())


def sources(folder: Path) -> list[Path]:
    """The folder itself when it is a bot, else what it holds that could be one; nothing when it is not there."""
    if any((folder / mark).exists() for mark in _BOT_MARKS):
        return [folder]
    if not folder.is_dir():
        return []
    children = sorted(child for child in folder.iterdir() if not child.name.startswith((".", "__")))
    return [child for child in children if child.is_dir() or child.suffix.lower() in _FILES]


def _state(source: Path) -> State:
    """What changes whenever a file of the source does."""
    try:
        files = [source] if source.is_file() else sorted(files_in(source))
        return tuple((str(file), (found := file.stat()).st_mtime_ns, found.st_size) for file in files)
    except (OSError, DefinitionError):
        return ()
