"""That an image holds what its service needs.  `SERVICE=lex python -m deploy.image_proof COMPILED [FOLDER …]`

Run in the file system of the image itself, where nothing else is. Imports every module of the service and of what is
shared, and what these import later; puts the application together; opens every client of AWS that their sources name.
What binaries below a FOLDER are linked with must be there: many are loaded at first use only. Exit code 1 names what is
missing. A package that is not installed at all is meant not to be: the extra is left out.

To COMPILED goes the bytecode of the standard library's modules that this took: the official images come without, and a
file system that is read-only would have each start compile them anew.
"""

import ast
import importlib
import os
import pkgutil
import py_compile
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import cache_from_source, find_spec
from pathlib import Path

from uvicorn import Config

from deploy.image_libraries import unresolved

_RUN = (".__main__", ".migrations.env")  # these do their work when they are imported
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NAMED = ("aiosqlite", "psycopg", "uvloop")  # by the URL of a database, and by uvicorn
_SERVER = ("shared.healthcheck", "concurrent.futures.process", "multiprocessing.forkserver", "multiprocessing.spawn")


class Unnamed(Exception):
    """A client of AWS whose service is only known when it runs, so that nobody can tell what the image needs."""


def modules(*packages: str) -> Iterator[str]:
    """The packages and every module in them."""
    for name in packages:
        package = importlib.import_module(name)
        yield name
        found = (module.name for module in pkgutil.walk_packages(package.__path__, f"{name}."))
        yield from (module for module in found if not module.endswith(_RUN))


def missing(names: Iterator[str]) -> Iterator[str]:
    """What is not there of packages that are."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            package = (error.name or "").partition(".")[0]
            if not package or "." in (error.name or "") or find_spec(package):
                yield f"{name}: {error}"


def late(sources: Iterator[Path]) -> Iterator[str]:
    """The modules that the sources import when a function is called, and not before."""
    for path in sources:
        functions = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, _FUNCTIONS))
        for node in (inner for function in functions for inner in ast.walk(function)):
            match node:
                case ast.Import(names=names):
                    yield from (alias.name for alias in names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield module


def aws_services(sources: Iterator[Path]) -> set[str]:
    """The AWS services of which the sources make a client. Raises Unnamed where one is not written out."""
    found = set()
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client":
                match node.args:
                    case [ast.Constant(value=str(service)), *_]:
                        found.add(service)
                    case _:
                        raise Unnamed(f"{path}:{node.lineno}: name the service of this client")
    return found


def unopened(services: set[str]) -> Iterator[str]:
    """The AWS services of which no client can be made."""
    from botocore.exceptions import UnknownServiceError  # noqa: PLC0415  not every image has it
    from botocore.session import Session  # noqa: PLC0415

    session = Session()
    for service in sorted(services):
        try:
            session.create_client(service, "us-east-1", aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106
        except UnknownServiceError:
            yield f"botocore: nothing about {service}"


def application(service: str) -> None:
    """Puts the application and its server together, without starting either."""
    Config(f"services.{service}.main:create_app", factory=True).load()


def compile_used(target: Path) -> None:
    """The bytecode of the standard library's modules imported so far, below `target` by their whole paths.

    It is never held against the source again: neither changes in an image.
    """
    library = Path(sysconfig.get_path("stdlib"))
    for module in list(sys.modules.values()):
        source = Path(getattr(module, "__file__", None) or os.devnull)
        if source.suffix == ".py" and source.is_relative_to(library) and "site-packages" not in source.parts:
            compiled = target / Path(cache_from_source(str(source))).relative_to("/")
            py_compile.compile(
                str(source),
                str(compiled),
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )


def main(service: str, target: Path, folders: list[Path]) -> int:
    package = f"services.{service}"
    roots = [Path(path) for name in ("shared", package) for path in importlib.import_module(name).__path__]
    sources = [path for root in roots for path in root.rglob("*.py")]
    faults = [
        *missing(iter((*modules("shared", package), *_SERVER, *_NAMED, *late(iter(sources))))),
        *unresolved(folders),
    ]
    if find_spec("botocore"):
        faults += unopened(aws_services(iter(sources)))
    if not faults:
        application(service)
        compile_used(target)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    compiled, *below = map(Path, sys.argv[1:])
    sys.exit(main(os.environ["SERVICE"], compiled, below))
