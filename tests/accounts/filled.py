"""Databases with the demo bank in them: filled once in a run for each kind of database, and copied from then on."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

from services.accounts.clock import Clock
from services.accounts.demo_bank import open_demo_bank
from services.accounts.pins import PinHasher
from shared.db import Database, open_database

_FILLED: dict[str, URL] = {}


@asynccontextmanager
async def demo_database(url: str, pins: PinHasher, clock: Clock) -> AsyncIterator[Database]:
    """The empty database of the URL with the demo bank in it, as `open_demo_bank` leaves it.

    `pins` and `clock` must be the same for all that share a run.
    """
    target = make_url(url)
    kind = target.get_backend_name()
    if kind not in _FILLED:
        _FILLED[kind] = await _fill(target, pins, clock)
    await asyncio.to_thread(_copy_file if kind == "sqlite" else _copy_database, _FILLED[kind], target)
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def _fill(like: URL, pins: PinHasher, clock: Clock) -> URL:
    url = await asyncio.to_thread(_empty, like)
    async with open_database(url.render_as_string(hide_password=False), "services.accounts") as database:
        await open_demo_bank(database, pins, clock)
    return url


def _empty(like: URL) -> URL:
    if like.get_backend_name() == "sqlite":
        folder = tempfile.mkdtemp(prefix="omnilex-bank-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return like.set(database=str(Path(folder) / "bank.sqlite"))
    name = f"bank_{os.getpid()}"
    with _server(like) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return like.set(database=name)


def _copy_file(source: URL, target: URL) -> None:
    """A file that is there already stays as it is: a bank that is opened again keeps what it has."""
    if not Path(target.database or "").exists():
        shutil.copyfile(source.database or "", target.database or "")


def _copy_database(source: URL, target: URL) -> None:
    with _server(target) as connection:
        connection.execute(f"DROP DATABASE {target.database}")
        connection.execute(f"CREATE DATABASE {target.database} TEMPLATE {source.database}")


def _server(url: URL) -> psycopg.Connection[tuple[object, ...]]:
    """A connection to the server itself; it ends with the process, and the databases with it."""
    plain = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)
