"""Databases that have a service's tables already: copies of one that was migrated once in this run.

Hundreds of tests begin with an empty database; making its tables anew each time was a tenth of what the suite worked.
"""

import asyncio
import shutil
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from shared.db import open_database
from shared.migrations import folder_of


class ReadyTables:
    """Copies of databases of a package's newest tables; `server` gives the URL of a PostgreSQL server."""

    def __init__(self, folder: Path, server: Callable[[], str]) -> None:
        self._folder = folder
        self._server = server
        self._files: dict[str, Path] = {}
        self._names: dict[str, str] = {}

    def sqlite(self, file: Path, package: str) -> None:
        """Puts such a database there."""
        if package not in self._files:
            made = self._folder / f"{package}.sqlite"
            _migrate(f"sqlite+aiosqlite:///{made}", package)
            self._files[package] = made
        shutil.copyfile(self._files[package], file)

    def postgres(self, package: str | None) -> str:
        """The name of a new database on the server; an empty one without a package."""
        if package is None:
            return self._created("template1")
        if package not in self._names:
            name = self._created("template1")
            _migrate(self.url(name), package)
            self._names[package] = name
        return self._created(self._names[package])

    def url(self, name: str) -> str:
        url = make_url(self._server()).set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        with psycopg.connect(self._server(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _created(self, like: str) -> str:
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self._server(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name


def package_of(test: Path, root: Path) -> str | None:
    """The service whose tables a test's databases have, by the folder it lies in; None for one without tables."""
    service = test.relative_to(root).parts[0]
    if service == "accounts":  # whose tables come with a bank in them (tests/accounts/filled.py)
        return None
    try:
        return f"services.{service}" if folder_of(f"services.{service}").is_dir() else None
    except ModuleNotFoundError:
        return None


def _migrate(url: str, package: str) -> None:
    async def migrate() -> None:
        async with open_database(url, package):
            pass

    with ThreadPoolExecutor(1) as thread:  # the test's own loop is left alone
        thread.submit(asyncio.run, migrate()).result()
