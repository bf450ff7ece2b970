"""A queue that fails in its own ways, as no emulator does: nothing is lost, nothing is deleted too early."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from services.media.aws.queues import QueueReader
from tests.conftest import eventually

URL = "https://queue"


def refusal(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "ReceiveMessage")  # type: ignore[typeddict-item]  what of it counts here


FAULTS = [
    refusal("ThrottlingException", 400),
    refusal("RequestThrottled", 403),
    refusal("InternalFailure", 500),
    refusal("ServiceUnavailable", 503),
    refusal("AccessDenied", 403),
    refusal("AWS.SimpleQueueService.NonExistentQueue", 400),
    EndpointConnectionError(endpoint_url=URL),
    ReadTimeoutError(endpoint_url=URL),
]


class Queue:
    """The client of a queue that keeps what is not deleted. `faults` are raised first, by operation."""

    def __init__(self, *bodies: str) -> None:
        self.messages = {f"receipt-{number}": body for number, body in enumerate(bodies)}
        self.faults: dict[str, list[Exception]] = {}
        self.refuses_to_delete: list[str] = []
        self.renewed: list[list[str]] = []

    def _fail(self, operation: str) -> None:
        if faults := self.faults.get(operation):
            raise faults.pop(0)

    async def receive_message(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401  as the client takes it
        await asyncio.sleep(0.01)  # a long poll
        self._fail("receive")
        given = list(self.messages.items())[: asked["MaxNumberOfMessages"]]
        return {"Messages": [{"MessageId": key, "ReceiptHandle": key, "Body": body} for key, body in given]}

    async def delete_message_batch(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401  as the client takes it
        self._fail("delete")
        failed = []
        for entry in asked["Entries"]:
            if entry["ReceiptHandle"] in self.refuses_to_delete:
                self.refuses_to_delete.remove(entry["ReceiptHandle"])
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                del self.messages[entry["ReceiptHandle"]]
        return {"Failed": failed}

    async def change_message_visibility_batch(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401  as above
        self._fail("renew")
        self.renewed.append([entry["ReceiptHandle"] for entry in asked["Entries"]])
        return {}

    async def get_queue_attributes(self, **asked: Any) -> dict[str, Any]:  # noqa: ANN401  as the client takes it
        self._fail("look")
        return {"Attributes": {"RedrivePolicy": "{}"}}


class Handled:
    """What was handed on; `waiting` holds it up."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.waiting: asyncio.Event | None = None

    async def heard(self, body: str) -> None:
        if self.waiting:
            await self.waiting.wait()
        self.bodies.append(body)


def reader_of(queue: Any, handled: Handled, *, visibility_seconds: int = 30) -> QueueReader:  # noqa: ANN401  a client: no types for SQS
    return QueueReader(
        queue,
        URL,
        handled.heard,
        visibility_seconds=visibility_seconds,
        counts=Counter(),
        long_poll_seconds=0,
        first_pause=0.001,
    )


async def run_until(reader: QueueReader, check: Callable[[], object]) -> None:
    running = asyncio.create_task(reader.run())
    await eventually(check)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_reader_outlives_every_fault_of_its_queue() -> None:
    queue, handled = Queue("a", "b"), Handled()
    queue.faults = {"receive": list(FAULTS), "look": [FAULTS[0]]}
    await run_until(reader_of(queue, handled), lambda: not queue.messages)
    assert sorted(handled.bodies) == ["a", "b"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
async def test_message_that_could_not_be_deleted_comes_again(fault: Exception) -> None:
    queue, handled = Queue("a"), Handled()
    queue.faults = {"delete": [fault]}
    await run_until(reader_of(queue, handled), lambda: not queue.messages)
    assert handled.bodies == ["a", "a"]


async def test_one_of_ten_that_is_not_deleted_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    queue, handled = Queue("a", "b", "c"), Handled()
    queue.refuses_to_delete = ["receipt-1"]
    await run_until(reader_of(queue, handled), lambda: not queue.messages)
    assert sorted(handled.bodies) == ["a", "b", "b", "c"]
    assert [record.messages for record in caplog.records if record.message == "queue.not-deleted"] == [1]  # type: ignore[attr-defined]  given by `extra`


async def test_work_goes_on_when_a_renewal_fails() -> None:
    queue, handled = Queue("a"), Handled()
    handled.waiting = asyncio.Event()
    queue.faults = {"renew": [FAULTS[0], FAULTS[3]]}
    reader = reader_of(queue, handled, visibility_seconds=1)
    taking = asyncio.create_task(reader.take())
    await eventually(lambda: queue.renewed)
    handled.waiting.set()
    await taking
    assert handled.bodies == ["a"]
    assert queue.messages == {}
    assert set(map(tuple, queue.renewed)) == {("receipt-0",)}


async def test_no_more_is_taken_than_is_worked_on() -> None:
    queue, handled = Queue(*(f"m{number}" for number in range(25))), Handled()
    reader = reader_of(queue, handled)
    assert [await reader.take() for _ in range(4)] == [10, 10, 5, 0]
    assert len(handled.bodies) == 25
