"""Keeps an imported bot as a V2 tree, where a running service finds it."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from services.lex.definition.export import export_documents, written
from services.lex.definition.model import BotDefinition


def keep_bot(bot: BotDefinition, folder: Path) -> Path:
    """Writes the bot into the folder, whole or not at all, in place of an earlier import of it, and says where.

    A reader finds the earlier one or the new one or, for a moment, both: then the one last in order of names is meant.
    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".import-", dir=folder))
    try:
        for path, document in export_documents(bot).items():
            file = draft / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(written(document))
        draft.chmod(0o755)
        earlier = _imports_of(bot, folder)
        number = int(earlier[-1].name.rpartition("-")[2]) + 1 if earlier else 1
        kept = _moved(draft, folder, bot.identifier, number)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for old in earlier:
        _remove(old)
    return kept


def _imports_of(bot: BotDefinition, folder: Path) -> list[Path]:
    ours = re.compile(rf"{bot.identifier}-\d{{8}}")
    return sorted(child for child in folder.iterdir() if ours.fullmatch(child.name))


def _moved(draft: Path, folder: Path, identifier: str, number: int) -> Path:
    """Takes the next free number: somebody else may be importing the same bot."""
    for tried in range(number, number + 100):
        target = folder / f"{identifier}-{tried:08}"
        if not target.exists():
            try:
                return draft.rename(target)
            except OSError:
                if not target.exists():
                    raise
    raise FileExistsError(f"no free name for {identifier} in {folder}")


def _remove(old: Path) -> None:
    """Out of sight first, so that nobody reads it half removed."""
    hidden = old.with_name(f".removed-{old.name}-{os.getpid()}")
    try:
        old.rename(hidden)
    except FileNotFoundError:
        return
    shutil.rmtree(hidden, ignore_errors=True)
