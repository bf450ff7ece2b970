"""The workflow engine's database as a file: one process at a time, and the right SQLite."""

import asyncio
import fcntl
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TextIO

from sqlalchemy import make_url

_LOCK_PATIENCE = 15.0


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """Keeps other processes from the file. Raises RuntimeError while another one has it."""
    file = Path(make_url(url).database or "workflow.sqlite")
    await asyncio.to_thread(file.parent.mkdir, parents=True, exist_ok=True)
    with await asyncio.to_thread(_hold, file.with_suffix(".lock")):
        await asyncio.to_thread(_set_wal, file)
        yield


def _hold(lock: Path) -> TextIO:
    """The lock file, locked. A second process with the same executor id would do the first one's work again."""
    file = lock.open("a")
    until = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                file.close()
                raise RuntimeError("another media process works on the same data folder") from None
            time.sleep(0.1)
        else:
            return file


def _set_wal(file: Path) -> None:
    """Kept in the file. With the same library as DBOS: two of them must never have one file open."""
    connection = newest_sqlite().connect(file)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def newest_sqlite() -> ModuleType:
    """The newest SQLite there is. Raises RuntimeError for one on which DBOS cannot tell the time."""
    if find_spec("pysqlite3") is not None:
        return import_module("pysqlite3.dbapi2")
    if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise RuntimeError("SQLite 3.42 or newer is needed: install pysqlite3-binary")
    return import_module("sqlite3.dbapi2")
