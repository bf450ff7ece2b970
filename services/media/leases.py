"""Who among several workers on PostgreSQL is alive, and how the work of one that is not goes to the others.

Each process life has an executor id of its own and a lease on it, renewed by the DATABASE's clock. The workflow engine
itself takes over from nobody: a sweep, by any worker but by one at a time, finds running workflows whose executor holds
no lease and has the engine enqueue them again. Taker and holder race for the lease's row, so one of them wins; a holder
that lost ends at once. A worker that cannot renew does not end: its steps wait at `guard`, as the database may only be
failing over. For the same reason nobody takes an expired lease right after a start or a gap of its own.
"""

import asyncio
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence

import psycopg
from sqlalchemy import make_url

log = logging.getLogger("omnilex.media.leases")

EXIT_TAKEN = 70
_GUARD_SECONDS = 0.2
_SWEEP_SECONDS = 10
_DDL = """CREATE TABLE IF NOT EXISTS media_lease (
  executor_id text PRIMARY KEY, started_at timestamptz NOT NULL DEFAULT now(),
  last_seen timestamptz NOT NULL DEFAULT now(), taken_at timestamptz)"""
_RENEW = "UPDATE media_lease SET last_seen = now() WHERE executor_id = %s AND taken_at IS NULL"
# One statement, so one snapshot. Without a row the lease was given back: such work may be taken at any time.
_ORPHANS = """SELECT DISTINCT w.executor_id FROM dbos.workflow_status w
 LEFT JOIN media_lease l ON l.executor_id = w.executor_id
 WHERE w.status = 'PENDING' AND w.application_name = %(application)s AND w.application_version = %(version)s
   AND (l.executor_id IS NULL OR l.taken_at IS NOT NULL
        OR %(expired)s AND l.last_seen <= now() - make_interval(secs => %(ttl)s))"""
_TAKE = """INSERT INTO media_lease (executor_id, last_seen, taken_at)
 SELECT id, '-infinity', now() FROM unnest(%(ids)s::text[]) id
 ON CONFLICT (executor_id) DO UPDATE SET taken_at = COALESCE(media_lease.taken_at, now())
   WHERE media_lease.taken_at IS NOT NULL OR media_lease.last_seen <= now() - make_interval(secs => %(ttl)s)
 RETURNING executor_id"""
_FORGET = """DELETE FROM media_lease WHERE taken_at < now() - interval '1 day'
 OR (last_seen < now() - interval '1 day' AND last_seen > '-infinity')"""


def new_executor_id() -> str:
    """Never shared and never used again."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


class Lease:
    """One worker's lease, and its part in sweeping. Works in threads: a busy event loop must not cost the lease.

    It is renewed four times in its `seconds`; a holder that could not holds back when a quarter of them is left.
    `requeue` has the engine enqueue again what these executors were running; calling it twice is harmless.
    """

    def __init__(
        self,
        url: str,
        *,
        application: str,
        version: str,
        requeue: Callable[[Sequence[str]], None],
        seconds: float = 12.0,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self.executor_id = new_executor_id()
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._application = application
        self._version = version
        self._requeue = requeue
        self._ttl = seconds
        self._beat = self._margin = seconds / 4
        self._end = end
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._renewed = self._take_after = float("-inf")
        self._released = False

    def register(self) -> None:
        """Before the engine is launched: work of this process must never be seen without its lease."""
        began = time.monotonic()
        with self._connect() as connection:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(hashtext('media_lease'))")
                connection.execute(_DDL)
            connection.execute("INSERT INTO media_lease (executor_id) VALUES (%s)", (self.executor_id,))
        self._renewed, self._take_after = began, began + self._ttl

    def start(self) -> None:
        """After the engine was launched."""
        for name, work in (("lease", self._keep), ("takeover", self._sweep_again_and_again)):
            thread = threading.Thread(target=work, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def release(self) -> None:
        """Once nothing is worked on: the others take what is left at their next sweep. A second call does nothing."""
        if self._released:
            return
        self._released = True
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        try:
            with self._connect() as connection:
                connection.execute("DELETE FROM media_lease WHERE executor_id = %s", (self.executor_id,))
        except psycopg.Error as error:
            log.warning("lease.not-released", extra={"fault": type(error).__name__})

    def is_fresh(self) -> bool:
        return time.monotonic() - self._renewed < self._ttl - self._margin

    async def guard(self) -> None:
        """Before anything that is seen outside: comes back when this worker is sure to hold its lease."""
        while not self.is_fresh():  # noqa: ASYNC110  what is waited for is a moment by the clock, told by a thread
            await asyncio.sleep(_GUARD_SECONDS)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        # Bounded on every side: a renewal that hangs on a dead connection would never notice that the network is back.
        return psycopg.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=3,
            options="-c statement_timeout=3000",
            keepalives_idle=3,
            keepalives_interval=2,
            keepalives_count=2,
            tcp_user_timeout=5000,
        )

    def _keep(self) -> None:
        connection = None
        while not self._stopping.wait(self._beat):
            try:
                began = time.monotonic()  # before the statement: the lease is never younger than we believe
                connection = connection or self._connect()
                held = connection.execute(_RENEW, (self.executor_id,)).rowcount
            except psycopg.Error as error:
                log.warning("lease.not-renewed", extra={"fault": type(error).__name__})
                connection = None
                continue
            if held == 0:
                log.error("lease.taken", extra={"executor": self.executor_id})
                self._end(EXIT_TAKEN)
                return
            if began - self._renewed > 2 * self._beat:
                self._take_after = began + self._ttl  # we were cut off: the others may have been as well
            self._renewed = began
        if connection is not None:
            connection.close()

    def _sweep_again_and_again(self) -> None:
        while not self._stopping.wait(self._beat):
            try:
                if self.is_fresh():
                    self.sweep()
            except Exception as error:  # noqa: BLE001  orphans stay orphans: the next sweep sees them again
                log.warning("takeover.failed", extra={"fault": type(error).__name__})

    def sweep(self) -> list[str]:
        """One look for orphans; gives the executors whose work was enqueued again."""
        with self._connect() as holding, holding.transaction():
            # A worker that is frozen in here must not keep the others from it.
            holding.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{_SWEEP_SECONDS}s'")
            taken = holding.execute("SELECT pg_try_advisory_xact_lock(hashtext('media_takeover'))").fetchone()
            return self._take_over() if taken == (True,) else []

    def _take_over(self) -> list[str]:
        values = {
            "application": self._application,
            "version": self._version,
            "ttl": self._ttl,
            "expired": time.monotonic() > self._take_after,
        }
        with self._connect() as connection:
            orphans = [row[0] for row in connection.execute(_ORPHANS, values).fetchall()]
            if not orphans:
                return []
            taken = connection.execute(_TAKE, {"ids": orphans, "ttl": self._ttl}).fetchall()
            dead = [str(row[0]) for row in taken]
            if dead:
                log.warning("takeover", extra={"executors": dead})
                self._requeue(dead)
            connection.execute(_FORGET)
            return dead
