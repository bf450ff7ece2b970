"""Continue: goes on with what the customer was doing, in this conversation or in an earlier one on any channel."""

import logging

from pydantic import ValidationError

from services.bot.dialog import Answer, IntentHandler, PendingIntent, Turn
from services.bot.money import parse_amount, show
from services.bot.ports import Bank
from shared.errors import Problem
from shared.schemas.identity import CustomerContext

log = logging.getLogger("omnilex.bot")

RESUME = "resumeIntent"
CONTINUE_INTENT = "Continue"


async def offer_to_continue(turn: Turn, bank: Bank, greeting: str | None = None) -> Answer | None:
    """Asks a customer who has just been verified whether to go on with what was left open elsewhere; None if nothing.

    The greeting is said before it. An accounts service that does not answer is no reason to refuse the customer's
    verification.
    """
    try:
        context = await bank.accounts.context(turn.verified().customer_id)
    except Problem as problem:
        log.warning("context.unread", extra={"slug": problem.slug})
        return None
    if context is None or context.session == turn.session_id:
        return None
    words = turn.words.general
    if greeting:
        turn.say(greeting)
    turn.attributes[RESUME] = PendingIntent(name=context.intent, slots=context.slots).model_dump_json()
    turn.switch(CONTINUE_INTENT, {})
    return turn.confirm(_offer(turn, context), words.resume_title)


async def answer(turn: Turn, bank: Bank) -> Answer | PendingIntent:
    """Resumes what was interrupted here, what was offered, or what the customer left open elsewhere.

    Raises what the accounts service raises when it is down.
    """
    words = turn.words.general
    offered = _offered(turn)
    if turn.confirmation == "Denied":
        await bank.accounts.forget_context(turn.verified().customer_id)
        return turn.fulfilled(words.resume_declined.format(offer=words.offer))
    if waiting := turn.interrupted or offered:
        return waiting
    context = await bank.accounts.context(turn.verified().customer_id)
    if context is None:
        return turn.fulfilled(words.nothing_to_continue.format(abilities=words.abilities))
    return PendingIntent(name=context.intent, slots=context.slots)


def goes_on(turn: Turn) -> PendingIntent | None:
    """What was offered, where the customer answered the offer with "continue" in place of a yes.

    Lex hears no answer in it: the intent that says so is the one that asks.
    """
    if turn.interrupted is None or turn.interrupted.name != CONTINUE_INTENT:
        return None
    return _offered(turn) if turn.transcript.strip(" .,!¡").casefold() in turn.words.general.go_on else None


def _offer(turn: Turn, context: CustomerContext) -> str:
    """What was left open, and whether to go on with it: "You were paying $250.00 to City Power. Shall we …?"."""
    words = turn.words
    amount, payee = parse_amount(context.slots.get("Amount") or ""), context.slots.get("Payee")
    if context.intent == "MakePayment" and amount and payee:
        return words.payment.was_paying.format(amount=show(amount), payee=payee)
    called = {"OpenAccount": words.application.called, "MortgageHelp": words.mortgage.called}
    return words.general.resume_offer.format(called=called.get(context.intent, words.payment.called))


def _offered(turn: Turn) -> PendingIntent | None:
    try:
        return PendingIntent.model_validate_json(turn.attributes.pop(RESUME, ""))
    except ValidationError:
        return None


CONTINUE = IntentHandler(answer, needs_identity=lambda turn: turn.interrupted is None)
