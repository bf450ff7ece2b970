"""The shared libraries that binaries ask for.

The machine's own loader tells (`ld.so --list`, man 8 ld.so), as it does ldd, which needs a shell.
"""

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

_FOUND = re.compile(r"^\s*(\S+) => (/\S+) \(0x", re.MULTILINE)
_NOT_FOUND = re.compile(r"(\S+) => not found|error while loading shared libraries: (\S+):", re.MULTILINE)
_LOADED = re.compile(r"^\s*(/\S+) \(0x", re.MULTILINE)


class NoLoader(Exception):
    """Not a system with glibc's loader."""


def loader() -> Path:
    """The loader of programs for this processor. Raises NoLoader."""
    for pattern in ("lib*/ld-linux*.so.*", "usr/lib*/ld-linux*.so.*"):
        for path in sorted(Path("/").glob(pattern)):
            return path
    raise NoLoader("no ld-linux below /lib, /lib64 or /usr")


def binaries(folders: Iterable[Path]) -> Iterator[Path]:
    """Shared objects and programs in ELF's format; links to them count once, as what they lead to."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    if file.read(4) == b"\x7fELF":
                        yield path


def libraries(binary: Path) -> tuple[set[Path], set[str]]:
    """The files that would be loaded with it, and the names of those that are not there."""
    told = subprocess.run([loader(), "--list", binary], capture_output=True, text=True, check=False)  # noqa: S603
    text = told.stdout + told.stderr
    found = {Path(path) for _, path in _FOUND.findall(text)} | {Path(path) for path in _LOADED.findall(text)}
    return found, {listed or first for listed, first in _NOT_FOUND.findall(text)}


def unresolved(folders: Iterable[Path]) -> Iterator[str]:
    """Every library that a binary below the folders asks for and does not get."""
    for binary in binaries(folders):
        yield from (f"{binary}: no {name}" for name in sorted(libraries(binary)[1]))
