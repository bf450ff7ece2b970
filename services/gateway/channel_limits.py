"""How much this process takes of a whole channel, so that one channel leaves room for the others."""

from collections.abc import Mapping

from services.gateway.limits import TokenBuckets


class ChannelLimits:
    """`per_minute` by channel; one that is not named takes everything."""

    def __init__(self, per_minute: Mapping[str, int]) -> None:
        self._buckets = {channel: TokenBuckets(number) for channel, number in per_minute.items()}

    def take(self, channel: str) -> None:
        """Raises TooManyRequests, with Retry-After: for who comes again."""
        if (bucket := self._buckets.get(channel)) is not None:
            bucket.take(channel)

    def wait(self, channel: str) -> float:
        """In how many seconds it is the turn of one more, which has come for good: for who does not come again."""
        bucket = self._buckets.get(channel)
        return bucket.wait(channel) if bucket is not None else 0.0
