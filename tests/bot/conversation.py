"""A bank of two customers, and a player of Lex that drives the bot event by event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import get_args

from services.bot.embedded.index import FaqIndex
from services.bot.embedded.search import EmbeddedFaqSearch, indexes_of
from services.bot.faq.entries import CUSTOMER, language_of
from services.bot.faq.reading import read_faq
from services.bot.identity import IdentityTokens
from services.bot.intents import INTENTS
from services.bot.main import faq_files
from services.bot.ports import Accounts, Bank
from services.bot.read_back import ReadBackSeal
from services.bot.seal import Seal
from services.bot.service import BotService
from services.bot.settings import BotSettings
from shared.errors import Conflict, InvalidRequest, Problem
from shared.schemas.accounts import (
    Account,
    ChannelAction,
    ChannelTrust,
    Payee,
    Payment,
    PaymentOrder,
    PaymentPreview,
    Transaction,
)
from shared.schemas.base import Money
from shared.schemas.faq import FaqAnswer
from shared.schemas.identity import ContextUpdate, CustomerContext, LinkedCustomer, Verification
from shared.schemas.lex import CodeHookEvent, CodeHookResponse, DialogAction, Intent, wire_dict
from shared.schemas.mortgages import Amortisation, AmortisationOrder, Loan
from shared.schemas.plans import Application, ApplicationOrder, Plan, PlanKind, PlanRecommendation
from shared.settings import DEVELOPMENT_SECRET

ANA, ANAS_PHONE, ANAS_PIN = "C-ANA0000001", "+15555550190", "2468"
BEN, BENS_PHONE, BENS_PIN = "C-BEN0000002", "+15555550191", "1379"
ANAS_NUMBER = "40000001"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECRETS_OF_THE_BANK = (
    "Ana",
    ANA,
    "1234",
    "5678",
    "City Power",
    "Northside",
    "Netflix",
    "Home Mortgage",
    "$",
    "AC-",
    "P-",
)


def _account(number: int, kind: str, name: str, digits: str, units: int, *, pays: bool = False) -> Account:
    return Account.model_validate(
        {
            "account_id": f"AC-{number}",
            "kind": kind,
            "name": name,
            "masked_number": f"••••{digits}",
            "balance": {"minor_units": units},
            "available": {"minor_units": units} if pays else None,
            "payment_due": None if pays else {"minor_units": 35_00},
            "due_on": None if pays else NOW,
        }
    )


def _payee(number: int, name: str, digits: str, account_id: str | None = None) -> Payee:
    kind = "own_account" if account_id else "external"
    return Payee.model_validate(
        {
            "payee_id": f"P-{number}",
            "name": name,
            "kind": kind,
            "masked_number": f"••••{digits}",
            "account_id": account_id,
        }
    )


def _plan(plan_id: str, kind: str, name: str, least: int) -> Plan:
    fields = {"plan_id": plan_id, "kind": kind, "name": name, "summary": f"About {name}.", "rate_basis_points": 100}
    return Plan.model_validate(fields | {"minimum_deposit": {"minor_units": least}})


BOT = {
    "id": "OMNILEXBOT",
    "name": "OmniLex",
    "aliasId": "TSTALIASID",
    "aliasName": "TestBotAlias",
    "localeId": "en_US",
    "version": "DRAFT",
}
LOAN = {
    "original": 300_000_00,
    "owed": 214_350_00,
    "payment": 1_482_60,
    "principal": 720_00,
    "interest": 512_60,
    "escrow": 250_00,
    "payoff": 214_682_10,
    "accrued": 332_10,
    "per_diem": 24_96,
    "held": 3_120_00,
}


@dataclass(frozen=True)
class FakeCustomer:
    customer_id: str
    first_name: str
    pin: str
    claims: tuple[str, ...]


CUSTOMERS = (
    FakeCustomer(ANA, "Ana", ANAS_PIN, (ANAS_PHONE, ANAS_NUMBER, ANA)),
    FakeCustomer(BEN, "Ben", BENS_PIN, (BENS_PHONE, "40000002", BEN)),
)


def _locked() -> Verification:
    return Verification(outcome="locked", attempts_left=0, locked_until=datetime.now(UTC) + timedelta(minutes=15))


TRUST = (
    *(ChannelTrust(channel=name, may=list(get_args(ChannelAction))) for name in ("web", "mobile", "lex")),
    *(ChannelTrust(channel=name, may=["read", "pay_known_payee"]) for name in ("sms", "voice", "slack")),
)


@dataclass
class FakeAccounts:
    """The accounts service: Ana's accounts, tries of a PIN counted, each idempotency key obeyed once."""

    tries: dict[str, int] = field(default_factory=dict)
    verifications: list[dict[str, str]] = field(default_factory=list)
    early: list[datetime] = field(default_factory=list)
    pins: dict[str, str] = field(default_factory=dict)
    links: dict[tuple[str, str], "FakeCustomer"] = field(default_factory=dict)
    contexts: dict[str, CustomerContext] = field(default_factory=dict)
    made: dict[str, Payment] = field(default_factory=dict)
    undo_until: datetime | None = None
    applications: dict[str, Application] = field(default_factory=dict)
    orders: list[PaymentOrder | ApplicationOrder] = field(default_factory=list)
    calculated: list[AmortisationOrder] = field(default_factory=list)
    unfit: frozenset[str] = frozenset()
    down: Problem | None = None
    pay_breaks: Problem | None = None
    refuses: Problem | None = None
    trust: list[ChannelTrust] = field(default_factory=lambda: list(TRUST))
    owned: list[Account] = field(
        default_factory=lambda: [
            _account(1, "checking", "Everyday Checking", "1234", 1_234_56, pays=True),
            _account(2, "savings", "Goal Savings", "5678", 9_000_00, pays=True),
            _account(3, "mortgage", "Home Mortgage", "3306", 214_350_00),
        ]
    )
    payable: list[Payee] = field(
        default_factory=lambda: [
            _payee(1, "City Power", "5519"),
            _payee(2, "Northside Water", "8127"),
            _payee(3, "The Netflix Company", "7001"),
            _payee(4, "Home Mortgage", "3306", "AC-3"),
        ]
    )

    def _answering(self) -> None:
        if self.down:
            raise self.down

    async def verify(
        self,
        *,
        phone: str | None = None,
        customer_number: str | None = None,
        customer_id: str | None = None,
        pin: str,
        channel: str,
        session: str,
        channel_address: str | None = None,
    ) -> Verification:
        self._answering()
        claim = phone or customer_number or customer_id or ""
        self.verifications.append({"claim": claim, "channel": channel, "session": session})
        if self.early:
            return Verification(outcome="wait", attempts_left=2, retry_at=self.early.pop(0))
        owner = next((customer for customer in CUSTOMERS if claim in customer.claims), None)
        subject = owner.customer_id if owner else claim
        if self.tries.get(subject, 0) >= 5:
            return _locked()
        if owner and pin == self.pins.get(owner.customer_id, owner.pin):
            self.tries.pop(subject, None)
            if channel_address:
                self.links[channel, channel_address] = owner
            return Verification(outcome="verified", customer_id=owner.customer_id, first_name=owner.first_name)
        self.tries[subject] = self.tries.get(subject, 0) + 1
        return (
            _locked()
            if self.tries[subject] >= 5
            else Verification(outcome="refused", attempts_left=5 - self.tries[subject])
        )

    async def linked_customer(self, channel: str, address: str) -> LinkedCustomer | None:
        self._answering()
        owner = self.links.get((channel, address))
        if owner is None:
            return None
        return LinkedCustomer(customer_id=owner.customer_id, first_name=owner.first_name, locale="en_US", linked_at=NOW)

    async def channel_trust(self) -> list[ChannelTrust]:
        self._answering()
        return self.trust

    async def change_pin(
        self, customer_id: str, *, current_pin: str, new_pin: str, channel: str, session: str, idempotency_key: str
    ) -> None:
        self._answering()
        if self.refuses:
            raise self.refuses
        if new_pin in ("1234", "0000"):
            raise InvalidRequest("Please choose another PIN: it is easy to guess.", members={"code": "weak_pin"})
        owner = next(customer for customer in CUSTOMERS if customer.customer_id == customer_id)
        if current_pin != self.pins.get(customer_id, owner.pin):
            raise Conflict("Your PIN was changed just now.", members={"code": "wrong_pin"})
        self.pins[customer_id] = new_pin

    async def save_context(self, customer_id: str, update: ContextUpdate) -> CustomerContext:
        self._answering()
        later = datetime.now(UTC) + timedelta(hours=24)
        context = CustomerContext(**update.model_dump(), saved_at=datetime.now(UTC), expires=later)
        self.contexts[customer_id] = context
        return context

    async def context(self, customer_id: str) -> CustomerContext | None:
        self._answering()
        return self.contexts.get(customer_id)

    async def forget_context(self, customer_id: str) -> None:
        self._answering()
        self.contexts.pop(customer_id, None)

    async def accounts(self, customer_id: str) -> list[Account]:
        self._answering()
        return self.owned if customer_id == ANA else []

    async def payees(self, customer_id: str) -> list[Payee]:
        self._answering()
        return self.payable if customer_id == ANA else []

    async def preview_payment(self, customer_id: str, order: PaymentOrder) -> PaymentPreview:
        self._answering()
        if self.refuses:
            raise self.refuses
        source = next(account for account in self.owned if account.account_id == order.from_account_id)
        payee = next(payee for payee in self.payable if payee.payee_id == order.payee_id)
        left = source.balance.minor_units - order.amount.minor_units
        if left < 0:
            raise Conflict(
                "There is not enough money in that account: $1,234.56 is available.",
                members={"code": "insufficient_funds", "available": source.balance.minor_units, "currency": "USD"},
            )
        after = Money(minor_units=left)
        return PaymentPreview(from_account=source, payee=payee, amount=order.amount, balance_after=after)

    async def pay(self, customer_id: str, order: PaymentOrder, *, idempotency_key: str) -> Payment:
        if idempotency_key not in self.made:
            preview = await self.preview_payment(customer_id, order)
            self.orders.append(order)
            self.made[idempotency_key] = Payment(
                receipt_id=f"R-{len(self.made) + 1:010d}",
                from_account_id=order.from_account_id,
                payee_id=order.payee_id,
                payee_name=preview.payee.name,
                amount=order.amount,
                balance_after=preview.balance_after,
                paid_at=NOW,
                pay_on=order.pay_on,
                status="scheduled" if order.pay_on else "paid",
                undo_until=self.undo_until,
            )
            if not order.pay_on:
                source = self.owned.index(preview.from_account)
                self.owned[source] = preview.from_account.model_copy(update={"balance": preview.balance_after})
        if self.pay_breaks:
            raise self.pay_breaks
        return self.made[idempotency_key]

    async def payments(self, customer_id: str, *, limit: int) -> list[Payment]:
        self._answering()
        return list(reversed(self.made.values()))[:limit] if customer_id == ANA else []

    async def cancel_payment(
        self, customer_id: str, receipt_id: str, *, idempotency_key: str, channel: str = "web"
    ) -> Payment:
        self._answering()
        if self.pay_breaks:
            raise self.pay_breaks
        key, payment = next((key, one) for key, one in self.made.items() if one.receipt_id == receipt_id)
        status = "cancelled" if payment.status == "scheduled" else "reversed"
        self.made[key] = payment.model_copy(update={"status": status})
        return self.made[key]

    async def transactions(self, customer_id: str, account_id: str, *, limit: int) -> list[Transaction]:
        self._answering()
        entries = [("City Power", -80_00), ("Payroll", 2_100_00), ("Corner Market", -23_45), ("Transfer", -5_00)]
        return [
            Transaction(
                transaction_id=f"T-{place}",
                made_at=NOW - timedelta(days=place),
                description=description,
                amount=Money(minor_units=units),
                balance_after=Money(minor_units=1_000_00),
            )
            for place, (description, units) in enumerate(entries)
        ][:limit]

    async def loan(self, customer_id: str, account_id: str) -> Loan:
        self._answering()
        money = {name: {"minor_units": units} for name, units in LOAN.items()}
        return Loan.model_validate(
            {
                "account_id": account_id,
                "kind": "mortgage",
                "name": "Home Mortgage",
                "masked_number": "••••3306",
                "original_principal": money["original"],
                "principal_owed": money["owed"],
                "rate_basis_points": 425,
                "term_months": 360,
                "first_payment_on": "2016-04-01",
                "matures_on": "2046-03-01",
                "payments_left": 240,
                "next_payment": {
                    "due_on": "2026-04-01",
                    "total": money["payment"],
                    "principal": money["principal"],
                    "interest": money["interest"],
                    "escrow": money["escrow"],
                },
                "payoff": {
                    "amount": money["payoff"],
                    "principal": money["owed"],
                    "interest": money["accrued"],
                    "interest_paid": {"minor_units": 0},
                    "per_diem": money["per_diem"],
                    "interest_from": "2026-03-01",
                    "good_through": "2026-03-14",
                },
                "escrow_balance": money["held"],
            }
        )

    async def amortise(self, order: AmortisationOrder) -> Amortisation:
        self._answering()
        self.calculated.append(order)
        cents = {"minor_units": 1_896_20}
        return Amortisation.model_validate(
            {
                "payment": cents,
                "payments": order.term_months,
                "last_payment": cents,
                "total_interest": {"minor_units": 382_632_00},
                "interest_saved": {"minor_units": 0},
                "months_saved": 0,
                "lines": [],
            }
        )

    async def recommended_plans(
        self, customer_id: str, *, kind: PlanKind | None = None, minor_units: int | None = None
    ) -> list[PlanRecommendation]:
        plans = [plan for plan in await self.plans() if kind in (None, plan.kind)]
        return [PlanRecommendation(plan=plan, reason="It fits.") for plan in plans if plan.plan_id not in self.unfit]

    async def plans(self) -> list[Plan]:
        self._answering()
        return [
            _plan("everyday-checking", "checking", "Everyday Checking", 25_00),
            _plan("premier-checking", "checking", "Premier Checking", 1_500_00),
            _plan("goal-savings", "savings", "Goal Savings", 25_00),
            _plan("auto-loan-60", "auto_loan", "Auto Loan", 0),
        ]

    async def apply(self, customer_id: str, order: ApplicationOrder, *, idempotency_key: str) -> Application:
        self._answering()
        if self.refuses:
            raise self.refuses
        if order.opening_deposit and order.opening_deposit.minor_units > 100_000_00:
            raise InvalidRequest("An opening deposit can be at most $100,000.00.")
        if idempotency_key not in self.applications:
            self.orders.append(order)
            name = next(plan.name for plan in await self.plans() if plan.plan_id == order.plan_id)
            self.applications[idempotency_key] = Application(
                application_id="A-0000000001",
                plan_id=order.plan_id,
                plan_name=name,
                status="pending",
                applied_at=NOW,
            )
        return self.applications[idempotency_key]


