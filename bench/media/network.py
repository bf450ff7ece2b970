"""A way to PostgreSQL that can be cut without closing a connection, as a broken network is."""

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from sqlalchemy import make_url

from shared.background import all_or_none, stopped


class Proxy:
    """Forwards a TCP port of this machine to the server's socket; between `cut` and `mend` nothing passes."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._open = threading.Event()
        self._open.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        address = self._target.set(host="127.0.0.1", port=self._port, query={})
        return address.render_as_string(hide_password=False)

    def cut(self) -> None:
        self._open.clear()

    def mend(self) -> None:
        self._open.set()

    def __enter__(self) -> Self:
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._connected, "127.0.0.1", 0), self._loop
        ).result()
        self._port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        await stopped([task for task in asyncio.all_tasks() if task is not asyncio.current_task()])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # of which the stream's own callback would complain
            await self._between(reader, writer)

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passable()
        folder, port = str(self._target.query.get("host")), self._target.port or 5432
        if folder.startswith("/"):
            to_server = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        else:
            to_server = await asyncio.open_connection(self._target.host, port)
        with suppress(ConnectionError):
            await all_or_none([self._forward(reader, to_server[1]), self._forward(to_server[0], writer)])
        for end in (writer, to_server[1]):
            end.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._passable()
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _passable(self) -> None:
        while not self._open.is_set():  # noqa: ASYNC110  set by another thread
            await asyncio.sleep(0.05)
