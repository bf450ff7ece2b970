"""Server-sent events, as the HTML standard writes them (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from services.gateway.feeds import FeedEvent
from shared.background import stopped

_COMES_BACK_AFTER_MS = 2000
_LAST_SECONDS = 1.0


class Followed(Protocol):
    """Something that is followed until it ends."""

    @property
    def ended(self) -> asyncio.Event: ...

    def batches(self) -> AsyncIterator[Sequence[FeedEvent]]: ...

    def close(self) -> None: ...


class EventStream(Response):
    """The events of a feed until it ends, the reader leaves, or the server stops; closes the feed in any case."""

    media_type = "text/event-stream"

    def __init__(self, feed: Followed) -> None:
        self.status_code = 200
        self.background: BackgroundTask | None = None
        # Without these, a proxy may keep what is said until there is more of it.
        self.init_headers({"cache-control": "no-store, no-transform", "x-accel-buffering": "no"})
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        writing = asyncio.ensure_future(self._write(send))
        leaving = asyncio.ensure_future(_left(receive))
        ending = asyncio.ensure_future(self._feed.ended.wait())
        try:
            await asyncio.wait({writing, leaving, ending}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():  # one who does not read must not hold up the server that stops
                await asyncio.wait({writing}, timeout=_LAST_SECONDS)
            if writing.done():
                await writing
        finally:
            self._feed.close()
            await stopped((writing, leaving, ending))

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send(_chunk(f"retry: {_COMES_BACK_AFTER_MS}\n\n".encode()))
        async for events in self._feed.batches():
            await send(_chunk(encoded(events)))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def encoded(events: Sequence[FeedEvent]) -> bytes:
    """The events on the wire; a comment, which keeps the connection open, where there are none."""
    if not events:
        return b": nothing new\n\n"
    return b"".join(_lines(event) for event in events)


def _lines(event: FeedEvent) -> bytes:
    """JSON has no raw line break, so that one line holds the data."""
    number = f"id: {event.id}\n" if event.id is not None else ""
    return f"event: {event.name}\n{number}data: ".encode() + event.data.model_dump_json().encode() + b"\n\n"


def _chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