@cache
def _shipped() -> Mapping[str, FaqIndex]:
    settings = BotSettings()
    files = faq_files(settings.faq_csv, settings.faq_language)
    return indexes_of([entry for content, language in files for entry in read_faq(content, language=language)[0]])


@dataclass
class ShippedFaq:
    """The bank's own FAQ, searched as in production; keeps what it could not answer."""

    unanswered: list[tuple[str, str]] = field(default_factory=list)

    async def search(
        self, query: str, *, limit: int, locale: str = "en_US", channel: str | None = None
    ) -> list[FaqAnswer]:
        engine = EmbeddedFaqSearch(threshold=BotSettings().faq_threshold, indexes=_shipped())
        found = await engine.search(query, language=language_of(locale), reader=CUSTOMER, limit=limit)
        if not found and channel:
            self.unanswered.append((channel, query))
        return found


def bank_over(accounts: Accounts) -> Bank:
    return Bank(accounts, ShippedFaq(), BotSettings().support_phone, Seal(DEVELOPMENT_SECRET, "pins"))


def bot_over(accounts: Accounts) -> BotService:
    return BotService(
        bank_over(accounts),
        IdentityTokens(DEVELOPMENT_SECRET, seconds=600),
        ReadBackSeal(DEVELOPMENT_SECRET),
    )


