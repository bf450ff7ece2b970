"""Reads the JSON documents of a folder on disk."""

import os
from collections.abc import Iterator
from pathlib import Path

from services.lex.definition.archive import wanted
from services.lex.definition.documents import LARGEST_FILE, LARGEST_TOTAL, MOST_FILES, Documents
from services.lex.definition.faults import DefinitionError, reason

_DEEPEST = 12


def read_folder(folder: Path) -> Documents:
    """Links are followed only inside the folder. Raises DefinitionError when there is too much or a file is gone."""
    raw: dict[str, bytes] = {}
    total = 0
    for file in files_in(folder):
        path = file.relative_to(folder).as_posix()
        try:
            size = file.stat().st_size
            total += size
            if size > LARGEST_FILE:
                raise DefinitionError(f"{file}: larger than {LARGEST_FILE} bytes")
            if total > LARGEST_TOTAL:
                raise DefinitionError(f"{folder}: holds more than {LARGEST_TOTAL} bytes")
            raw[path] = file.read_bytes()
        except OSError as error:
            raise DefinitionError(f"{file}: cannot be read as JSON: {reason(error)}") from error
    return Documents(str(folder), folder.resolve().name, raw)


def files_in(folder: Path) -> Iterator[Path]:
    """Every JSON document that could belong to a bot. Raises DefinitionError when there are too many files."""
    root = folder.resolve()
    count = 0
    for at, folders, names in os.walk(folder):
        depth = len(Path(at).relative_to(folder).parts)
        folders[:] = [name for name in folders if depth < _DEEPEST and not name.startswith((".", "__", "node_modules"))]
        count += len(names)
        if count > MOST_FILES:
            raise DefinitionError(f"{folder}: holds more than {MOST_FILES} files")
        for name in names:
            file = Path(at, name)
            if wanted(name) and file.is_file() and file.resolve().is_relative_to(root):
                yield file
