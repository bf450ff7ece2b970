"""The root file system of an image: Python, what it needs of Debian, no shell.  `python -m deploy.image_root TARGET`

Run by the Python of the base whose parts it takes: Python without what only those need who write programs, every
Debian package with a library that Python asks for, and those named here. What TARGET has of packages is written where
scanners for vulnerabilities look when there is no dpkg: `/var/lib/dpkg/status.d/<package>`, the way of Google's
distroless images. Exit code 1 names a library that is not there or belongs to no package.
"""

import shutil
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from deploy.image_libraries import binaries, libraries

# Beside those of Python's libraries. Wheels may ask for libgcc and libstdc++ (PEP 600), whatever Python does.
PACKAGES = frozenset(
    {"base-files", "ca-certificates", "libc-bin", "libc6", "libgcc-s1", "libstdc++6", "netbase", "tzdata"}
)
# Of no package taken: made when it was installed, or openssl's, whose program is not needed.
MADE = (
    "etc/localtime",
    "etc/nsswitch.conf",
    "etc/ssl/openssl.cnf",
    "etc/timezone",
    "usr/lib/ssl/cert.pem",
    "usr/lib/ssl/certs",
    "usr/lib/ssl/openssl.cnf",
)
USERS = {"root": (0, "/root"), "nobody": (65534, "/nonexistent"), "omnilex": (10001, "/nonexistent")}

_PYTHON = ("bin/python*", "lib/libpython*.so*", "lib/python3.*/*")
_NOT_OF_PYTHON = (
    "bin/*-config",
    "*/__pycache__*",
    "lib/python3.*/config-*",
    "lib/python3.*/curses/*",
    "lib/python3.*/ensurepip/*",
    "lib/python3.*/idlelib/*",
    "lib/python3.*/lib2to3/*",
    "lib/python3.*/pydoc_data/*",
    "lib/python3.*/site-packages/*",
    "lib/python3.*/test/*",
    "lib/python3.*/tkinter/*",
    "lib/python3.*/turtle*",
    # Each with libraries of its own, or for Python's own tests
    "*/lib-dynload/_ctypes_test.*",
    "*/lib-dynload/_curses*",
    "*/lib-dynload/_dbm.*",
    "*/lib-dynload/_gdbm.*",
    "*/lib-dynload/_test*",
    "*/lib-dynload/_tkinter.*",
    "*/lib-dynload/_xxtest*",
    "*/lib-dynload/nis.*",
    "*/lib-dynload/readline.*",
    "*/lib-dynload/xx*",
)
_NOT_OF_PACKAGES = (
    "usr/bin/*",
    "usr/lib/*/gconv/*",  # other encodings than UTF-8 for C programs; Python has its own
    "usr/lib/*/perl*",
    "usr/sbin/*",
    "usr/share/base-files/*",
    "usr/share/ca-certificates/*",  # all in one file
    "usr/share/i18n/*",
    "usr/share/info/*",
    "usr/share/lintian/*",
    "usr/share/locale/*",
    "usr/share/man/*",
    "usr/share/zoneinfo/posix/*",
    "usr/share/zoneinfo/right/*",
)


class Unowned(Exception):
    """A library is missing, or nobody could tell its faults since it is of no package."""


