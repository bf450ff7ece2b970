"""Many payments from one account at the same moment, over a real socket."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from httpx_aiohttp import AiohttpTransport

from services.accounts.demo_bank import open_demo_bank
from services.accounts.main import assemble, create_app
from services.accounts.settings import AccountsSettings
from shared.db import open_database
from shared.schemas.accounts import Payment
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, CountingPins, MovableClock, cheap_settings
from tests.conftest import eventually, internal_headers

PAYMENTS, DUPLICATES = 200, 20
CHECKING = 5_240_18


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """The application behind a socket of its own; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, ws="none", lifespan="on"))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def replicas(settings: AccountsSettings, url: str, count: int) -> AsyncIterator[list[Bank]]:
    """As many services over one database, each with connections of its own, behind a socket of its own."""
    clock = MovableClock()
    async with AsyncExitStack() as stack:
        banks = []
        for _ in range(count):
            database = await stack.enter_async_context(open_database(url, "services.accounts"))
            pins = stack.enter_context(CountingPins(settings))
            await open_demo_bank(database, pins, clock)
            service = assemble(settings, database, pins, clock)
            address = await stack.enter_async_context(listening(create_app(settings, service)))
            http = await stack.enter_async_context(speaking_to(address))
            banks.append(Bank(http, service, database, clock, pins))
        yield banks


@asynccontextmanager
async def speaking_to(address: str) -> AsyncIterator[httpx.AsyncClient]:
    # Less than the 5 s after which uvicorn closes an idle connection, lest we send on one that is just being closed.
    transport = AiohttpTransport(limits=httpx.Limits(max_connections=100, keepalive_expiry=2))
    headers = internal_headers("accounts")
    async with httpx.AsyncClient(base_url=address, timeout=60, transport=transport, headers=headers) as http:
        yield http


async def test_two_hundred_payments_at_once_are_made_exactly_once_each(database_url: str, data_dir: Path) -> None:
    settings = cheap_settings(data_dir)
    async with replicas(settings, database_url, 2) as banks:
        maya = (await banks[0].verify(MAYA, MAYAS_PIN)).customer_id or ""
        distinct = PAYMENTS - DUPLICATES
        body = await banks[0].order(maya, 0)
        amounts = {f"k-{place}": 20_00 + place for place in range(distinct)}
        keys = [*amounts, *list(amounts)[:: distinct // DUPLICATES][:DUPLICATES]]
        assert len(keys) == PAYMENTS

        async def pay(place: int, key: str) -> httpx.Response:
            order = {**body, "amount": {"minor_units": amounts[key], "currency": "USD"}}
            return await banks[place % 2].pay(maya, order, key=key)

        answers = await asyncio.gather(*(pay(place, key) for place, key in enumerate(keys)))
        assert Counter(answer.status_code for answer in answers) == {201: PAYMENTS}
        receipts = {Payment.model_validate_json(answer.content).receipt_id for answer in answers}
        by_key: dict[str, set[str]] = {}
        for key, answer in zip(keys, answers, strict=True):
            by_key.setdefault(key, set()).add(answer.text)
        assert len(receipts) == distinct
        assert all(len(texts) == 1 for texts in by_key.values())
        assert await banks[1].balance(maya) == CHECKING - sum(amounts.values())
        paid = await banks[0].http.get(f"/customers/{maya}/payments?limit=200")
        assert {item["receipt_id"] for item in paid.json()["items"]} == receipts
        assert sorted(item["amount"]["minor_units"] for item in paid.json()["items"]) == sorted(amounts.values())
        assert (await banks[0].proof()).holds


async def test_of_payments_at_once_that_are_too_many_just_as_many_are_made_as_there_is_money_for(
    database_url: str, data_dir: Path
) -> None:
    async with replicas(cheap_settings(data_dir), database_url, 2) as banks:
        maya = (await banks[0].verify(MAYA, MAYAS_PIN)).customer_id or ""
        order = await banks[0].order(maya, 100_00)
        answers = await asyncio.gather(
            *(banks[place % 2].pay(maya, order, key=f"k-{place}") for place in range(PAYMENTS))
        )
        assert Counter(answer.status_code for answer in answers) == {201: 52, 409: PAYMENTS - 52}
        codes = {answer.json()["code"] for answer in answers if answer.is_error}
        assert codes == {"insufficient_funds"}
        assert await banks[0].balance(maya) == CHECKING - 52 * 100_00
        assert (await banks[1].proof()).holds
