"""Can a stopwatch tell a customer's number from one that nobody has?

`python -m bench.accounts.pin_timing` starts the accounts service as it runs in earnest (Argon2 at its default cost),
tries a wrong PIN once for each of many customers and for as many numbers that nobody has, in random order, and the same
while they are locked. Then it measures the processor's time of a try inside the service, where no neighbour on the
machine blurs it, with Argon2 at its cheapest, for that is the same work for everybody. For each pair it prints the
distributions, the difference of the medians with its 95 % interval, and how often a guess by the stopwatch would be
right (AUC; 0.5 is tossing a coin).
"""

import asyncio
import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
from scipy.stats import bootstrap, mannwhitneyu

from bench.accounts.server import accounts_service
from services.accounts.main import wire
from services.accounts.pins import PinHasher
from services.accounts.settings import AccountsSettings
from services.accounts.store import CustomerRow, LockoutRow, insert
from shared.callers import Caller, InternalTokens
from shared.db import open_database
from shared.schemas.identity import VerificationRequest
from shared.settings import DEVELOPMENT_SECRET

PORT = int(os.environ.get("OMNILEX_BENCH_PORT", "19300"))
COUNT = int(os.environ.get("OMNILEX_BENCH_COUNT", "500"))
SEED = 20_260_310
WARM_UP = 20
PIN, WRONG = "7091", "8362"
Samples = dict[str, list[float]]


@dataclass(frozen=True)
class Probe:
    """One try: what it is an example of, and the number it is made with."""

    kind: str
    claim: dict[str, str]


def probes(state: str, first: int) -> list[Probe]:
    """Customers from `first` on, and as many numbers that nobody has."""
    found = []
    for index in range(first, first + COUNT):
        found += [
            Probe(f"{state}, phone of a customer", {"phone": customers_phone(index)}),
            Probe(f"{state}, phone of nobody", {"phone": nobodys_phone(index)}),
            Probe(f"{state}, number of a customer", {"customer_number": str(20_000_000 + index + COUNT)}),
            Probe(f"{state}, number of nobody", {"customer_number": str(80_000_000 + index)}),
        ]
    random.Random(SEED).shuffle(found)  # noqa: S311  the same order in every run, no secret
    return found


def customers_phone(index: int) -> str:
    return f"+1555{index:07d}"


def nobodys_phone(index: int) -> str:
    return f"+1556{index:07d}"


async def fill(settings: AccountsSettings) -> None:
    """Customers who have all been verified before, half of them locked now, and locked numbers of nobody."""
    now = datetime.now(UTC)
    until = now + timedelta(hours=2)
    url = settings.database_url(settings.accounts_database_url, "accounts")
    with PinHasher(settings) as pins:
        pin_hash = await pins.hash(PIN)
        nobodys = [
            pins.pseudonym(key, value)
            for index in range(2 * COUNT, 3 * COUNT)
            for key, value in (("phone", nobodys_phone(index)), ("customer_number", str(80_000_000 + index)))
        ]
    customers = [
        CustomerRow(
            id=f"C-{index:010d}",
            customer_number=str(20_000_000 + index),
            first_name="A",
            last_name="B",
            phone=customers_phone(index),
            pin_hash=pin_hash,
            created_at=now,
        )
        for index in range(5 * COUNT)
    ]
    locked = [customer.id for customer in customers[2 * COUNT :]] + nobodys
    lockouts = [LockoutRow(subject=subject, tries=5, locked_until=until) for subject in locked]
    lockouts += [LockoutRow(subject=customer.id) for customer in customers[: 2 * COUNT]]
    async with open_database(url, "services.accounts") as database, database.transaction() as session:
        await insert(session, *customers, *lockouts)


async def timed(url: str, tries: list[Probe]) -> Samples:
    """Milliseconds of each try, by kind."""
    samples: Samples = {}
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        for number, probe in enumerate(tries[:WARM_UP] + tries):
            token = InternalTokens(DEVELOPMENT_SECRET).mint(Caller("service", "bot"), "accounts")
            body = {**probe.claim, "pin": WRONG, "session": "bench"}
            headers = {"authorization": f"Bearer {token}"}
            began = time.perf_counter()
            answer = await http.post("/verifications", json=body, headers=headers)
            took = (time.perf_counter() - began) * 1000
            outcome = answer.json()["outcome"]
            assert outcome == ("locked" if probe.kind.startswith("locked") else "refused"), answer.text
            if number >= WARM_UP:
                samples.setdefault(probe.kind, []).append(took)
    return samples


async def processor() -> Samples:
    """Milliseconds of processor time in the service for each try, by kind."""
    with tempfile.TemporaryDirectory() as folder:
        cheapest = {"pin_hash_passes": 1, "pin_hash_memory_kib": 8, "pin_hash_lanes": 1, "pin_delay_seconds": ()}
        fields = {"data_dir": Path(folder), "demo_bank": False, **cheapest}
        settings = AccountsSettings.model_validate(fields)
        await fill(settings)
        samples: Samples = {}
        async with wire(settings) as accounts:
            for state, first in (("first try", 0), ("locked", 2 * COUNT)):
                tries = probes(f"{state}, processor", first)
                for number, probe in enumerate(tries[:WARM_UP] + tries):
                    request = VerificationRequest.model_validate({**probe.claim, "pin": WRONG, "session": "bench"})
                    began = time.process_time_ns()
                    await accounts.identity.verify(request)
                    took = (time.process_time_ns() - began) / 1e6
                    if number >= WARM_UP:
                        samples.setdefault(probe.kind, []).append(took)
    return samples


def table(samples: Samples) -> None:
    print("| try | n | p50 ms | mean ms | sd ms | p99 ms |\n|---|---|---|---|---|---|")
    for kind, times in sorted(samples.items()):
        p99 = statistics.quantiles(times, n=100)[98]
        figures = (statistics.median(times), statistics.fmean(times), statistics.stdev(times), p99)
        print(f"| {kind} | {len(times)} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |")
    print("\n| customer against nobody | difference of medians ms (95 %) | AUC | p |\n|---|---|---|---|")
    for kind in sorted({kind.rpartition(" of ")[0] for kind in samples}):
        theirs, nobodys = samples[f"{kind} of a customer"], samples[f"{kind} of nobody"]
        print(f"| {kind} | {_difference(theirs, nobodys)} | {_told_apart(theirs, nobodys)} |")


def _difference(theirs: list[float], nobodys: list[float]) -> str:
    def of(one: np.ndarray, other: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.median(one, axis=axis) - np.median(other, axis=axis)

    found = bootstrap((theirs, nobodys), of, method="percentile", n_resamples=2000, rng=np.random.default_rng(SEED))
    middle = statistics.median(theirs) - statistics.median(nobodys)
    return f"{middle:+.3f} ({found.confidence_interval.low:+.3f} to {found.confidence_interval.high:+.3f})"


def _told_apart(theirs: list[float], nobodys: list[float]) -> str:
    found = mannwhitneyu(theirs, nobodys)
    return f"{found.statistic / (len(theirs) * len(nobodys)):.3f} | {found.pvalue:.2f}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = AccountsSettings(data_dir=Path(folder), demo_bank=False)
        asyncio.run(fill(settings))
        with accounts_service(Path(folder), PORT, OMNILEX_PIN_DELAY_SECONDS="0") as url:
            samples = asyncio.run(timed(url, probes("first try", 0)))
            samples |= asyncio.run(timed(url, probes("locked", 2 * COUNT)))
    table(samples | asyncio.run(processor()))


if __name__ == "__main__":
    main()
