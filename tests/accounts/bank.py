"""A demo bank served for tests, with a clock that can be moved and a count of the PINs that were checked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from services.accounts import ledger
from services.accounts.main import assemble, create_app
from services.accounts.pins import PinHasher
from services.accounts.service import AccountsService
from services.accounts.settings import AccountsSettings
from services.accounts.store import CustomerRow, PostingRow, VerificationRow
from shared.db import Database, open_database
from shared.schemas.accounts import Account, LedgerProof, Payee, Payment
from shared.schemas.identity import Verification
from tests.accounts.filled import demo_database
from tests.conftest import internal_headers, served, staff

MAYA, MAYAS_PIN = "+15555550100", "2468"
THEO, THEOS_PIN = "+15555550101", "1379"
NOBODY = "+15555559999"
# For rules that look the same over any database: the fixture `database_url` without its PostgreSQL half.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
JsonBody = dict[str, object]


def cheap_settings(data_dir: Path, **changes: object) -> AccountsSettings:
    """Settings with Argon2 at its cheapest: what is tested is not its strength."""
    cheap = {"pin_hash_passes": 1, "pin_hash_memory_kib": 8, "pin_hash_lanes": 1}
    return AccountsSettings.model_validate({"data_dir": data_dir, **cheap, **changes})


class MovableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class CountingPins(PinHasher):
    def __init__(self, settings: AccountsSettings) -> None:
        super().__init__(settings)
        self.checked = 0
        self.pause: tuple[asyncio.Event, asyncio.Event] | None = None
        """The first is set when a check begins, which then waits for the second."""

    async def matches(self, pin: str, pin_hash: str | None) -> bool:
        self.checked += 1
        if self.pause:
            began, go_on = self.pause
            began.set()
            await go_on.wait()
        return await super().matches(pin, pin_hash)


@dataclass
class Bank:
    http: httpx.AsyncClient
    service: AccountsService
    database: Database
    clock: MovableClock
    pins: CountingPins

    async def verify(self, phone: str, pin: str, **changes: str) -> Verification:
        body = {"phone": phone, "pin": pin, "session": "s-1", **changes}
        answer = await self.http.post("/verifications", json=body)
        assert answer.status_code == 200, answer.text
        return Verification.model_validate_json(answer.content)

    async def verify_by(self, **claim: str) -> Verification:
        answer = await self.http.post("/verifications", json={"session": "s-1", **claim})
        assert answer.status_code == 200, answer.text
        return Verification.model_validate_json(answer.content)

    async def customer_number(self, customer_id: str) -> str:
        async with self.database.reading() as session:
            return (await session.get_one(CustomerRow, customer_id)).customer_number

    async def wrong_pins(self, count: int, phone: str = MAYA) -> list[Verification]:
        """Tries that nobody has to wait for: each comes after the longest delay."""
        answers = []
        for _ in range(count):
            self.clock.advance(seconds=4)
            answers.append(await self.verify(phone, "0000"))
        return answers

    async def unlock(self, customer_id: str, *roles: str) -> httpx.Response:
        headers = internal_headers("accounts", staff(*roles))
        return await self.http.post(f"/customers/{customer_id}/unlock", headers=headers)

    async def accounts(self, customer_id: str) -> dict[str, Account]:
        """By kind: a demo customer has at most one of each."""
        answer = await self.http.get(f"/customers/{customer_id}/accounts")
        accounts = [Account.model_validate(item) for item in answer.json()]
        return {account.kind: account for account in accounts}

    async def payees(self, customer_id: str) -> dict[str, Payee]:
        answer = await self.http.get(f"/customers/{customer_id}/payees")
        payees = [Payee.model_validate(item) for item in answer.json()]
        return {payee.name: payee for payee in payees}

    async def order(
        self,
        customer_id: str,
        cents: int,
        *,
        payee: str = "City Power",
        kind: str = "checking",
        currency: str = "USD",
        **more: object,
    ) -> JsonBody:
        return {
            **more,
            "from_account_id": (await self.accounts(customer_id))[kind].account_id,
            "payee_id": (await self.payees(customer_id))[payee].payee_id,
            "amount": {"minor_units": cents, "currency": currency},
        }

    async def preview(self, customer_id: str, order: JsonBody) -> httpx.Response:
        return await self.http.post(f"/customers/{customer_id}/payments/preview", json=order)

    async def pay(self, customer_id: str, order: JsonBody, key: str = "k-1") -> httpx.Response:
        headers = {"idempotency-key": key}
        return await self.http.post(f"/customers/{customer_id}/payments", json=order, headers=headers)

    async def as_staff(self, method: str, path: str, *roles: str) -> httpx.Response:
        return await self.http.request(method, path, headers=internal_headers("accounts", staff(*roles)))

    async def audit(self, customer_id: str) -> list[dict[str, object]]:
        """What the trail tells of a customer, newest first."""
        answer = await self.as_staff("GET", f"/audit?customer_id={customer_id}&limit=200", "supervisor")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, object]] = answer.json()["items"]
        return items

    async def cancel(self, customer_id: str, receipt_id: str, key: str = "c-1", **body: str) -> httpx.Response:
        path = f"/customers/{customer_id}/payments/{receipt_id}/cancel"
        return await self.http.post(path, json=body or None, headers={"idempotency-key": key})

    async def add_payee(self, customer_id: str, key: str = "a-1", **changes: str) -> httpx.Response:
        body = {"name": "Aunt Vera", "account_number": "4400 1234 5678", **changes}
        headers = {"idempotency-key": key}
        return await self.http.post(f"/customers/{customer_id}/payees", json=body, headers=headers)

    async def payment(self, customer_id: str, receipt_id: str) -> Payment:
        answer = await self.http.get(f"/customers/{customer_id}/payments/{receipt_id}")
        assert answer.status_code == 200, answer.text
        return Payment.model_validate_json(answer.content)

    async def balance(self, customer_id: str, kind: str = "checking") -> int:
        return (await self.accounts(customer_id))[kind].balance.minor_units

    async def verifications(self) -> list[VerificationRow]:
        async with self.database.reading() as session:
            return list((await session.execute(select(VerificationRow))).scalars())

    async def postings(self) -> list[PostingRow]:
        async with self.database.reading() as session:
            return list((await session.execute(select(PostingRow))).scalars())

    async def proof(self) -> LedgerProof:
        return await self.database.read(ledger.prove)


@asynccontextmanager
async def open_bank(url: str, data_dir: Path, **changes: object) -> AsyncIterator[Bank]:
    settings = cheap_settings(data_dir, accounts_database_url=url, **changes)
    clock = MovableClock()
    with CountingPins(settings) as pins:
        filled = demo_database(url, pins, clock) if settings.demo_bank else open_database(url, "services.accounts")
        async with filled as database:
            service = assemble(settings, database, pins, clock)
            async with served(create_app(settings, service), headers=internal_headers("accounts")) as http:
                yield Bank(http, service, database, clock, pins)
