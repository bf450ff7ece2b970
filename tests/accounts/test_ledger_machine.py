"""Payments, cancellations, retries, due payments, pairs of them at once and crashes in between, in any order.

Every step goes through the HTTP door and is held against the model: of steps at once, some order of them must explain
all that was answered and all that is there afterwards; of a step that crashed, it must be there whole or not at all.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from services.accounts import ledger, store
from services.accounts.idempotency import KEPT
from services.accounts.ids import new_id
from services.accounts.ledger import Movement
from services.accounts.store import AccountRow, CustomerRow, PayeeRow
from shared.schemas.accounts import Payment
from tests.accounts.bank import Bank, open_bank
from tests.accounts.ledger_model import PER_DAY, Cancel, Due, LedgerModel, Order, Outcome, Step, bank_day
from tests.conftest import internal_headers

HAS = {"checking": 3_000_00, "savings": 30_000_00}
OWES = {"credit_card": 900_00, "auto_loan": 12_000_00}
SOURCES = st.sampled_from(sorted(HAS))
TARGETS = st.sampled_from(["outside", *sorted(OWES)])
# Small ones, and those about the limits of the accounts and of the bank.
UNITS = st.one_of(
    st.integers(1, 500_00),
    st.sampled_from([900_00, 900_01, 3_000_00, 3_000_01, 9_999_99, 10_000_00, 10_000_01, 12_000_01]),
)
LATER = st.sampled_from([0, 0, 0, 1, 2])
ORDERS = st.builds(Order, SOURCES, TARGETS, UNITS, LATER)
T = TypeVar("T")


class PowerCut(RuntimeError):
    """What the test breaks a step with."""


class Fault:
    """Breaks the `number`-th statement or commit from now on, once; or the answer after the commit."""

    def __init__(self) -> None:
        self._left = 0
        self.struck = False

    @contextmanager
    def armed(self, number: int) -> Iterator[None]:
        self._left, self.struck = number, False
        try:
            yield
        finally:
            self._left = 0

    def pass_by(self, *_: object) -> None:
        if self._left:
            self._left -= 1
            if not self._left:
                self.struck = True
                raise PowerCut("in the middle of it")

    def listen(self, engine: Engine) -> None:
        event.listen(engine, "before_cursor_execute", self.pass_by)
        event.listen(engine, "commit", self.pass_by)


@dataclass(frozen=True)
class Sent:
    """A request that took effect under its key, and its answer."""

    path: str
    body: dict[str, object] | None
    key: str
    answer: httpx.Response
    at: datetime


class Customer:
    """A new customer of the bank for each run of the machine: runs do not see each other's money."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.id = new_id("C")
        self.accounts: dict[str, str] = {kind: new_id("AC") for kind in (*HAS, *OWES)}
        self.payees: dict[str, str] = {target: new_id("P") for target in ("outside", *OWES)}

    def open(self, session: Session) -> None:
        now = self.bank.clock.now
        row = CustomerRow(
            id=self.id, first_name="M", last_name="M", phone=f"+{self.id}", pin_hash="none", created_at=now
        )
        accounts = [
            AccountRow(
                id=account_id,
                customer_id=self.id,
                kind=kind,
                name=kind,
                number_ending="0000",
                currency="USD",
                overdraft_floor=0 if kind in HAS else None,
            )
            for kind, account_id in self.accounts.items()
        ]
        payees = [
            PayeeRow(
                id=payee_id,
                customer_id=self.id,
                name=target,
                number_ending="0000",
                account_id=self.accounts.get(target),
                added_at=now - timedelta(days=30),
            )
            for target, payee_id in self.payees.items()
        ]
        store.add(session, row, *accounts, *payees)
        other = ledger.own_account(session, "opening", "USD")
        amounts = {**HAS, **{kind: -units for kind, units in OWES.items()}}
        for kind, units in amounts.items():
            movement = Movement(purpose="opening", made_at=now, amounts={self.accounts[kind]: units, other: -units})
            ledger.enter(session, movement)

    def body(self, order: Order) -> dict[str, object]:
        body: dict[str, object] = {
            "from_account_id": self.accounts[order.source],
            "payee_id": self.payees[order.target],
            "amount": {"minor_units": order.units, "currency": "USD"},
        }
        if order.later_days:
            body["pay_on"] = (self.bank.clock.now.date() + timedelta(days=order.later_days)).isoformat()
        return body

    async def send(self, path: str, body: dict[str, object] | None, key: str) -> Sent:
        headers = {"idempotency-key": key, **internal_headers("accounts")}  # a token is good for a minute
        answer = await self.bank.http.post(f"/customers/{self.id}/{path}", json=body, headers=headers)
        return Sent(path, body, key, answer, self.bank.clock.now)

    async def order(self, order: Order, key: str) -> Sent:
        return await self.send("payments", self.body(order), key)

    async def cancel(self, receipt_id: str, key: str) -> Sent:
        return await self.send(f"payments/{receipt_id}/cancel", None, key)

    async def state(self) -> dict[str, object]:
        """Balances by kind, and the statuses of all payments by receipt, as the bank shows them."""
        headers = internal_headers("accounts")
        accounts = (await self.bank.http.get(f"/customers/{self.id}/accounts", headers=headers)).json()
        shown: dict[str, object] = {}
        for account in accounts:
            shown[account["kind"]] = account["balance"]["minor_units"]
        cursor = ""
        while True:
            path = f"/customers/{self.id}/payments?limit=200{cursor}"
            page = (await self.bank.http.get(path, headers=headers)).json()
            shown |= {item["receipt_id"]: item["status"] for item in page["items"]}
            if page["next_cursor"] is None:
                return shown
            cursor = f"&cursor={page['next_cursor']}"


