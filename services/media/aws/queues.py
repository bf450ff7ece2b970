"""Messages from Amazon SQS: taken, worked on, and deleted only when that is done."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

import aioboto3
from aiobotocore.config import AioConfig

from services.media.aws.events import UnreadableMessage
from services.media.faults import AWAY
from shared.aws import AWS_CONFIG, aws_session, translated_errors
from shared.background import in_background
from shared.errors import Problem

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient
    from types_aiobotocore_sqs.type_defs import MessageTypeDef

log = logging.getLogger("omnilex.media.queues")

Outcome = Literal["done", "unreadable", "failed"]
_AT_ONCE = 10
_LONG_POLL = 20
_LONGEST_PAUSE = 30.0
_RENEWALS = 3  # of a message's invisibility in the time it lasts, so that one may fail
_CONFIG = AWS_CONFIG.merge(AioConfig(read_timeout=_LONG_POLL + 15))


class QueueReader:
    """Hands each message's body to `handle`, any number of readers beside it.

    A message that `handle` takes is deleted. One that it cannot read (UnreadableMessage), or fails on, is left for the
    queue's own dead-letter rule. While a part of the system is away the messages in hand are held and no more are
    taken, so that an outage fills no dead-letter queue. What became of each message is added to `counts`.
    """

    def __init__(
        self,
        client: "SQSClient",
        url: str,
        handle: Callable[[str], Awaitable[None]],
        *,
        visibility_seconds: int,
        counts: Counter[str],
        long_poll_seconds: int = _LONG_POLL,
        first_pause: float = 1.0,
    ) -> None:
        self._client = client
        self._url = url
        self._handle = handle
        self._visibility = visibility_seconds
        self._long_poll = long_poll_seconds
        self._first_pause = first_pause
        self._counts = counts

    async def run(self) -> None:
        """For ever."""
        await self._look_at_the_queue()
        pause = self._first_pause
        while True:
            try:
                await self.take()
            except Problem as problem:
                log.warning("queue.away", extra={"queue": self._url, "fault": type(problem).__name__})
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                pause = self._first_pause

    async def take(self) -> int:
        """Takes what messages there are, ten at most, and works on them; gives how many that were."""
        with translated_errors("Amazon SQS"):
            answer = await self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_AT_ONCE,
                WaitTimeSeconds=self._long_poll,
                VisibilityTimeout=self._visibility,
            )
        messages = answer.get("Messages", [])
        if not messages:
            return 0
        held = {message["ReceiptHandle"] for message in messages}
        async with self._hidden(held):
            done = await asyncio.gather(*(self._work(message, held) for message in messages))
            await self._delete([message for message, was_done in zip(messages, done, strict=True) if was_done])
        return len(messages)

    async def _work(self, message: "MessageTypeDef", held: set[str]) -> bool:
        """Whether the message is done with. One that is not is hidden no longer than it is."""
        outcome = await self._outcome(message)
        self._counts[outcome] += 1
        if outcome != "done":
            held.discard(message["ReceiptHandle"])
        return outcome == "done"

    async def _outcome(self, message: "MessageTypeDef") -> Outcome:
        fields = {"queue": self._url, "message_id": message.get("MessageId")}
        pause = self._first_pause
        while True:
            try:
                await self._handle(message["Body"])
            except UnreadableMessage as error:
                log.warning("queue.message-unreadable", extra=fields | {"reason": str(error)})
                return "unreadable"
            except AWAY as error:
                log.warning("queue.message-waits", extra=fields | {"fault": type(error).__name__})
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            except Exception:
                log.exception("queue.message-failed", extra=fields)
                return "failed"
            else:
                return "done"

    @asynccontextmanager
    async def _hidden(self, held: set[str]) -> AsyncIterator[None]:
        """Keeps the messages of these receipts from other readers as long as the block lasts."""
        async with in_background(self._keep_hidden(held)):
            yield

    async def _keep_hidden(self, held: set[str]) -> None:
        while True:
            await asyncio.sleep(self._visibility / _RENEWALS)
            receipts = list(held)
            if not receipts:
                continue
            try:
                with translated_errors("Amazon SQS"):
                    await self._client.change_message_visibility_batch(
                        QueueUrl=self._url,
                        Entries=[
                            {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": self._visibility}
                            for number, receipt in enumerate(receipts)
                        ],
                    )
            except Problem as problem:  # the message comes again, which does no harm
                log.warning("queue.not-renewed", extra={"queue": self._url, "fault": type(problem).__name__})

    async def _delete(self, messages: Sequence["MessageTypeDef"]) -> None:
        if not messages:
            return
        try:
            with translated_errors("Amazon SQS"):
                answer = await self._client.delete_message_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                        for number, message in enumerate(messages)
                    ],
                )
            kept = len(answer.get("Failed", []))
        except Problem:
            kept = len(messages)
        if kept:  # they come again, which does no harm
            log.warning("queue.not-deleted", extra={"queue": self._url, "messages": kept})

    async def _look_at_the_queue(self) -> None:
        """Says so when the queue would keep an unreadable message for ever."""
        try:
            with translated_errors("Amazon SQS"):
                answer = await self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["RedrivePolicy"])
        except Problem as problem:
            log.warning("queue.away", extra={"queue": self._url, "fault": type(problem).__name__})
            return
        if "RedrivePolicy" not in answer.get("Attributes", {}):
            log.warning("queue.no-dead-letters", extra={"queue": self._url})


@asynccontextmanager
async def open_sqs(session: aioboto3.Session | None = None) -> AsyncIterator["SQSClient"]:
    """A client with the credentials, Region and endpoint of the environment, for the life of the block."""
    async with (session or aws_session()).client("sqs", config=_CONFIG) as client:
        yield client