class Conversation:
    """Plays Lex: keeps the session's state from answer to answer, as the service told it."""

    def __init__(
        self,
        accounts: FakeAccounts | None = None,
        *,
        session: str = "session-1",
        caller_number: str | None = None,
        channel: str = "web",
        address: str | None = None,
        locale: str = "en_US",
        input_mode: str = "Text",
    ) -> None:
        self.accounts = accounts or FakeAccounts()
        self.bot = bot_over(self.accounts)
        self.session = session
        self.attributes: dict[str, str] = {}
        self.locale, self.input_mode = locale, input_mode
        self.requested = {"omnilex:channel": channel}
        if address:
            self.requested["omnilex:channel-address"] = address
        if caller_number:
            self.requested["omnilex:caller-number"] = caller_number
        self.answers: list[CodeHookResponse] = []
        self.event: dict[str, object] = {}

    async def start(self, intent: str, transcript: str = "", **slots: str | None) -> str:
        """The customer asks for an intent, some of its slots filled. The answer's texts."""
        handler = INTENTS.get(intent)
        filled = dict.fromkeys(handler.slots if handler else ()) | {name: _slot(text) for name, text in slots.items()}
        return await self._turn({"name": intent, "slots": filled, "state": "InProgress"}, transcript)

    async def reply(self, text: str, *, interpreted: str | None = None, resolved: list[str] | None = None) -> str:
        """The customer answers the slot that was asked."""
        asked = self.action.slot_to_elicit
        assert asked is not None, self.action
        return await self.fill(asked, text, interpreted=interpreted, resolved=resolved)

    async def fill(
        self,
        slot: str,
        text: str,
        *,
        interpreted: str | None = None,
        resolved: list[str] | None = None,
        transcript: str | None = None,
    ) -> str:
        """The customer gives a slot of the running intent, whether it was asked or not."""
        slots = {**self._slots(), slot: _slot(text, interpreted, resolved)}
        intent: dict[str, object] = {"name": self.intent.name, "slots": slots, "state": "InProgress"}
        return await self._turn(intent, transcript or text)

    async def yes(self) -> str:
        return await self._confirm("Confirmed", "ReadyForFulfillment", "FulfillmentCodeHook")

    async def no(self) -> str:
        return await self._confirm("Denied", "InProgress", "DialogCodeHook")

    async def again(self) -> str:
        """Lex sends the last event once more."""
        return await self._send(self.event)

    async def verify(self, phone: str = ANAS_PHONE, pin: str = ANAS_PIN) -> str:
        await self.reply(phone)
        return await self.reply(pin)

    @property
    def intent(self) -> Intent:
        intent = self.answers[-1].session_state.intent
        assert intent is not None
        return intent

    @property
    def action(self) -> DialogAction:
        action = self.answers[-1].session_state.dialog_action
        assert action is not None
        return action

    @property
    def outcome(self) -> tuple[str, str, str | None]:
        """Intent, action, and the slot asked or the state."""
        return self.intent.name, self.action.type, self.action.slot_to_elicit or self.intent.state

    @property
    def buttons(self) -> list[str]:
        cards = [message.image_response_card for message in self.answers[-1].messages or []]
        return [button.value for card in cards if card for button in card.buttons or []]

    def everything_answered(self) -> str:
        return repr([wire_dict(answer) for answer in self.answers])

    def _slots(self) -> dict[str, object]:
        return {name: slot.model_dump() if slot else None for name, slot in self.intent.slots.items()}

    async def _confirm(self, confirmation: str, state: str, source: str) -> str:
        assert self.action.type == "ConfirmIntent", self.action
        intent: dict[str, object] = {"name": self.intent.name, "slots": self._slots(), "state": state}
        intent["confirmationState"] = confirmation
        return await self._turn(intent, "yes" if confirmation == "Confirmed" else "no", source)

    async def _turn(self, intent: dict[str, object], transcript: str, source: str = "DialogCodeHook") -> str:
        event = event_document(
            intent,
            transcript,
            source=source,
            session=self.session,
            attributes=self.attributes,
            requested=self.requested,
        )
        event |= {"inputMode": self.input_mode, "bot": BOT | {"localeId": self.locale}}
        return await self._send(event)

    async def _send(self, event: dict[str, object]) -> str:
        self.event = event
        answer = await self.bot.fulfil(CodeHookEvent.model_validate(event))
        self.answers.append(answer)
        self.attributes = dict(answer.session_state.session_attributes or {})
        return self.said

    @property
    def said(self) -> str:
        """The texts of the last answer."""
        return "\n".join(message.content for message in self.answers[-1].messages or [] if message.content)


