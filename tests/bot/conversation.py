"""A bank of two customers, and a player of Lex that drives the bot event by event."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from services.bot.embedded import Bm25FaqSearch
from services.bot.identity import IdentityTokens
from services.bot.intents import INTENTS
from services.bot.ports import Bank
from services.bot.read_back import ReadBackSeal
from services.bot.service import BotService
from services.bot.settings import BotSettings
from shared.errors import Conflict, InvalidRequest, Problem
from shared.schemas.accounts import Account, Payee, Payment, PaymentOrder, PaymentPreview
from shared.schemas.base import Money
from shared.schemas.identity import Verification
from shared.schemas.lex import CodeHookEvent, CodeHookResponse, DialogAction, Intent, wire_dict
from shared.schemas.plans import Application, ApplicationOrder, Plan
from shared.settings import DEVELOPMENT_SECRET

ANA, ANAS_PHONE, ANAS_PIN = "C-ANA0000001", "+15555550190", "2468"
BEN, BENS_PHONE, BENS_PIN = "C-BEN0000002", "+15555550191", "1379"
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


@dataclass
class FakeAccounts:
    """The accounts service: Ana's accounts, tries of a PIN counted, each idempotency key obeyed once."""

    tries: dict[str, int] = field(default_factory=dict)
    verifications: list[dict[str, str]] = field(default_factory=list)
    early: list[datetime] = field(default_factory=list)
    payments: dict[str, Payment] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    orders: list[PaymentOrder | ApplicationOrder] = field(default_factory=list)
    down: Problem | None = None
    pay_breaks: Problem | None = None
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

    async def verify(self, *, phone: str, pin: str, channel: str, session: str) -> Verification:
        self._answering()
        self.verifications.append({"phone": phone, "channel": channel, "session": session})
        if self.early:
            return Verification(outcome="wait", attempts_left=2, retry_at=self.early.pop(0))
        if self.tries.get(phone, 0) >= 5:
            return Verification(
                outcome="locked", attempts_left=0, locked_until=datetime.now(UTC) + timedelta(minutes=15)
            )
        known = {(ANAS_PHONE, ANAS_PIN): (ANA, "Ana"), (BENS_PHONE, BENS_PIN): (BEN, "Ben")}
        if found := known.get((phone, pin)):
            self.tries.pop(phone, None)
            return Verification(outcome="verified", customer_id=found[0], first_name=found[1])
        self.tries[phone] = self.tries.get(phone, 0) + 1
        if self.tries[phone] >= 5:
            return Verification(
                outcome="locked", attempts_left=0, locked_until=datetime.now(UTC) + timedelta(minutes=15)
            )
        return Verification(outcome="refused", attempts_left=5 - self.tries[phone])

    async def accounts(self, customer_id: str) -> list[Account]:
        self._answering()
        return self.owned if customer_id == ANA else []

    async def payees(self, customer_id: str) -> list[Payee]:
        self._answering()
        return self.payable if customer_id == ANA else []

    async def preview_payment(self, customer_id: str, order: PaymentOrder) -> PaymentPreview:
        self._answering()
        source = next(account for account in self.owned if account.account_id == order.from_account_id)
        payee = next(payee for payee in self.payable if payee.payee_id == order.payee_id)
        left = source.balance.minor_units - order.amount.minor_units
        if left < 0:
            raise Conflict("There is not enough money in that account: $1,234.56 is available.")
        after = Money(minor_units=left)
        return PaymentPreview(from_account=source, payee=payee, amount=order.amount, balance_after=after)

    async def pay(self, customer_id: str, order: PaymentOrder, *, idempotency_key: str) -> Payment:
        if idempotency_key not in self.payments:
            preview = await self.preview_payment(customer_id, order)
            self.orders.append(order)
            self.payments[idempotency_key] = Payment(
                receipt_id=f"R-{len(self.payments) + 1:010d}",
                from_account_id=order.from_account_id,
                payee_id=order.payee_id,
                payee_name=preview.payee.name,
                amount=order.amount,
                balance_after=preview.balance_after,
                paid_at=NOW,
            )
            source = self.owned.index(preview.from_account)
            self.owned[source] = preview.from_account.model_copy(update={"balance": preview.balance_after})
        if self.pay_breaks:
            raise self.pay_breaks
        return self.payments[idempotency_key]

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
def bank_faq() -> Bm25FaqSearch:
    settings = BotSettings()
    return Bm25FaqSearch.from_csv(settings.faq_csv, threshold=settings.faq_threshold)


def bot_over(accounts: FakeAccounts) -> BotService:
    return BotService(
        Bank(accounts, bank_faq(), BotSettings().support_phone),
        IdentityTokens(DEVELOPMENT_SECRET, seconds=600),
        ReadBackSeal(DEVELOPMENT_SECRET),
    )


class Conversation:
    """Plays Lex: keeps the session's state from answer to answer, as the service told it."""

    def __init__(
        self, accounts: FakeAccounts | None = None, *, session: str = "session-1", caller_number: str | None = None
    ) -> None:
        self.accounts = accounts or FakeAccounts()
        self.bot = bot_over(self.accounts)
        self.session = session
        self.attributes: dict[str, str] = {}
        self.requested = {"omnilex:channel": "web"}
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
        return await self._send(event)

    async def _send(self, event: dict[str, object]) -> str:
        self.event = event
        answer = await self.bot.fulfil(CodeHookEvent.model_validate(event))
        self.answers.append(answer)
        self.attributes = dict(answer.session_state.session_attributes or {})
        return "\n".join(message.content for message in answer.messages or [] if message.content)


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
        "bot": {
            "id": "OMNILEXBOT",
            "name": "OmniLex",
            "aliasId": "TSTALIASID",
            "aliasName": "TestBotAlias",
            "localeId": "en_US",
            "version": "DRAFT",
        },
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
