"""Reads through the gateway beside the same reads of the service itself."""

import asyncio
import os
import statistics
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import psutil

from services.accounts.demo_bank import demo_customers
from shared.callers import Caller, InternalTokens, Service
from shared.schemas.interaction import Interaction, Quarter, Sentiment, Source, Speaker, Turn
from shared.settings import DEVELOPMENT_SECRET

CONNECTIONS = 16
COUNT = int(os.environ.get("OMNILEX_BENCH_READS", "1600"))
ROUNDS = 5
INTERACTIONS = 200
TURNS = 40
_STAFF = Caller("staff", "bench", frozenset({"admin", "supervisor"}))
_TOKENS = InternalTokens(DEVELOPMENT_SECRET)


@dataclass
class Read:
    """One read by two ways."""

    what: str
    service: Service
    through: str
    direct: str
    figures: dict[str, "Figures"] = field(default_factory=dict)


@dataclass
class Figures:
    per_second: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.times, n=100)[98]


async def prepared_reads(
    http: aiohttp.ClientSession, *, gateway_url: str, insights_url: str, accounts_url: str
) -> list[Read]:
    """Fills the services with something to read."""
    for number in range(INTERACTIONS):
        document = interaction(number)
        headers = _bearer(Caller("service", "media"), "insights") | {"content-type": "application/json"}
        path = f"{insights_url}/interactions/{document.interaction_id}"
        async with http.put(path, data=document.model_dump_json(), headers=headers) as answer:
            assert answer.status == 204, await answer.text()
    person = next(iter(demo_customers()))
    body = {"phone": person.phone, "pin": person.pin, "session": "bench", "channel": "web"}
    headers = _bearer(Caller("service", "bot"), "accounts")
    async with http.post(f"{accounts_url}/verifications", json=body, headers=headers) as answer:
        customer = (await answer.json())["customer_id"]
    api = f"{gateway_url}/api/v1"
    tries = f"/customers/{customer}/verifications?limit=20"
    return [
        Read("interactions, 25 rows", "insights", f"{api}/interactions", f"{insights_url}/interactions"),
        Read("one interaction", "insights", f"{api}/interactions/I-7", f"{insights_url}/interactions/I-7"),
        Read("a customer's PIN tries", "accounts", api + tries, accounts_url + tries),
        Read("a customer's links", "accounts", f"{api}/customers/{customer}/links",
             f"{accounts_url}/customers/{customer}/links"),
    ]  # fmt: skip


def interaction(number: int) -> Interaction:
    """A call of 40 turns, as the pipeline writes it."""
    began = datetime(2026, 3, 2, 9, 30, tzinfo=UTC) + timedelta(minutes=number)
    turns = [
        Turn(start=5.0 * place, end=5.0 * place + 4, speaker=f"spk_{place % 2}",
             role="AGENT" if place % 2 else "CALLER",
             text="I was charged a late fee twice this month and I would like to know why.",
             sentiment=Sentiment(score=0.25, label="NEUTRAL", positive=0.3, negative=0.05, neutral=0.6, mixed=0.05))
        for place in range(TURNS)
    ]  # fmt: skip
    speakers = [
        Speaker(speaker=f"spk_{place}", role=role, name="Kim", role_source="metadata", role_confidence=1, average=0.25,
                turns=TURNS // 2, turns_scored=TURNS // 2, quarters=[Quarter(score=0.25)] * 4)
        for place, role in enumerate(("CALLER", "AGENT"))
    ]  # fmt: skip
    source = Source(kind="transcribe", bucket="b", key="k", name=f"call-{number}.json", sentiment_engine="embedded",
                    min_sentiment_negative=0.4, min_sentiment_positive=0.4)  # fmt: skip
    return Interaction(
        interaction_id=f"I-{number}", kind="call", channel="call", started_at=began, duration=200, agent="Kim",
        caller_average=0.25, agent_average=0.25, turn_count=TURNS, processed_at=began, source=source,
        speakers=speakers, turns=turns,
    )  # fmt: skip


async def measured_reads(
    http: aiohttp.ClientSession, reads: list[Read], staff: dict[str, str], gateway: psutil.Process
) -> None:
    """Prints a row for each read."""
    print(
        f"\n| read, {CONNECTIONS} connections | direct/s | through the gateway/s | share | p99 direct ms "
        "| p99 through ms | p99 added ms | gateway's processor ms |\n|---|---|---|---|---|---|---|---|"
    )
    for read in reads:
        read.figures = {"direct": Figures(), "through": Figures()}
        for number in range(ROUNDS + 1):
            kept = read.figures if number else {"direct": Figures(), "through": Figures()}
            await _round(http, read.direct, _bearer(_STAFF, read.service), kept["direct"], gateway)
            await _round(http, read.through, staff, kept["through"], gateway)
        direct, through = read.figures["direct"], read.figures["through"]
        before, after = statistics.median(direct.per_second), statistics.median(through.per_second)
        print(
            f"| {read.what} | {before:.0f} | {after:.0f} | {after / before:.2f} | {direct.p99:.1f} | {through.p99:.1f} "
            f"| {through.p99 - direct.p99:.1f} | {statistics.median(through.processor):.2f} |"
        )


async def _round(
    http: aiohttp.ClientSession, url: str, headers: dict[str, str], figures: Figures, gateway: psutil.Process
) -> None:
    async def repeat() -> None:
        for _ in range(COUNT // CONNECTIONS):
            began = time.perf_counter()
            async with http.get(url, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
                await answer.read()
            figures.times.append((time.perf_counter() - began) * 1000)

    began, worked = time.perf_counter(), sum(gateway.cpu_times()[:2])
    await asyncio.gather(*(repeat() for _ in range(CONNECTIONS)))
    figures.processor.append((sum(gateway.cpu_times()[:2]) - worked) / COUNT * 1000)
    figures.per_second.append(COUNT / (time.perf_counter() - began))


def _bearer(caller: Caller, service: Service) -> dict[str, str]:
    return {"authorization": f"Bearer {_TOKENS.mint(caller, service)}"}