def event_document(
    intent: dict[str, object],
    transcript: str,
    *,
    source: str = "DialogCodeHook",
    session: str = "session-1",
    attributes: dict[str, str] | None = None,
    requested: dict[str, str] | None = None,
) -> dict[str, object]:
    """An event as Lex V2 writes it."""
    return {
        "messageVersion": "1.0",
        "invocationSource": source,
        "inputMode": "Text",
        "responseContentType": "text/plain; charset=utf-8",
        "sessionId": session,
        "inputTranscript": transcript,
        "bot": BOT,
        "interpretations": [{"intent": intent, "nluConfidence": 0.93, "interpretationSource": "Lex"}],
        "requestAttributes": requested,
        "sessionState": {
            "intent": {"confirmationState": "None", **intent},
            "sessionAttributes": attributes,
            "activeContexts": [],
            "originatingRequestId": "8f0c2f3e-0000-4000-8000-000000000001",
        },
        "futureField": {"unknown": True},
    }


def _slot(
    text: str | None, interpreted: str | None = None, resolved: list[str] | None = None
) -> dict[str, object] | None:
    if text is None:
        return None
    read = interpreted or text
    value = {
        "originalValue": text,
        "interpretedValue": read,
        "resolvedValues": resolved if resolved is not None else [read],
    }
    return {"shape": "Scalar", "value": value}
