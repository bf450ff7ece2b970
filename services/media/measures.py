"""What `/metrics` tells of the media service beside its requests."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


class Counts(Protocol):
    @property
    def queue_messages(self) -> Counter[str]:
        """Messages of queues by what became of them: `done`, `unreadable` or `failed`."""


class QueueMessages(Collector):
    """Nothing before `service` gives the service."""

    def __init__(self, service: Callable[[], Counts | None]) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        if (service := self._service()) is not None:
            told = CounterMetricFamily(
                "omnilex_media_queue_messages", "Messages by what became of them", None, ["outcome"]
            )
            for outcome in ("done", "unreadable", "failed"):
                told.add_metric([outcome], service.queue_messages[outcome])
            yield told
