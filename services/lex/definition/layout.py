"""Where the bots are in a tree of documents: known by what folders hold, not by their names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.lex.definition.faults import DefinitionError

_EXPORT_NAME = re.compile(r"(?P<bot>.+?)-(?:DRAFT|\d+)(?:-[a-z]{2}_[A-Z0-9]{2,3})?-[0-9A-Za-z]{6,12}-LexJson")


@dataclass
class BotFolder:
    """`locales` are the folders of the locales; `file` is None when only locales were exported."""

    root: str
    file: str | None = None
    locales: set[str] = field(default_factory=set)

    def name(self, source: str) -> str:
        """What the bot is called when no Bot.json says it: its folder, else the archive or folder all is in."""
        own = self.root.rpartition("/")[2]
        return own or bot_name(source)


def bot_name(source: str) -> str:
    """`Name-DRAFT-en_US-ABCDEFGHIJ-LexJson` → `Name`; any other name as it is."""
    named = _EXPORT_NAME.fullmatch(source)
    return named["bot"] if named else source


def bot_folders(paths: Iterable[str]) -> list[BotFolder]:
    """The bots of a V2 tree, by their folder; locales that lie outside any bot make one bot together."""
    bots: dict[str, BotFolder] = {}
    for path in paths:
        *folders, leaf = path.split("/")
        if "BotLocales" in folders:
            cut = folders.index("BotLocales")
            root = "/".join(folders[:cut])
            if len(folders) > cut + 1:
                bots.setdefault(root, BotFolder(root)).locales.add("/".join(folders[: cut + 2]))
        elif leaf == "Bot.json":
            root = "/".join(folders)
            bots.setdefault(root, BotFolder(root)).file = path
        elif leaf == "BotLocale.json":
            bots.setdefault("", BotFolder("")).locales.add("/".join(folders))
    return [bots[root] for root in sorted(bots)]


class Tree:
    """Which folders hold which: looked up once per intent and slot, so it is indexed once."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._folders: dict[str, set[str]] = {}
        for path in self._paths:
            folders = path.split("/")[:-1]
            for depth, name in enumerate(folders):
                self._folders.setdefault("/".join(folders[:depth]), set()).add(name)

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def children(self, folder: str, leaf: str) -> list[str]:
        """`folder/*/leaf` for every subfolder that holds anything, also where there is no such leaf."""
        return [joined(folder, f"{name}/{leaf}") for name in sorted(self._folders.get(folder, ()))]


def joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def unique(kind: str, name: str, taken: Iterable[str], where: str) -> str:
    """The name. Raises DefinitionError when another of its kind has it."""
    if name in taken:
        raise DefinitionError(f"{where}: /name: another {kind} is called {name!r} too")
    return name