def heard(sent: Sent) -> Outcome:
    body = sent.answer.json()
    return sent.answer.status_code, str(body.get("code" if sent.answer.is_error else "status", ""))


class LedgerMachine(RuleBasedStateMachine):
    bank: Bank
    fault: Fault
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    keys = count()

    receipts = Bundle("receipts")
    requests = Bundle("requests")

    @initialize()
    def open_accounts(self) -> None:
        self.bank.clock.advance(days=5)
        self.bank.clock.now = self.bank.clock.now.replace(hour=12, minute=0)
        self.customer = Customer(self.bank)
        self.run(self.bank.database.write(self.customer.open))
        self.model = LedgerModel(dict(HAS), dict(OWES))
        self.other = Customer(self.bank)
        self.run(self.bank.database.write(self.other.open))

    def key(self) -> str:
        return f"machine-{next(self.keys)}"

    def settle(self, *candidates: Sequence[Step], heard_of: Sequence[tuple[Step, Outcome]] = ()) -> None:
        """Takes over the first of the candidates' orders that explains what was heard and what is there now."""
        shown = self.run(self.customer.state())
        tried = []
        for steps in candidates:
            model = self.model.copy()
            outcomes = {id(step): model.do(step, self.bank.clock.now) for step in steps}
            answered = all(outcomes.get(id(step)) == outcome for step, outcome in heard_of)
            if answered and model.state() == shown:
                self.model = model
                return
            tried.append((steps, list(outcomes.values()), model.state()))
        raise AssertionError(f"nothing explains {list(heard_of)} and {shown}; tried {tried}")

    def is_kept(self, sent: Sent) -> bool:
        return sent.answer.is_success and self.bank.clock.now - sent.at <= KEPT

    def took(self, order: Order, sent: Sent) -> Order:
        """The order with the receipt it was given, if it was."""
        order.receipt_id = "" if sent.answer.is_error else Payment.model_validate_json(sent.answer.content).receipt_id
        return order

    @rule(target=requests, order=ORDERS)
    def pay(self, order: Order) -> Sent:
        order = replace(order)
        sent = self.run(self.customer.order(order, self.key()))
        self.settle([self.took(order, sent)], heard_of=[(order, heard(sent))])
        return sent

    @rule(target=receipts, units=st.integers(1, 300_00), target_=TARGETS, later_days=LATER)
    def pay_what_is_there(self, units: int, target_: str, later_days: int) -> str:
        order = Order("savings", target_, min(units, self.model.owes.get(target_, units)) or 1, later_days)
        sent = self.run(self.customer.order(order, self.key()))
        self.settle([self.took(order, sent)], heard_of=[(order, heard(sent))])
        return order.receipt_id

    @rule(source=SOURCES, over=st.integers(-1, 1))
    def pay_all_that_is_there(self, source: str, over: int) -> None:
        order = Order(source, "outside", max(self.model.has[source] + over, 1))
        sent = self.run(self.customer.order(order, self.key()))
        self.settle([self.took(order, sent)], heard_of=[(order, heard(sent))])

    @rule(target=requests, receipt_id=receipts)
    def cancel(self, receipt_id: str) -> Sent:
        if not receipt_id:
            return self.run(self.customer.cancel("R-NONE", self.key()))
        step = Cancel(receipt_id)
        sent: Sent = self.run(self.customer.cancel(receipt_id, self.key()))
        self.settle([step], heard_of=[(step, heard(sent))])
        return sent

    @rule(sent=requests, times=st.integers(1, 4))
    def send_again(self, sent: Sent, times: int) -> None:
        """What took effect gives the same answer, and has no other effect; also when it comes several times at once."""
        if not self.is_kept(sent):
            return

        async def again() -> list[Sent]:
            return await asyncio.gather(*(self.customer.send(sent.path, sent.body, sent.key) for _ in range(times)))

        for repeated in self.run(again()):
            assert (repeated.answer.status_code, repeated.answer.text) == (sent.answer.status_code, sent.answer.text)
        self.settle([])

    @rule(sent=requests)
    def send_something_else_under_the_key(self, sent: Sent) -> None:
        if sent.body is None or not self.is_kept(sent):
            return
        other = self.run(self.customer.send(sent.path, {**sent.body, "memo": "another"}, sent.key))
        assert heard(other) == (409, "idempotency_key_reused")
        self.settle([])

    @rule(order=ORDERS, times=st.integers(2, 5))
    def pay_under_one_key_at_once(self, order: Order, times: int) -> None:
        order, key = replace(order), self.key()

        async def together() -> list[Sent]:
            return await asyncio.gather(*(self.customer.order(order, key) for _ in range(times)))

        answers = self.run(together())
        assert len({sent.answer.status_code for sent in answers}) == 1
        if not answers[0].answer.is_error:
            assert len({sent.answer.text for sent in answers}) == 1
        self.settle([self.took(order, answers[0])], heard_of=[(order, heard(answers[0]))])

    @rule(first=ORDERS, second=ORDERS)
    def pay_twice_at_once(self, first: Order, second: Order) -> None:
        self.pay_both_at_once([replace(first), replace(second)])

    def pay_both_at_once(self, orders: list[Order]) -> None:
        async def together() -> list[Sent]:
            return await asyncio.gather(*(self.customer.order(order, self.key()) for order in orders))

        answers = self.run(together())
        steps = [self.took(order, sent) for order, sent in zip(orders, answers, strict=True)]
        outcomes = [(step, heard(sent)) for step, sent in zip(steps, answers, strict=True)]
        self.settle(steps, steps[::-1], heard_of=outcomes)

    @rule(sources=st.sampled_from([("checking", "checking"), ("savings", "savings"), ("checking", "savings")]))
    def pay_twice_what_can_be_paid_once(self, sources: tuple[str, str]) -> None:
        """Each fits what is left, of the day's limit or of the account's money, and both together do not."""
        left = self.model.left_on(bank_day(self.bank.clock.now))
        if sources[0] == sources[1]:
            left = min(left, self.model.has[sources[0]])
        units = left // 2 + 1
        self.pay_both_at_once([Order(source, "outside", units) for source in sources])

    @rule(units=st.integers(1, 5_00), theirs=st.integers(1, 5_00))
    def somebody_else_pays_at_once(self, units: int, theirs: int) -> None:
        """Two customers meet on the bank's own account."""
        order = Order("savings", "outside", units)

        async def together() -> list[Sent]:
            another = self.other.order(Order("savings", "outside", theirs), self.key())
            return await asyncio.gather(self.customer.order(order, self.key()), another)

        mine, other = self.run(together())
        assert other.answer.status_code in (201, 409)  # whose day's limit is not what is looked at here
        self.settle([self.took(order, mine)], heard_of=[(order, heard(mine))])

    @rule(receipt_id=receipts, order=ORDERS)
    def pay_and_cancel_at_once(self, receipt_id: str, order: Order) -> None:
        if not receipt_id:
            return
        order, cancel = replace(order), Cancel(receipt_id)

        async def together() -> list[Sent]:
            pay = self.customer.order(order, self.key())
            return await asyncio.gather(pay, self.customer.cancel(receipt_id, self.key()))

        paid, cancelled = self.run(together())
        steps: list[Step] = [self.took(order, paid), cancel]
        self.settle(steps, steps[::-1], heard_of=[(order, heard(paid)), (cancel, heard(cancelled))])

    @rule(minutes=st.sampled_from([1, 4, 5, 59, 61, 6 * 60, 12 * 60, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.bank.clock.advance(minutes=minutes)

    @rule(replicas=st.integers(1, 3))
    def due_payments_are_made(self, replicas: int) -> None:
        async def together() -> None:
            await asyncio.gather(*(self.bank.service.routine.run() for _ in range(replicas)))

        self.run(together())
        self.settle(self.all_due())

    @rule(units=st.integers(1, 300_00), number=st.integers(1, 3), replicas=st.integers(2, 3))
    def the_day_of_scheduled_payments_comes(self, units: int, number: int, replicas: int) -> None:
        for place in range(number):
            order = Order("savings", "outside", units + place, later_days=1)
            sent = self.run(self.customer.order(order, self.key()))
            self.settle([self.took(order, sent)], heard_of=[(order, heard(sent))])
        self.bank.clock.advance(days=1)
        self.due_payments_are_made(replicas)

    @rule(order=ORDERS)
    def pay_while_due_payments_are_made(self, order: Order) -> None:
        order = replace(order)

        async def together() -> Sent:
            sent, _ = await asyncio.gather(self.customer.order(order, self.key()), self.bank.service.routine.run())
            return sent

        sent = self.run(together())
        step, due = self.took(order, sent), self.all_due()
        orders = [[*due[:place], step, *due[place:]] for place in range(len(due) + 1)]
        self.settle(*orders, heard_of=[(step, heard(sent))])

    @rule(receipt_id=receipts)
    def cancel_while_due_payments_are_made(self, receipt_id: str) -> None:
        if not receipt_id:
            return
        step = Cancel(receipt_id)

        async def together() -> Sent:
            cancel = self.customer.cancel(receipt_id, self.key())
            sent, _ = await asyncio.gather(cancel, self.bank.service.routine.run())
            return sent

        sent, due = self.run(together()), self.all_due()
        orders = [[*due[:place], step, *due[place:]] for place in range(len(due) + 1)]
        self.settle(*orders, heard_of=[(step, heard(sent))])

    @rule(order=ORDERS, number=st.integers(1, 20))
    def the_power_goes_while_paying(self, order: Order, number: int) -> None:
        order, key = replace(order), self.key()
        sent = self.broken(self.customer.order(order, key), number)
        if self.fault.struck:
            assert sent.answer.status_code == 500
            self.settle([])
            sent = self.run(self.customer.order(order, key))
        self.settle([self.took(order, sent)], heard_of=[(order, heard(sent))])

    @rule(receipt_id=receipts, number=st.integers(1, 16))
    def the_power_goes_while_cancelling(self, receipt_id: str, number: int) -> None:
        if not receipt_id:
            return
        step, key = Cancel(receipt_id), self.key()
        sent = self.broken(self.customer.cancel(receipt_id, key), number)
        if self.fault.struck:
            assert sent.answer.status_code == 500
            self.settle([])
            sent = self.run(self.customer.cancel(receipt_id, key))
        self.settle([step], heard_of=[(step, heard(sent))])

    @rule(number=st.integers(1, 40))
    def the_power_goes_while_due_payments_are_made(self, number: int) -> None:
        """One of them is left, or all when it went before the first; then the bank opens again."""
        due = self.all_due()
        self.broken(self.routine(), number)
        left_out = [[step for step in due if step is not one] for one in due]
        self.settle(*([due] if not self.fault.struck else [*left_out, [], due]))
        self.run(self.bank.service.routine.run())
        self.settle(self.all_due())

    async def routine(self) -> None:
        try:
            await self.bank.service.routine.run()
        except PowerCut:
            assert self.fault.struck

    def broken(self, work: Coroutine[Any, Any, T], number: int) -> T:
        with self.fault.armed(number):
            result: T = self.run(work)
        return result

    def all_due(self) -> list[Step]:
        return [Due(receipt_id) for receipt_id in self.model.due(self.bank.clock.now)]

    @invariant()
    def books_balance(self) -> None:
        if hasattr(self, "model"):
            proof = self.run(self.bank.as_staff("GET", "/ledger/proof", "analyst")).json()
            assert proof["holds"], proof
            assert min(self.model.has.values()) >= 0
            assert min(self.model.owes.values()) >= 0


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_any_interleaving_of_payments_leaves_the_books_in_order(database_url: str, data_dir: Path) -> None:
    """No payment lost or doubled, nothing overdrawn, every balance the sum of its postings."""
    with asyncio.Runner() as runner:
        opened = open_bank(database_url, data_dir, bank_time_zone="UTC", payment_day_limit=PER_DAY)
        bank = runner.run(opened.__aenter__())
        fault = Fault()
        runner.run(bank.database.write(lambda session: fault.listen(session.get_bind().engine)))
        machine = type("Machine", (LedgerMachine,), {"bank": bank, "fault": fault, "run": staticmethod(runner.run)})
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=20,
                    stateful_step_count=25,
                    deadline=None,
                    derandomize=True,
                    phases=[Phase.explicit, Phase.generate],  # a shorter example would take minutes to find
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))
