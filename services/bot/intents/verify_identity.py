"""VerifyIdentity: phone number, then PIN, then on with what the customer came for."""

import asyncio
import math
from datetime import UTC, datetime

from services.bot.dialog import PIN, Answer, IntentHandler, PendingIntent, Turn
from services.bot.identity import Customer, e164, number_for_pin, pin_digits
from services.bot.intents.wording import OFFER
from services.bot.ports import Bank
from shared.schemas.base import Moment
from shared.schemas.identity import Verification

NUMBER = "PhoneNumber"
LOCKED_NUMBER = "lockedNumber"

_ASK_NUMBER = "First I need to check who you are. What is the phone number on your account?"
_ASK_NUMBER_AGAIN = "That doesn't look like a full phone number. Please give it with the area code, like 555-555-0123."
_ASK_PIN = "Thank you. Now please enter your PIN."
_ASK_PIN_FIRST = "First I need to check who you are. Please enter your PIN."
_ASK_PIN_AGAIN = "That doesn't look like a PIN. Please enter just its digits."
_LOCK_MINUTES = 15
_PATIENCE_SECONDS = 2.5


async def answer(turn: Turn, bank: Bank) -> Answer | PendingIntent:
    """Asks for what is missing; tries the PIN as soon as there is one, and forgets it.

    Gives the pending intent when the customer is verified and something waits for it.
    """
    given = turn.take(PIN)
    if other := number_for_pin(given, turn.transcript, turn.value(NUMBER)):
        turn.fill(NUMBER, other)
        given = None
    pin, said = pin_digits(given), turn.value(NUMBER)
    if turn.customer and said is None:
        already = f"You're already verified, {turn.customer.first_name}."
        return turn.take_pending() or turn.fulfilled(already if turn.interrupted else f"{already} {OFFER}")
    number = e164(said) if said else turn.caller_number or e164(turn.attributes.get(LOCKED_NUMBER))
    if number is None:
        return turn.elicit(NUMBER, _ASK_NUMBER_AGAIN if said else _ASK_NUMBER)
    turn.fill(NUMBER, number)
    if given is None:
        return turn.elicit(PIN, _ASK_PIN if said else _ASK_PIN_FIRST)
    if pin is None:
        return turn.elicit(PIN, _ASK_PIN_AGAIN)
    tried = await _tried(turn, bank, number, pin)
    turn.attributes.pop(LOCKED_NUMBER, None)
    if tried.outcome == "locked":  # a PIN typed again hears of the lock, and is not asked for the number
        turn.attributes[LOCKED_NUMBER] = number
    return _outcome(turn, bank, tried)


async def _tried(turn: Turn, bank: Bank, number: str, pin: str) -> Verification:
    """A customer who types quickly need not hear of a short wait: it is waited out here, once."""

    async def once() -> Verification:
        return await bank.accounts.verify(phone=number, pin=pin, channel=turn.channel, session=turn.session_id)

    tried = await once()
    if tried.outcome == "wait" and (seconds := _seconds_until(tried.retry_at)) <= _PATIENCE_SECONDS:
        await asyncio.sleep(seconds)
        tried = await once()
    return tried


def _outcome(turn: Turn, bank: Bank, tried: Verification) -> Answer | PendingIntent:
    if tried.outcome == "verified" and tried.customer_id:
        turn.customer = Customer(tried.customer_id, tried.first_name or "")
        greeting = (
            f"Thank you, {tried.first_name}, you're verified." if tried.first_name else "Thank you, you're verified."
        )
        pending = turn.take_pending()
        if pending is None:
            return turn.fulfilled(f"{greeting} {OFFER}")
        turn.say(greeting)
        return pending
    turn.customer = None
    if tried.outcome == "locked":
        turn.take_pending()
        return turn.failed(_locked(tried.locked_until, bank.support_phone))
    if tried.outcome == "wait":
        seconds = math.ceil(_seconds_until(tried.retry_at))
        return turn.elicit(PIN, f"That was a little early. Please wait {_counted(seconds, 'second')}. {_TRY_AGAIN}")
    return turn.elicit(PIN, f"That didn't match our records.{_tries(tried.attempts_left)} {_TRY_AGAIN}")


_TRY_AGAIN = "Please enter your PIN again, or give me another phone number."


def _tries(left: int | None) -> str:
    if left is None:
        return ""
    return f" You have {left} {'try' if left == 1 else 'tries'} left."


def _seconds_until(moment: Moment | None) -> float:
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else 0.0


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _locked(until: Moment | None, support_phone: str) -> str:
    seconds = (until - datetime.now(UTC)).total_seconds() if until else _LOCK_MINUTES * 60
    minutes = max(1, math.ceil(seconds / 60))
    return (
        "For your safety, access is locked after too many wrong PINs. "
        f"Please try again in {minutes} {'minute' if minutes == 1 else 'minutes'}, or call us at {support_phone}."
    )


VERIFY_IDENTITY = IntentHandler(answer, slots=(NUMBER, PIN), aside=True)
