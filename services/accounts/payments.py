"""Payments: read back, then made once, from an own deposit account to an outside payee or an own card or loan."""

import logging
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import ledger, store
from services.accounts.clock import Clock
from services.accounts.holdings import known_customer, shown, shown_payee
from services.accounts.idempotency import Claim, claimed
from services.accounts.ids import new_id
from services.accounts.money import in_words
from services.accounts.store import AccountRow, PayeeRow, PaymentRow
from shared.db import Database
from shared.errors import Conflict, InvalidRequest, NotFound
from shared.schemas.accounts import Account, Payment, PaymentOrder, PaymentPreview
from shared.schemas.base import Money

log = logging.getLogger("omnilex.accounts.payments")


@dataclass(frozen=True, slots=True)
class _Parties:
    """The two sides of a payment; `owed` is the own card or loan that is paid, when the payee is one."""

    source: Account
    payee: PayeeRow
    owed: Account | None


class Payments:
    """`limit` is the most that one payment may move, in minor units."""

    def __init__(self, database: Database, *, limit: int, clock: Clock) -> None:
        self._database = database
        self._limit = limit
        self._clock = clock

    async def preview(self, customer_id: str, order: PaymentOrder) -> PaymentPreview:
        """What the payment would do; nothing moves. Raises as `pay`."""
        async with self._database.reading() as session:
            await known_customer(session, customer_id)
            payee, rows = await _own(session, customer_id, order)
            parties = await self._parties(session, payee, rows)
        self._check(parties, order.amount)
        return PaymentPreview(
            from_account=parties.source,
            payee=shown_payee(parties.payee),
            amount=order.amount,
            balance_after=_balance_after(parties, order),
        )

    async def pay(self, customer_id: str, order: PaymentOrder, *, key: str) -> Payment:
        """Pays once for one `key` and gives the same receipt each time it is asked again.

        Raises NotFound (customer, account or payee, also when they are somebody else's), InvalidRequest (the amount,
        or an account that cannot pay), Conflict (too little money: `code` is `insufficient_funds`; or the key was
        used for another order). The details are sentences for the customer.
        """
        async with self._database.transaction() as session:
            await known_customer(session, customer_id)
            fresh_id = new_id("R")
            receipt_id = await claimed(session, Claim(customer_id, "payment", key), order, fresh_id)
            if receipt_id == fresh_id:
                await self._pay(session, customer_id, order, receipt_id)
            row = await store.payment_of(session, customer_id, receipt_id)
        log.info("payment.made", extra={"receipt_id": receipt_id, "repeated": receipt_id != fresh_id})
        return _receipt(row)

    async def payment(self, customer_id: str, receipt_id: str) -> Payment:
        """Raises NotFound, also for somebody else's receipt."""
        async with self._database.reading() as session:
            return _receipt(await store.payment_of(session, customer_id, receipt_id))

    async def _pay(self, session: AsyncSession, customer_id: str, order: PaymentOrder, receipt_id: str) -> None:
        payee, rows = await _own(session, customer_id, order)
        await session.run_sync(lambda blocking: store.locked_accounts(blocking, [row.id for row in rows]))
        parties = await self._parties(session, payee, rows)
        self._check(parties, order.amount)
        now = self._clock()
        units = order.amount.minor_units
        target = payee.account_id or await ledger.bank_account(session, "settlement", order.amount.currency)
        amounts = {order.from_account_id: -units, target: units}
        transfer_id = await ledger.post(
            session, "payment", now, amounts, description=f"Payment to {payee.name}", counterpart=payee.name
        )
        row = PaymentRow(
            receipt_id=receipt_id,
            customer_id=customer_id,
            transfer_id=transfer_id,
            from_account_id=order.from_account_id,
            payee_id=payee.id,
            payee_name=payee.name,
            minor_units=units,
            balance_after=_balance_after(parties, order).minor_units,
            currency=order.amount.currency,
            paid_at=now,
        )
        await store.insert(session, row)

    async def _parties(self, session: AsyncSession, payee: PayeeRow, rows: list[AccountRow]) -> _Parties:
        source, *owed = await session.run_sync(lambda blocking: shown(blocking, rows, self._clock()))
        return _Parties(source, payee, owed[0] if owed else None)

    def _check(self, parties: _Parties, amount: Money) -> None:
        source, owed = parties.source, parties.owed
        if source.available is None:
            raise InvalidRequest("Payments can be made from a checking or savings account only.")
        if amount.minor_units <= 0:
            raise InvalidRequest("The amount must be more than zero.")
        if amount.currency != source.balance.currency:
            raise InvalidRequest(f"This account pays in {source.balance.currency} only.")
        if amount.minor_units > self._limit:
            limit = in_words(Money(minor_units=self._limit, currency=amount.currency))
            raise InvalidRequest(f"One payment can be at most {limit}.")
        if owed and amount.minor_units > owed.balance.minor_units:
            raise InvalidRequest(f"You owe {in_words(owed.balance)} there; a payment cannot be more than that.")
        if amount.minor_units > source.available.minor_units:
            raise Conflict(
                f"There is not enough money in that account: {in_words(source.available)} is available.",
                members={"code": "insufficient_funds"},
            )


async def _own(session: AsyncSession, customer_id: str, order: PaymentOrder) -> tuple[PayeeRow, list[AccountRow]]:
    """The payee, and the account to pay from followed by the own card or loan that is paid, if it is one.

    Raises NotFound for what is not the customer's own, whether it exists or not.
    """
    source = await store.account_of(session, customer_id, order.from_account_id)
    if source is None:
        raise NotFound("You have no such account.")
    payee = await store.payee_of(session, customer_id, order.payee_id)
    if payee is None:
        raise NotFound("You have no such payee.")
    owed = await store.account_of(session, customer_id, payee.account_id) if payee.account_id else None
    return payee, [source, owed] if owed else [source]


def _balance_after(parties: _Parties, order: PaymentOrder) -> Money:
    before = parties.source.balance
    return Money(minor_units=before.minor_units - order.amount.minor_units, currency=before.currency)


def _receipt(row: PaymentRow | None) -> Payment:
    if row is None:
        raise NotFound("You have no such payment.")
    return Payment(
        receipt_id=row.receipt_id,
        from_account_id=row.from_account_id,
        payee_id=row.payee_id,
        payee_name=row.payee_name,
        amount=Money(minor_units=row.minor_units, currency=row.currency),
        balance_after=Money(minor_units=row.balance_after, currency=row.currency),
        paid_at=row.paid_at,
    )
