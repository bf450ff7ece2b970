"""MakePayment: whom, how much, from where, when; read back, confirmed, paid once."""

import asyncio
import logging
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from services.bot.dialog import Answer, IntentHandler, StepUp, Turn
from services.bot.messages import choice_cards
from services.bot.money import amount_of, show
from services.bot.naming import (
    Named,
    called,
    kind_words,
    last_digits,
    listed,
    meant,
    named_accounts,
    names_something,
    unique_values,
)
from services.bot.ports import Bank
from services.bot.read_back import confirmed_key, drop_read_back, forget_done, remember_read_back
from services.bot.refusals import reason
from shared.errors import Conflict, InvalidRequest, Problem, UpstreamFailed, UpstreamTimeout
from shared.schemas.accounts import Account, Payee, Payment, PaymentOrder
from shared.schemas.base import Money

log = logging.getLogger("omnilex.bot")

PAYEE, AMOUNT, FROM_ACCOUNT, PAY_DATE = "Payee", "Amount", "FromAccount", "PayDate"


async def answer(turn: Turn, bank: Bank) -> Answer | StepUp:
    """Asks for what is missing or unclear, reads the payment back, and pays what was read back and confirmed.

    Asks for the PIN again first when it was given too long ago. Raises what the accounts service raises when it is
    down and nothing was sent.
    """
    if turn.confirmation == "Denied":
        return _declined(turn)
    asked = await _asked(turn, bank)
    if isinstance(asked, Answer):
        return asked
    order, source = asked
    if not turn.verified().verified_within(bank.step_up_seconds):
        return StepUp()
    if key := confirmed_key(turn, order):
        return await _pay(turn, bank, order, key, source)
    return await _read_back(turn, bank, order)


async def _asked(turn: Turn, bank: Bank) -> tuple[PaymentOrder, Account] | Answer:
    """The payment that the slots say, and the account it is made from; or the question for what is missing."""
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
    day = _day(turn)
    if isinstance(day, Answer):
        return day
    order = PaymentOrder(
        from_account_id=source.account_id, payee_id=payee.payee_id, amount=amount, pay_on=day, channel=turn.channel
    )
    return order, source


def _payee(turn: Turn, payees: Sequence[Payee], accounts: Sequence[Account]) -> Payee | Answer:
    words = turn.words.payment
    if not payees:
        return turn.failed(words.no_payees)
    choices = _named(turn, payees, accounts)
    found = meant(turn.texts(PAYEE), choices, turn.words, transcript=turn.transcript)
    if len(found) == 1:
        turn.fill(PAYEE, found[0].value)
        return found[0].item
    if not names_something(turn.texts(PAYEE), turn.words):
        question = words.ask_payee
    elif found:
        question = words.which_payee
    else:
        question = words.unknown_payee
    values = [choice.value for choice in found or choices]
    can_say = words.you_can_say.format(choices=listed(values, turn.words))
    return turn.elicit(PAYEE, f"{question} {can_say}", *choice_cards(words.payee_cards, values))


def _named(turn: Turn, payees: Sequence[Payee], accounts: Sequence[Account]) -> list[Named[Payee]]:
    kinds = {account.account_id: turn.words.kinds[account.kind] for account in accounts}
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
    words = turn.words.payment
    paying = [
        account for account in accounts if account.available is not None and account.account_id != payee.account_id
    ]
    if not paying:
        return turn.failed(words.no_source)
    if turn.value(FROM_ACCOUNT) is None:
        return next((account for account in paying if account.kind == "checking"), paying[0])
    choices = named_accounts(paying, turn.words)
    found = meant(turn.texts(FROM_ACCOUNT), choices, turn.words, transcript=turn.transcript)
    if len(found) == 1:
        turn.fill(FROM_ACCOUNT, found[0].value)
        return found[0].item
    values = [choice.value for choice in found or choices]
    question = words.ask_source.format(choices=listed(values, turn.words))
    return turn.elicit(FROM_ACCOUNT, question, *choice_cards(words.source_cards, values))


def _amount(turn: Turn, payee: Payee) -> Money | Answer:
    words = turn.words.payment
    if turn.value(AMOUNT) is None:
        return turn.elicit(AMOUNT, words.ask_amount.format(payee=payee.name))
    amount = amount_of(turn.slots[AMOUNT])
    if amount is None or amount.minor_units <= 0:
        return turn.elicit(AMOUNT, words.ask_amount_again)
    return amount


def _day(turn: Turn) -> date | Answer | None:
    """The day on which to pay; None for at once. Lex gives days as ISO 8601 dates."""
    words, said = turn.words.payment, turn.value(PAY_DATE)
    if said is None:
        return None
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return turn.elicit(PAY_DATE, words.bad_date)
    # The customer's today may still be yesterday in UTC; the accounts service knows the bank's own.
    today = datetime.now(UTC).date()
    if day < today - timedelta(days=1):
        return turn.elicit(PAY_DATE, words.past_date)
    return day if day > today else None


async def _read_back(turn: Turn, bank: Bank, order: PaymentOrder) -> Answer:
    words = turn.words.payment
    try:
        preview = await bank.accounts.preview_payment(turn.verified().customer_id, order)
    except (Conflict, InvalidRequest) as refusal:
        return _refused(turn, refusal)
    text = words.read_back.format(
        amount=show(preview.amount),
        payee=preview.payee.name,
        source=called(preview.from_account, turn.words),
        on_day=words.on_day.format(day=turn.date(order.pay_on)) if order.pay_on else "",
        earlier_try=f" {words.earlier_try}" if remember_read_back(turn, order).tried else "",
    )
    return turn.confirm(text, words.confirm_title)


async def _pay(turn: Turn, bank: Bank, order: PaymentOrder, key: str, source: Account) -> Answer:
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
        return turn.failed(turn.words.payment.unclear)
    forget_done(turn, order)
    log.info("payment.made", extra={"customer_id": customer_id, "receipt_id": payment.receipt_id})
    return turn.fulfilled(_receipt(turn, payment, source))


def _receipt(turn: Turn, payment: Payment, source: Account) -> str:
    words = turn.words.payment
    sentence = words.scheduled if payment.status == "scheduled" else words.done
    text = sentence.format(
        amount=show(payment.amount),
        payee=payment.payee_name,
        receipt=payment.receipt_id,
        source=kind_words(source.kind, turn.words),
        balance=show(payment.balance_after) if payment.balance_after else "",
        day=turn.date(payment.pay_on) if payment.pay_on else "",
    )
    seconds = (payment.undo_until - datetime.now(UTC)).total_seconds() if payment.undo_until else 0
    minutes = math.floor(seconds / 60 + 0.5)
    return f"{text} {words.undo_hint.format(minutes=minutes)}" if minutes >= 1 else text


def _refused(turn: Turn, refusal: Problem) -> Answer:
    words = turn.words.payment
    why = reason(refusal, words.refusals, turn.words) or words.refused
    if refusal.members.get("code") == "channel_not_trusted":
        return turn.failed(why)
    return turn.elicit(AMOUNT, f"{why} {words.instead}")


def _declined(turn: Turn) -> Answer:
    words, dropped = turn.words.payment, drop_read_back(turn)
    return turn.failed(words.declined_tried if dropped and dropped.tried else words.declined)


MAKE_PAYMENT = IntentHandler(
    answer,
    slots=(PAYEE, AMOUNT, FROM_ACCOUNT, PAY_DATE),
    needs_identity=True,
    called=lambda words: words.payment.called,
    resumable=True,
)