class Base:
    """The file system that parts are taken of, with dpkg's own record of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._dpkg = self._root / "var/lib/dpkg"

    def copy(self, paths: Iterable[Path], target: Path) -> None:
        """Copies files, links and empty folders, given by their places below the root, each to the same place."""
        for place in paths:
            source, copied = self._root / place, target / place
            for parent in reversed(copied.relative_to(target).parents[:-1]):
                self._folder(parent, target)
            if source.is_symlink():
                copied.unlink(missing_ok=True)
                copied.symlink_to(source.readlink())
            elif source.is_dir():
                self._folder(place, target)
            elif source.exists():
                shutil.copy2(source, copied)

    def python(self) -> Iterator[Path]:
        """The files of the interpreter in /usr/local, and of its standard library."""
        prefix = self._root / "usr/local"
        for pattern in _PYTHON:
            for found in sorted(prefix.glob(pattern)):
                for path in sorted(found.rglob("*")) if found.is_dir() else [found]:
                    name = str(path.relative_to(prefix))
                    if (path.is_file() or path.is_symlink()) and not _matches(name, _NOT_OF_PYTHON):
                        yield path.relative_to(self._root)

    def packages_of(self, files: Iterable[Path]) -> set[str]:
        """The packages of these libraries. Raises Unowned."""
        owners = {place: package for package in self._installed() for place in self._files(package)}
        found = set()
        for file in files:
            place = self._place(file)
            if place not in owners:
                raise Unowned(f"{file} is of no package")
            found.add(owners[place])
        return found

    def package(self, name: str) -> Iterator[Path]:
        """What is taken of it: its licence of all its documents, and nothing that is run. Raises KeyError."""
        for place in self._files(name):
            document = place.is_relative_to("usr/share/doc")
            if not (document and place.name != "copyright") and not _matches(str(place), _NOT_OF_PACKAGES):
                yield place

    def authorities(self) -> str:
        """The certificates of the package. Never the machine's own bundle, to which a build may have added others."""
        store = Path("usr/share/ca-certificates")
        certificates = [self._root / place for place in self._files("ca-certificates") if place.is_relative_to(store)]
        return "".join(path.read_text().strip() + "\n" for path in sorted(certificates) if path.suffix == ".crt")

    def status(self, package: str) -> str:
        """What dpkg knows of it. Raises KeyError."""
        return self._paragraphs()[package]

    def _paragraphs(self) -> dict[str, str]:
        told = (self._dpkg / "status").read_text().strip().split("\n\n")
        return {paragraph.partition("\n")[0].removeprefix("Package: "): paragraph + "\n" for paragraph in told}

    def _installed(self) -> Iterator[str]:
        for path in sorted((self._dpkg / "info").glob("*.list")):
            yield path.stem.partition(":")[0]

    def _files(self, package: str) -> list[Path]:
        for path in (self._dpkg / "info").glob(f"{package}*.list"):
            if path.stem.partition(":")[0] == package:
                return [self._place(Path(line)) for line in path.read_text().split("\n") if line not in ("", "/.")]
        raise KeyError(f"package {package} is not installed")

    def _place(self, path: Path) -> Path:
        """Where it is below the root since Debian has everything in /usr; packages still say /lib."""
        return self._real(self._root / path.parent.relative_to("/")) / path.name

    @cache  # noqa: B019  one for each run
    def _real(self, folder: Path) -> Path:
        return folder.resolve().relative_to(self._root)

    def _folder(self, place: Path, target: Path) -> None:
        if not (target / place).exists():
            (target / place).mkdir()
            if (self._root / place).is_dir():
                shutil.copymode(self._root / place, target / place)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def asked_for(target: Path) -> set[Path]:
    """The libraries that the binaries below ask for, but those that are there. Raises Unowned."""
    found = set()
    for binary in binaries([target]):
        there, missing = libraries(binary)
        if missing:
            raise Unowned(f"{binary} asks for {', '.join(sorted(missing))}")
        found |= {path for path in there if not (target / path.relative_to("/")).exists()}
    return found


def make(target: Path, base: Base) -> None:
    """Fills `target`. Raises Unowned, and KeyError where the base has no such package."""
    target.mkdir(parents=True, exist_ok=True)
    base.copy(base.python(), target)
    packages = PACKAGES | base.packages_of(asked_for(target))
    status = target / "var/lib/dpkg/status.d"
    for package in sorted(packages):
        base.copy(base.package(package), target)
        status.mkdir(parents=True, exist_ok=True)
        (status / package).write_text(base.status(package))
    base.copy(map(Path, MADE), target)
    bundle = target / "etc/ssl/certs/ca-certificates.crt"
    bundle.parent.mkdir(parents=True, exist_ok=True)
    bundle.write_text(base.authorities())
    for file, line in {"passwd": "{0}:x:{1}:{1}::{2}:/usr/sbin/nologin\n", "group": "{0}:x:{1}:\n"}.items():
        told = (line.format(name, number, home) for name, (number, home) in USERS.items())
        (target / "etc" / file).write_text("".join(told))


def main(target: Path, root: Path = Path("/")) -> int:
    try:
        make(target, Base(root))
    except (Unowned, KeyError) as error:
        print(error.args[0], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
