"""Wires the accounts service: `uvicorn --factory services.accounts.main:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from services.accounts.audit import AuditTrail
from services.accounts.clock import Clock, utc_now
from services.accounts.demo_bank import open_demo_bank
from services.accounts.holdings import Holdings
from services.accounts.identity import Identity, LockPolicy
from services.accounts.payments import Payments
from services.accounts.pins import PinHasher
from services.accounts.plans import Plans
from services.accounts.routes import ROUTERS
from services.accounts.service import AccountsService
from services.accounts.settings import AccountsSettings
from shared.app import build_app
from shared.db import Database, open_database


@asynccontextmanager
async def wire(settings: AccountsSettings) -> AsyncIterator[AccountsService]:
    """The service over its migrated database, with the demo bank in it when that is asked for."""
    url = settings.database_url(settings.accounts_database_url, "accounts")
    async with open_database(url, "services.accounts") as database:
        with PinHasher(settings) as pins:
            if settings.demo_bank:
                await open_demo_bank(database, pins, utc_now)
            yield assemble(settings, database, pins)


def assemble(
    settings: AccountsSettings, database: Database, pins: PinHasher, clock: Clock = utc_now
) -> AccountsService:
    """The parts over an open database; `clock` lets a test move the time."""
    policy = LockPolicy(settings.pin_tries, timedelta(minutes=settings.pin_lock_minutes))
    audit = AuditTrail(settings.audit_key.get_secret_value(), clock)
    return AccountsService(
        database=database,
        audit=audit,
        identity=Identity(database, pins, policy=policy, clock=clock),
        holdings=Holdings(database, clock),
        payments=Payments(database, limit=settings.payment_limit, clock=clock),
        plans=Plans(database, clock),
    )


def create_app(settings: AccountsSettings | None = None, service: AccountsService | None = None) -> FastAPI:
    return build_app(
        name="accounts",
        title="OmniLex accounts",
        settings=settings or AccountsSettings(),
        wire=wire,
        routers=ROUTERS,
        service=service,
        docs=False,
    )
