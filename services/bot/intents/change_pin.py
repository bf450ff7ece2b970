"""ChangePin: the current PIN, then the new one twice. None of them is ever in an answer, an attribute or a log."""

import hmac
import logging
import secrets

from services.bot.channel_trust import not_trusted, refused_here
from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.identity import Customer, pin_digits
from services.bot.ports import Bank
from shared.errors import Conflict, InvalidRequest
from shared.schemas.lex import Slot

log = logging.getLogger("omnilex.bot")

CURRENT, NEW, AGAIN = "CurrentPin", "NewPin", "NewPinAgain"
_SEALED = {CURRENT: "sealedCurrent", NEW: "sealedNew"}
_PIN_DIGITS = 4


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Asks for one PIN after the other, where it may be done; between two turns they are sealed."""
    held = {slot: turn.take(slot) for slot in (CURRENT, NEW, AGAIN)}
    if _kept(turn, bank, CURRENT) is None:
        if refused := await refused_here(turn, bank, "change_pin", turn.words.pin.not_here):
            return refused
        return await _take_current(turn, bank, held[CURRENT])
    if _kept(turn, bank, NEW) is None:
        return _take_new(turn, bank, held[NEW])
    return await _take_again(turn, bank, held[AGAIN])


async def _take_current(turn: Turn, bank: Bank, held: Slot | None) -> Answer:
    words, pin = turn.words.pin, _pin(held)
    if pin is None:
        return turn.elicit(CURRENT, words.not_a_pin if held else words.ask_current)
    if refused := await _refused(turn, bank, pin):
        return refused
    _keep(turn, bank, CURRENT, pin)
    return turn.elicit(NEW, words.ask_new)


def _take_new(turn: Turn, bank: Bank, held: Slot | None) -> Answer:
    words, pin = turn.words.pin, _pin(held)
    if pin is None:
        return turn.elicit(NEW, words.not_a_pin if held else words.ask_new)
    _keep(turn, bank, NEW, pin)
    return turn.elicit(AGAIN, words.ask_again)


async def _take_again(turn: Turn, bank: Bank, held: Slot | None) -> Answer:
    words, again, new = turn.words.pin, _pin(held), _kept(turn, bank, NEW) or ""
    if again is None:
        return turn.elicit(AGAIN, words.not_a_pin if held else words.ask_again)
    if not hmac.compare_digest(new.encode(), again.encode()):
        turn.attributes.pop(_SEALED[NEW])
        return turn.elicit(NEW, words.differ)
    return await _change(turn, bank, _kept(turn, bank, CURRENT) or "", new)


async def _refused(turn: Turn, bank: Bank, current: str) -> Answer | None:
    """What to say when the current PIN is not the right one; the try counts as any other."""
    words, customer = turn.words.pin, turn.verified()
    tried = await bank.accounts.verify(
        customer_id=customer.customer_id, pin=current, channel=turn.channel, session=turn.session_id
    )
    if tried.outcome == "verified":
        turn.customer = Customer(customer.customer_id, customer.first_name)
        return None
    if tried.outcome == "locked":
        turn.customer = None
        return turn.failed(f"{words.wrong_current} {turn.words.general.unserved.format(phone=bank.support_phone)}")
    return turn.elicit(CURRENT, f"{words.wrong_current} {words.ask_current}")


async def _change(turn: Turn, bank: Bank, current: str, new: str) -> Answer:
    words, customer_id = turn.words.pin, turn.verified().customer_id
    try:
        await bank.accounts.change_pin(
            customer_id,
            current_pin=current,
            new_pin=new,
            channel=turn.channel,
            session=turn.session_id,
            idempotency_key=secrets.token_hex(16),
        )
    except InvalidRequest:
        turn.attributes.pop(_SEALED[NEW])
        return turn.elicit(NEW, words.weak)
    except Conflict as refusal:
        forget_pins(turn)
        if elsewhere := not_trusted(turn, bank, refusal, words.not_here):
            return elsewhere
        return turn.elicit(CURRENT, f"{words.wrong_current} {words.ask_current}")
    forget_pins(turn)
    log.info("pin.changed", extra={"customer_id": customer_id})
    return turn.fulfilled(f"{words.changed} {words.cooling_off}")


def _pin(held: Slot | None) -> str | None:
    digits = pin_digits(held)
    return digits if digits and len(digits) == _PIN_DIGITS else None


def _kept(turn: Turn, bank: Bank, slot: str) -> str | None:
    return bank.pins.open(turn.attributes.get(_SEALED[slot]), _place(turn, slot))


def _keep(turn: Turn, bank: Bank, slot: str, pin: str) -> None:
    turn.attributes[_SEALED[slot]] = bank.pins.seal(pin, _place(turn, slot))


def _place(turn: Turn, slot: str) -> str:
    return f"{turn.session_id}\n{turn.verified().customer_id}\n{slot}"


def forget_pins(turn: Turn) -> None:
    """Drops what was sealed: the change is made, or given up."""
    for attribute in _SEALED.values():
        turn.attributes.pop(attribute, None)


CHANGE_PIN = IntentHandler(
    answer, slots=(CURRENT, NEW, AGAIN), needs_identity=True, called=lambda words: words.pin.called
)
