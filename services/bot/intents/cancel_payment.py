"""CancelPayment: takes back the last payment while that is possible, or cancels one that is scheduled."""

import logging
from datetime import UTC, datetime

from services.bot.dialog import Answer, IntentHandler, StepUp, Turn
from services.bot.money import show
from services.bot.ports import Bank
from services.bot.read_back import confirmed_key, drop_read_back, forget_done, remember_read_back
from shared.errors import Conflict
from shared.schemas.accounts import Payment
from shared.schemas.base import Wire

log = logging.getLogger("omnilex.bot")

_LOOKED_AT = 10


class Cancellation(Wire):
    """What is read back: the payment that is taken back."""

    receipt_id: str


async def answer(turn: Turn, bank: Bank) -> Answer | StepUp:
    """Names the payment, and takes it back when that is confirmed."""
    words = turn.words.payment
    if turn.confirmation == "Denied":
        drop_read_back(turn)
        return turn.fulfilled(words.kept)
    customer = turn.verified()
    latest = await bank.accounts.payments(customer.customer_id, limit=_LOOKED_AT)
    payment = next((payment for payment in latest if _can_be_undone(payment)), None)
    if payment is None:
        return turn.failed(words.nothing_to_undo)
    if not customer.verified_within(bank.step_up_seconds):
        return StepUp()
    order = Cancellation(receipt_id=payment.receipt_id)
    if key := confirmed_key(turn, order):
        return await _undo(turn, bank, payment, order, key)
    remember_read_back(turn, order)
    question = words.ask_unschedule if payment.status == "scheduled" else words.ask_undo
    return turn.confirm(question.format(**_named(turn, payment)), words.undo_title)


async def _undo(turn: Turn, bank: Bank, payment: Payment, order: Cancellation, key: str) -> Answer:
    words, customer_id = turn.words.payment, turn.verified().customer_id
    try:
        undone = await bank.accounts.cancel_payment(
            customer_id, payment.receipt_id, idempotency_key=key, channel=turn.channel
        )
    except Conflict as refusal:
        forget_done(turn, order)
        log.info("payment.not_undone", extra={"customer_id": customer_id, "code": refusal.members.get("code")})
        return turn.failed(words.too_late.format(phone=bank.support_phone))
    forget_done(turn, order)
    log.info("payment.undone", extra={"customer_id": customer_id, "receipt_id": payment.receipt_id})
    sentence = words.unscheduled if undone.status == "cancelled" else words.undone
    return turn.fulfilled(sentence.format(**_named(turn, payment)))


def _can_be_undone(payment: Payment) -> bool:
    in_time = payment.undo_until is not None and payment.undo_until > datetime.now(UTC)
    return payment.status == "scheduled" or (payment.status == "paid" and in_time)


def _named(turn: Turn, payment: Payment) -> dict[str, str]:
    return {
        "amount": show(payment.amount),
        "payee": payment.payee_name,
        "day": turn.date(payment.pay_on) if payment.pay_on else "",
    }


CANCEL_PAYMENT = IntentHandler(answer, needs_identity=True)
