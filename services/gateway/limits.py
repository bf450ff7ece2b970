"""How often one key (a channel, an address, a chat, a user name) may do a thing. Counted in this process."""

import ipaddress
import math
import time
from collections import deque
from collections.abc import Callable

from shared.errors import TooManyRequests

_KEYS_BEFORE_SWEEP = 10_000


class TokenBuckets:
    """`per_minute` takes a key has at once, coming back evenly over a minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Raises TooManyRequests, with Retry-After, when the key has none left."""
        now = self._clock()
        left = self._left(key, now)
        if left < 1:
            raise too_many((1 - left) / self._per_second)
        if len(self._buckets) >= _KEYS_BEFORE_SWEEP:
            self._sweep(now)
        self._buckets[key] = (left - 1, now)

    def wait(self, key: str) -> float:
        """Takes one though there is none left; in how many seconds it was to be had."""
        now = self._clock()
        left = self._left(key, now)
        self._buckets[key] = (left - 1, now)
        return max(0.0, (1 - left) / self._per_second)

    @property
    def size(self) -> int:
        return len(self._buckets)

    def _left(self, key: str, now: float) -> float:
        left, at = self._buckets.get(key, (self._capacity, now))
        return min(self._capacity, left + (now - at) * self._per_second)

    def _sweep(self, now: float) -> None:
        """A full bucket is the same as none."""
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if self._left(key, now) < self._capacity}


class Attempts:
    """At most `limit` failed attempts of a key within `seconds`."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}

    def begin(self, *keys: str) -> None:
        """Counts an attempt as failed until `succeed` says otherwise, so that guesses at the same time count too.

        Raises TooManyRequests, with Retry-After, when one of the keys has no attempt left.
        """
        now = self._clock()
        if len(self._failures) >= _KEYS_BEFORE_SWEEP:
            self._failures = {key: times for key in list(self._failures) if (times := self._recent(key, now))}
        for key in keys:
            recent = self._recent(key, now)
            if len(recent) >= self._limit:
                raise too_many(recent[0] + self._seconds - now)
        for key in keys:
            self._failures.setdefault(key, deque()).append(now)

    def succeed(self, *, forget: str, take_back: str) -> None:
        """Forgets every failure of one key; of the other only this attempt: one good sign-in excuses no guesses."""
        self._failures.pop(forget, None)
        if times := self._failures.get(take_back):
            times.pop()

    def _recent(self, key: str, now: float) -> deque[float]:
        times = self._failures.get(key, deque())
        while times and times[0] <= now - self._seconds:
            times.popleft()
        return times


def too_many(seconds: float) -> TooManyRequests:
    """The refusal that says when to come again."""
    wait = max(1, math.ceil(seconds))
    return TooManyRequests(f"Try again in {wait} seconds.", headers={"Retry-After": str(wait)})


def network_of(address: str) -> str:
    """Whom an address counts as: of IPv6 a network of 64 bits, whose owner has all its addresses to choose from."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found.packed[:8] + bytes(8), 64)))
