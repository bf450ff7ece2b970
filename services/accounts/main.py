"""Wires the accounts service: `uvicorn --factory services.accounts.main:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from services.accounts.applications import Applications
from services.accounts.audit import AuditTrail
from services.accounts.audit_proof import AuditReading
from services.accounts.bank_days import BankDays
from services.accounts.clock import Clock, utc_now
from services.accounts.context import Contexts
from services.accounts.demo_bank import open_demo_bank
from services.accounts.holdings import Holdings
from services.accounts.identity import Identity
from services.accounts.imports import Imports
from services.accounts.limits import ChannelTrustTable, Limits, PaymentLimits
from services.accounts.links import Links
from services.accounts.mortgages import Mortgages
from services.accounts.payees import Payees
from services.accounts.payments import Payments
from services.accounts.pin_change import PinChanges
from services.accounts.pin_tries import LockPolicy, PinTries
from services.accounts.pins import PinHasher
from services.accounts.plans import Plans
from services.accounts.routes import ROUTERS
from services.accounts.routine import Routine
from services.accounts.service import AccountsService
from services.accounts.settings import AccountsSettings
from services.accounts.settling import PaymentRules
from services.accounts.standing import StandingPayments
from services.accounts.statements import Statements
from services.accounts.unknown_numbers import UnknownNumbers
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
            service = assemble(settings, database, pins)
            async with service.routine.running(every=settings.routine_seconds):
                yield service


def assemble(
    settings: AccountsSettings, database: Database, pins: PinHasher, clock: Clock = utc_now
) -> AccountsService:
    """The parts over an open database; `clock` lets a test move the time."""
    audit = AuditTrail(settings.audit_key.get_secret_value(), clock)
    tries = PinTries(database, pins, policy=_lock_policy(settings), clock=clock, audit=audit)
    rules = _payment_rules(settings)
    retry = timedelta(minutes=settings.standing_retry_minutes)
    standing = StandingPayments(database, rules, retry=retry, clock=clock, audit=audit)
    mortgages = Mortgages(database, rules.days, clock, payoff_lasts=rules.payoff_lasts)
    unknown_numbers = UnknownNumbers(database, clock, kept=timedelta(days=settings.pin_tries_days))
    cooling_off = timedelta(hours=settings.pin_cooling_off_hours)
    return AccountsService(
        database=database,
        audit=AuditReading(database, audit, clock),
        identity=Identity(database, tries, clock=clock, audit=audit),
        pin_changes=PinChanges(
            database, tries, pins, rules.limits.trust, cooling_off=cooling_off, clock=clock, audit=audit
        ),
        links=Links(database, audit),
        contexts=Contexts(database, lasts=timedelta(hours=settings.context_hours), clock=clock, audit=audit),
        holdings=Holdings(database, rules.days, clock),
        limits=rules.limits,
        payees=Payees(database, rules.limits, secret=settings.pin_pepper.get_secret_value(), clock=clock, audit=audit),
        payments=Payments(database, rules, clock=clock, audit=audit),
        statements=Statements(database, rules.days, clock),
        unknown_numbers=unknown_numbers,
        routine=Routine(database, standing, mortgages, unknown_numbers, clock),
        plans=Plans(database, audit, clock),
        applications=Applications(database, rules.limits.trust, rules.days, audit, clock),
        mortgages=mortgages,
        imports=Imports(database, pins, audit, clock),
    )


def _lock_policy(settings: AccountsSettings) -> LockPolicy:
    delays = tuple(timedelta(seconds=seconds) for seconds in settings.pin_delay_seconds)
    return LockPolicy(
        tries=settings.pin_tries,
        lasts=timedelta(minutes=settings.pin_lock_minutes),
        delays=delays,
        counts=timedelta(days=settings.pin_tries_days),
    )


def _payment_rules(settings: AccountsSettings) -> PaymentRules:
    limits = PaymentLimits(
        per_payment=settings.payment_limit,
        per_day=settings.payment_day_limit,
        new_payee=settings.new_payee_limit,
        new_payee_lasts=timedelta(hours=settings.new_payee_hours),
        cooling_off=settings.cooling_off_limit,
    )
    return PaymentRules(
        Limits(limits, ChannelTrustTable(settings.channel_trust)),
        BankDays(settings.bank_time_zone),
        undo=timedelta(seconds=settings.payment_undo_seconds),
        payoff_lasts=timedelta(days=settings.payoff_days),
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
