import pytest

from services.gateway.limits import Attempts, TokenBuckets
from shared.errors import TooManyRequests


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    buckets = TokenBuckets(2, clock)
    buckets.take("a")
    buckets.take("a")
    buckets.take("b")
    with pytest.raises(TooManyRequests) as refused:
        buckets.take("a")
    assert refused.value.headers == {"Retry-After": "30"}
    clock.now = 30
    buckets.take("a")


def test_buckets_do_not_pile_up() -> None:
    clock = Clock()
    buckets = TokenBuckets(1, clock)
    for key in range(10_000):
        buckets.take(str(key))
    clock.now = 60
    buckets.take("last")
    assert buckets.size == 1


def test_failures_are_forgotten_after_the_window() -> None:
    clock = Clock()
    attempts = Attempts(2, 900, clock)
    attempts.begin("a")
    clock.now = 100
    attempts.begin("a")
    with pytest.raises(TooManyRequests) as refused:
        attempts.begin("a")
    assert refused.value.headers == {"Retry-After": "800"}
    clock.now = 901
    attempts.begin("a")


def test_success_excuses_only_itself_on_the_shared_key() -> None:
    attempts = Attempts(2, 900, Clock())
    attempts.begin("user:mallory", "address")
    attempts.begin("user:own", "address")
    attempts.succeed(forget="user:own", take_back="address")
    attempts.begin("user:mallory", "address")
    with pytest.raises(TooManyRequests):
        attempts.begin("user:own", "address")
