"""VerifyIdentity: whose account, then the PIN, then on with what the customer came for."""

import asyncio
import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from services.bot.dialog import Answer, IntentHandler, PendingIntent, Turn
from services.bot.identity import Customer, customer_number, e164, number_for_pin, pin_digits
from services.bot.intents.resumption import RESUME, offer_to_continue
from services.bot.ports import Bank
from shared.schemas.base import Moment
from shared.schemas.identity import Verification

NUMBER, CUSTOMER_NUMBER, PIN = "PhoneNumber", "CustomerNumber", "Pin"
LOCKED_NUMBER = "lockedNumber"
STEP_UP = "stepUp"
FORMER = "formerCustomer"

_LOCK_MINUTES = 15
_PATIENCE_SECONDS = 2.5


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose PIN it is said to be: one of the three. `said` when the customer told it in this dialog."""

    phone: str | None = None
    customer_number: str | None = None
    customer_id: str | None = None
    said: bool = False


async def answer(turn: Turn, bank: Bank) -> Answer | PendingIntent:
    """Asks for what is missing; tries the PIN as soon as there is one, and forgets it.

    Gives the pending intent when the customer is verified and something waits for it.
    """
    words = turn.words.identity
    given = turn.take(PIN)
    if other := number_for_pin(given, turn.transcript, turn.value(NUMBER)):
        turn.fill(NUMBER, other)
        given = None
    claim = _said(turn)
    if turn.customer and claim is None and STEP_UP not in turn.attributes:
        return turn.take_pending() or _already(turn, turn.customer)
    claim = claim or await _known(turn, bank)
    if claim is None:
        return turn.elicit(NUMBER, words.ask_number_again if turn.value(NUMBER) else words.ask_number)
    if claim.phone:
        turn.fill(NUMBER, claim.phone)
    pin = pin_digits(given)
    if given is None:
        first = words.ask_pin_step_up if STEP_UP in turn.attributes else words.ask_pin_first
        return turn.elicit(PIN, words.ask_pin if claim.said else first)
    if pin is None:
        return turn.elicit(PIN, words.ask_pin_again)
    tried = await _tried(turn, bank, claim, pin)
    turn.attributes.pop(LOCKED_NUMBER, None)
    if tried.outcome == "locked" and claim.phone:
        turn.attributes[LOCKED_NUMBER] = claim.phone  # a PIN typed again hears of the lock, not of the number
    return await _outcome(turn, bank, tried)


def _said(turn: Turn) -> Claim | None:
    """What the customer said: a phone number, or a customer number where either was asked."""
    said = turn.value(NUMBER)
    if number := e164(said):
        return Claim(phone=number, said=True)
    if number := customer_number(turn.value(CUSTOMER_NUMBER) or said):
        return Claim(customer_number=number, said=True)
    return None


async def _known(turn: Turn, bank: Bank) -> Claim | None:
    """Who it may be without asking: the customer whose PIN is wanted again, the caller's number, a linked address."""
    if turn.value(NUMBER):
        return None
    if turn.customer:
        return Claim(customer_id=turn.customer.customer_id)
    if number := turn.caller_number or e164(turn.attributes.get(LOCKED_NUMBER)):
        return Claim(phone=number)
    linked = await bank.accounts.linked_customer(turn.channel, turn.address) if turn.address else None
    return Claim(customer_id=linked.customer_id) if linked else None


def _already(turn: Turn, customer: Customer) -> Answer:
    words = turn.words.identity
    already = words.already_named.format(name=customer.first_name) if customer.first_name else words.already
    return turn.fulfilled(already if turn.interrupted else f"{already} {turn.words.general.offer}")


async def _tried(turn: Turn, bank: Bank, claim: Claim, pin: str) -> Verification:
    """A customer who types quickly need not hear of a short wait: it is waited out here, once."""

    async def once() -> Verification:
        return await bank.accounts.verify(
            phone=claim.phone,
            customer_number=claim.customer_number,
            customer_id=claim.customer_id,
            pin=pin,
            channel=turn.channel,
            session=turn.session_id,
            channel_address=turn.address,
        )

    tried = await once()
    if tried.outcome == "wait" and (seconds := _seconds_until(tried.retry_at)) <= _PATIENCE_SECONDS:
        await asyncio.sleep(seconds)
        tried = await once()
    return tried


async def _outcome(turn: Turn, bank: Bank, tried: Verification) -> Answer | PendingIntent:
    words = turn.words.identity
    if tried.outcome == "verified" and tried.customer_id:
        return await _welcome(turn, bank, Customer(tried.customer_id, tried.first_name or ""))
    if tried.outcome == "locked":
        turn.customer = None
        turn.attributes.pop(STEP_UP, None)
        turn.take_pending()
        return turn.failed(_locked(turn, tried.locked_until, bank.support_phone))
    if STEP_UP not in turn.attributes:
        turn.customer = None
    if tried.outcome == "wait":
        seconds = math.ceil(_seconds_until(tried.retry_at))
        time = words.second if seconds == 1 else words.seconds.format(seconds=seconds)
        return turn.elicit(PIN, f"{words.wait.format(time=time)} {words.try_again}")
    left = tried.attempts_left
    tries = "" if left is None else words.try_left if left == 1 else words.tries_left.format(tries=left)
    return turn.elicit(PIN, " ".join(part for part in (words.refused, tries, words.try_again) if part))


async def _welcome(turn: Turn, bank: Bank, customer: Customer) -> Answer | PendingIntent:
    words = turn.words.identity
    turn.customer, turn.just_verified = customer, True
    turn.attributes.pop(STEP_UP, None)
    _leave_behind(turn, customer)
    greeting = words.greeting_named.format(name=customer.first_name) if customer.first_name else words.greeting
    if pending := turn.take_pending():
        turn.say(greeting)
        return pending
    return await offer_to_continue(turn, bank, greeting) or turn.fulfilled(f"{greeting} {turn.words.general.offer}")


def _leave_behind(turn: Turn, customer: Customer) -> None:
    """Drops what another customer said or heard in this session before; the customer's own is kept."""
    mark = hashlib.sha256(f"{turn.session_id}\n{customer.customer_id}".encode()).hexdigest()[:16]
    if turn.attributes.get(FORMER, mark) != mark:
        turn.interrupted = None
        turn.attributes.pop(RESUME, None)
        if pending := turn.take_pending():
            turn.remember_pending(pending.name)
    turn.attributes[FORMER] = mark


def _seconds_until(moment: Moment | None) -> float:
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else 0.0


def _locked(turn: Turn, until: Moment | None, support_phone: str) -> str:
    words = turn.words.identity
    seconds = (until - datetime.now(UTC)).total_seconds() if until else _LOCK_MINUTES * 60
    minutes = max(1, math.ceil(seconds / 60))
    time = words.minute if minutes == 1 else words.minutes.format(minutes=minutes)
    return words.locked.format(time=time, phone=support_phone)


VERIFY_IDENTITY = IntentHandler(answer, slots=(NUMBER, PIN, CUSTOMER_NUMBER), aside=True)
