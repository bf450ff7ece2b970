"""MakePayment: whom, how much, from where; read back, confirmed, paid once."""

import asyncio
import logging
from collections.abc import Sequence

from services.bot.dialog import Answer, IntentHandler, Turn, choice_cards
from services.bot.money import amount_of, show
from services.bot.naming import (
    KIND_WORDS,
    Named,
    kind_words,
    last_digits,
    listed,
    masked,
    meant,
    named_accounts,
    names_something,
    unique_values,
)
from services.bot.ports import Bank
from services.bot.read_back import confirmed_key, drop_read_back, forget_done, remember_read_back
from shared.errors import Conflict, InvalidRequest, Problem, UpstreamFailed, UpstreamTimeout
from shared.schemas.accounts import Account, Payee, Payment, PaymentOrder
from shared.schemas.base import Money

log = logging.getLogger("omnilex.bot")

PAYEE, AMOUNT, FROM_ACCOUNT = "Payee", "Amount", "FromAccount"

_UNCLEAR = (
    "I can't reach your accounts right now, and I can't tell yet whether your payment went through. "
    "You can safely ask me for it again here: it won't be paid twice."
)
_NOT_TWICE = "If your earlier try went through, it won't be paid again."


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Asks for what is missing or unclear, reads the payment back, and pays what was read back and confirmed.

    Raises what the accounts service raises when it is down and nothing was sent.
    """
    if turn.confirmation == "Denied":
        return _declined(turn)
    customer_id = turn.verified().customer_id
    payees, accounts = await asyncio.gather(bank.accounts.payees(customer_id), bank.accounts.accounts(customer_id))
    payee = _payee(turn, payees, accounts)
    if isinstance(payee, Answer):
        return payee
    source = _source(turn, accounts, payee)
    if isinstance(source, Answer):
        return source
    amount = _amount(turn, payee)
    if isinstance(amount, Answer):
        return amount
    order = PaymentOrder(from_account_id=source.account_id, payee_id=payee.payee_id, amount=amount)
    if key := confirmed_key(turn, order):
        return await _pay(turn, bank, order, key, kind_words(source.kind))
    return await _read_back(turn, bank, order)


def _payee(turn: Turn, payees: Sequence[Payee], accounts: Sequence[Account]) -> Payee | Answer:
    if not payees:
        return turn.failed("You have nobody set up to pay yet. You can add a payee in online banking.")
    choices = _named(payees, accounts)
    found = meant(turn.texts(PAYEE), choices, transcript=turn.transcript)
    if len(found) == 1:
        turn.fill(PAYEE, found[0].value)
        return found[0].item
    if not names_something(turn.texts(PAYEE)):
        question = "Who would you like to pay?"
    elif found:
        question = "Which one do you mean?"
    else:
        question = "I couldn't find that payee among yours. Who would you like to pay?"
    values = [choice.value for choice in found or choices]
    return turn.elicit(PAYEE, f"{question} You can say {listed(values)}.", *choice_cards("Your payees", values))


def _named(payees: Sequence[Payee], accounts: Sequence[Account]) -> list[Named[Payee]]:
    kinds = {account.account_id: KIND_WORDS[account.kind] for account in accounts}
    values = unique_values(payees, lambda payee: payee.name, lambda payee: payee.masked_number)
    return [
        Named(
            payee,
            value,
            (payee.name, f"{payee.name} {last_digits(payee.masked_number)}", *kinds.get(payee.account_id or "", ())),
        )
        for payee, value in zip(payees, values, strict=True)
    ]


def _source(turn: Turn, accounts: Sequence[Account], payee: Payee) -> Account | Answer:
    paying = [
        account for account in accounts if account.available is not None and account.account_id != payee.account_id
    ]
    if not paying:
        return turn.failed("You have no account that this payment can be made from.")
    if turn.value(FROM_ACCOUNT) is None:
        return next((account for account in paying if account.kind == "checking"), paying[0])
    choices = named_accounts(paying)
    found = meant(turn.texts(FROM_ACCOUNT), choices, transcript=turn.transcript)
    if len(found) == 1:
        turn.fill(FROM_ACCOUNT, found[0].value)
        return found[0].item
    values = [choice.value for choice in found or choices]
    question = f"Which account shall I pay from? You can say {listed(values)}."
    return turn.elicit(FROM_ACCOUNT, question, *choice_cards("Pay from", values))


def _amount(turn: Turn, payee: Payee) -> Money | Answer:
    if turn.value(AMOUNT) is None:
        return turn.elicit(AMOUNT, f"How much would you like to pay to {payee.name}?")
    amount = amount_of(turn.slots[AMOUNT])
    if amount is None or amount.minor_units <= 0:
        return turn.elicit(AMOUNT, "Please give an amount in dollars and cents, like $25.00. How much shall I pay?")
    return amount


async def _read_back(turn: Turn, bank: Bank, order: PaymentOrder) -> Answer:
    try:
        preview = await bank.accounts.preview_payment(turn.verified().customer_id, order)
    except (Conflict, InvalidRequest) as refusal:
        return _refused(turn, refusal)
    earlier_try = f" {_NOT_TWICE}" if remember_read_back(turn, order).tried else ""
    source = f"{kind_words(preview.from_account.kind)} {masked(preview.from_account.masked_number)}"
    amount, name = show(preview.amount), preview.payee.name
    text = f"You're paying {amount} to {name} from your {source}.{earlier_try} Shall I go ahead?"
    return turn.confirm(text, "Make this payment?")


async def _pay(turn: Turn, bank: Bank, order: PaymentOrder, key: str, source: str) -> Answer:
    customer_id = turn.verified().customer_id
    try:
        payment = await bank.accounts.pay(customer_id, order, idempotency_key=key)
    except (Conflict, InvalidRequest) as refusal:
        forget_done(turn, order)
        return _refused(turn, refusal)
    except (UpstreamFailed, UpstreamTimeout):
        # It may have been paid: the reference is kept, so that asking for it again is safe.
        log.warning("payment.unclear", extra={"customer_id": customer_id})
        remember_read_back(turn, order, tried=True)
        return turn.failed(_UNCLEAR)
    forget_done(turn, order)
    log.info("payment.made", extra={"customer_id": customer_id, "receipt_id": payment.receipt_id})
    return turn.fulfilled(_receipt(payment, source))


def _receipt(payment: Payment, source: str) -> str:
    done = f"Done. I paid {show(payment.amount)} to {payment.payee_name}. Your receipt is {payment.receipt_id}."
    left = payment.balance_after
    return done if left is None else f"{done} Your {source} now has {show(left)}."


def _refused(turn: Turn, refusal: Problem) -> Answer:
    reason = refusal.detail or "I can't make that payment."
    return turn.elicit(AMOUNT, f"{reason} How much would you like to pay instead?")


def _declined(turn: Turn) -> Answer:
    dropped = drop_read_back(turn)
    if dropped and dropped.tried:
        return turn.failed(
            "All right, I won't try again. Please check your balance: the first try may have gone through."
        )
    return turn.failed("All right, nothing was paid.")


MAKE_PAYMENT = IntentHandler(answer, slots=(PAYEE, AMOUNT, FROM_ACCOUNT), needs_identity=True, called="your payment")
