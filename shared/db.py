"""One SQL database by URL: SQLite (WAL) on a laptop, PostgreSQL in production, the same code on both."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from shared.errors import Unavailable
from shared.migrations import is_newest, upgrade

if TYPE_CHECKING:
    from alembic.runtime.environment import EnvironmentContext

_WRITES = "omnilex_writes"
_BEGIN_WRITING, _BEGIN_READING = "BEGIN IMMEDIATE", "BEGIN"
_POOL_SIZE = 10
_CONNECT_SECONDS = 5
_BUSY_SECONDS = 15
_WAL_TRIES, _WAL_WAIT = 50, 0.02
_WAL_PAGES = 4000  # 16 MB. Whoever fills the log waits for the disk: with 1000 that is one turn in a hundred.
_TRIES = 4
_LOST_TO_A_RIVAL = ("40P01", "40001")  # deadlock_detected, serialization_failure
T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware moment, stored in UTC; SQLite would otherwise hand it back without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


class Database:
    """Opens transactions. The service decides where one begins and ends; queries live in its `store.py`."""

    def __init__(self, url: str) -> None:
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _engine(url, sqlite=self.sqlite)
        self._at_once = _AtOnce(url, writes=True) if self.sqlite else None
        self._reads_at_once = _AtOnce(url, writes=False) if self.sqlite else None

    async def at_once(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` in a transaction that may write: committed after it, rolled back on any error.

        `work` is only statements and what they need: on SQLite the whole of it is one visit to a thread, where the
        driver of `transaction` visits one for every statement.
        """
        if self._at_once is not None:
            return await self._at_once.run(work)
        async with self.engine.begin() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """`at_once` for work on a session: on SQLite such works come one after another, in the order they were given.

        On PostgreSQL a work that lost a deadlock is run again from its start.
        """
        if self._at_once is not None:
            return await self._at_once.run(lambda connection: _in_session(work, connection))
        for _ in range(_TRIES - 1):
            try:
                return await self._written(work)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in _LOST_TO_A_RIVAL:
                    raise
        return await self._written(work)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Runs `work`, only statements as in `at_once`, over one snapshot to read from; it waits for no writer."""
        if self._reads_at_once is not None:
            return await self._reads_at_once.run(lambda connection: _in_session(work, connection))
        async with self.reading() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            return await session.run_sync(work)

    async def look(self, work: Callable[[Connection], T]) -> T:
        """`read` as cheap as it can be: over a connection, and each statement sees what was committed before it."""
        if self._reads_at_once is not None:
            return await self._reads_at_once.run(work)
        async with self.engine.connect() as connection:
            return await connection.run_sync(work)

    async def _written(self, work: Callable[[Session], T]) -> T:
        async with self.transaction() as session:
            return await session.run_sync(work)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A transaction that may write: committed at the end of the block, rolled back on any error.

        On SQLite it takes the write lock at once, so that two of them queue up instead of failing half-way.
        """
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            await session.connection(execution_options={_WRITES: True})
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A snapshot to read from; nothing done in it is kept."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    async def ready(self) -> None:
        """Raises Unavailable when the database does not answer."""
        try:
            async with self.reading() as session:
                await session.execute(text("SELECT 1"))
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            raise Unavailable("The database does not answer.") from error

    async def migrate(self, package: str) -> None:
        """Brings the tables of `package` (which holds a `migrations` folder) to the newest version."""
        async with self.engine.connect() as connection:
            if await connection.run_sync(is_newest, package):
                return
        async with self.engine.connect() as connection:
            writing = await connection.execution_options(**{_WRITES: True})
            async with writing.begin():
                if not self.sqlite:  # several replicas may start at once
                    await writing.execute(text("SELECT pg_advisory_xact_lock(hashtext('omnilex_migrations'))"))
                await writing.run_sync(upgrade, package)

    async def close(self) -> None:
        for thread in (self._at_once, self._reads_at_once):
            if thread is not None:
                thread.close()
        await self.engine.dispose()


class _AtOnce:
    """One thread with one connection to an SQLite file: pieces of work are carried out one after another."""

    def __init__(self, url: str, *, writes: bool) -> None:
        plain = make_url(url).set(drivername="sqlite+pysqlite")
        connect_args = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
        self._engine = create_engine(plain, connect_args=connect_args, poolclass=StaticPool)
        _prepare_connections(self._engine)
        self._begin = _BEGIN_WRITING if writes else _BEGIN_READING
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")

    async def run(self, work: Callable[[Connection], T]) -> T:
        context = copy_context()  # the request's id, for what is written about it
        return await asyncio.get_running_loop().run_in_executor(self._thread, context.run, self._done, work)

    def _done(self, work: Callable[[Connection], T]) -> T:
        connection = self._connection
        if connection is None or connection.closed or connection.invalidated:
            connection = self._connection = self._engine.connect()
        try:
            with connection.begin():
                # Said here, not by a listener: with one, the engine looks for listeners at every statement.
                connection.exec_driver_sql(self._begin)
                return work(connection)
        except BaseException:
            self._connection = None
            connection.close()  # the pool rolls back what is left of the transaction, whatever broke it
            raise

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()


def _in_session(work: Callable[[Session], T], connection: Connection) -> T:
    """`work` over a connection whose transaction is begun and ended by others."""
    with Session(connection, expire_on_commit=False) as session:
        result = work(session)
        session.flush()
        return result


@asynccontextmanager
async def open_database(url: str, package: str) -> AsyncIterator[Database]:
    """A migrated database for the life of the block."""
    if make_url(url).get_backend_name() == "sqlite" and (name := make_url(url).database):
        await asyncio.to_thread(Path(name).parent.mkdir, parents=True, exist_ok=True)
    database = Database(url)
    try:
        await database.migrate(package)
        yield database
    finally:
        await database.close()


def run_migrations(context: "EnvironmentContext", metadata: MetaData, service: str) -> None:
    """The whole of a service's `migrations/env.py`. Each service has a version table of its own."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=f"{service}_migrations",
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()


def _engine(url: str, *, sqlite: bool) -> AsyncEngine:
    if not sqlite:
        connect_args = {} if "connect_timeout" in make_url(url).query else {"connect_timeout": _CONNECT_SECONDS}
        return create_async_engine(url, pool_size=_POOL_SIZE, pool_pre_ping=True, connect_args=connect_args)
    engine = create_async_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    _prepare(engine.sync_engine)
    return engine


def _prepare(engine: Engine) -> None:
    """Sets up every connection of an SQLite engine, and begins its transactions as they are meant."""
    _prepare_connections(engine)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql(_BEGIN_WRITING if writes else _BEGIN_READING)


def _prepare_connections(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin on its own
        cursor = connection.cursor()
        for pragma in (
            "busy_timeout=15000",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"wal_autocheckpoint={_WAL_PAGES}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        _write_ahead(cursor)
        cursor.close()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Puts the file in WAL mode. Of two that change the mode at once one is refused, without waiting for the other."""
    for _ in range(_WAL_TRIES):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            time.sleep(_WAL_WAIT)
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")
