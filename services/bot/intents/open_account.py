"""OpenAccount: which plan, with what opening deposit; read back, confirmed, applied for once."""

import logging
from collections.abc import Sequence

from services.bot.dialog import Answer, IntentHandler, Turn, choice_cards
from services.bot.money import amount_of, show
from services.bot.naming import KIND_WORDS, Named, listed, meant
from services.bot.ports import Bank
from services.bot.read_back import confirmed_key, drop_read_back, forget_done, remember_read_back
from shared.errors import Conflict, InvalidRequest, UpstreamFailed, UpstreamTimeout
from shared.schemas.base import Money
from shared.schemas.plans import Application, ApplicationOrder, Plan

log = logging.getLogger("omnilex.bot")

PLAN_TYPE, OPENING_DEPOSIT = "PlanType", "OpeningDeposit"
_UNCLEAR = (
    "I can't reach our systems right now, and I can't tell yet whether your application went through. "
    "You can safely ask me for it again here: it won't be sent twice."
)
_DESCRIBED = 5  # a longer list is given by its names only
_DEPOSIT_KINDS = ("checking", "savings", "certificate")


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Asks for what is missing or unclear, reads the application back, and sends what was confirmed.

    Raises what the accounts service raises when it is down and nothing was sent.
    """
    if turn.confirmation == "Denied":
        return _declined(turn)
    plan = _plan(turn, await bank.accounts.plans())
    if isinstance(plan, Answer):
        return plan
    deposit = _deposit(turn, plan)
    if isinstance(deposit, Answer):
        return deposit
    order = ApplicationOrder(plan_id=plan.plan_id, opening_deposit=deposit)
    if key := confirmed_key(turn, order):
        return await _apply(turn, bank, order, key)
    remember_read_back(turn, order)
    with_deposit = f" with an opening deposit of {show(deposit)}" if deposit else ""
    text = f"You're applying for {plan.name}{with_deposit}. Shall I send the application?"
    return turn.confirm(text, "Send this application?")


def _plan(turn: Turn, plans: Sequence[Plan]) -> Plan | Answer:
    if not plans:
        return turn.failed("We are not taking applications at the moment. Please try again later.")
    choices = [Named(plan, plan.name, (plan.name, *KIND_WORDS[plan.kind])) for plan in plans]
    found = meant(turn.texts(PLAN_TYPE), choices, transcript=turn.transcript)
    if len(found) == 1:
        turn.fill(PLAN_TYPE, found[0].value)
        return found[0].item
    if turn.value(PLAN_TYPE) is None or found:
        question = "Which would you like to open?"
    else:
        question = "I don't know that one. Which would you like to open?"
    offered = found or choices
    values = [choice.value for choice in offered]
    if len(offered) > _DESCRIBED:
        text = f"{question} You can say {listed(values)}."
    else:
        text = "\n".join([question, *(f"{choice.item.name}: {choice.item.summary}" for choice in offered)])
    return turn.elicit(PLAN_TYPE, text, *choice_cards("What we offer", values))


def _deposit(turn: Turn, plan: Plan) -> Money | Answer | None:
    """The deposit; None for a plan that is opened without one."""
    least = plan.minimum_deposit
    if plan.kind not in _DEPOSIT_KINDS and least.minor_units == 0:
        return None
    if turn.value(OPENING_DEPOSIT) is None:
        at_least = f" The minimum is {show(least)}." if least.minor_units else ""
        return turn.elicit(OPENING_DEPOSIT, f"How much would you like to deposit to open {plan.name}?{at_least}")
    deposit = amount_of(turn.slots[OPENING_DEPOSIT])
    if deposit is None:
        return turn.elicit(OPENING_DEPOSIT, "Please give an amount in dollars and cents, like $100.00.")
    if deposit.minor_units < least.minor_units:
        text = f"{plan.name} needs an opening deposit of at least {show(least)}. How much would you like to deposit?"
        return turn.elicit(OPENING_DEPOSIT, text)
    return deposit


async def _apply(turn: Turn, bank: Bank, order: ApplicationOrder, key: str) -> Answer:
    customer_id = turn.verified().customer_id
    try:
        application = await bank.accounts.apply(customer_id, order, idempotency_key=key)
    except InvalidRequest as refusal:
        forget_done(turn, order)
        reason = refusal.detail or "That deposit can't be taken."
        return turn.elicit(OPENING_DEPOSIT, f"{reason} How much would you like to deposit?")
    except Conflict as refusal:
        forget_done(turn, order)
        return turn.failed(refusal.detail or "I can't send that application.")
    except (UpstreamFailed, UpstreamTimeout):
        # It may have been sent: the reference is kept, so that asking for it again is safe.
        log.warning("application.unclear", extra={"customer_id": customer_id})
        remember_read_back(turn, order, tried=True)
        return turn.failed(_UNCLEAR)
    forget_done(turn, order)
    log.info("application.made", extra={"customer_id": customer_id, "application_id": application.application_id})
    return turn.fulfilled(_sent(application))


def _sent(application: Application) -> str:
    outlook = {
        "pending": "We'll be in touch as soon as it has been reviewed.",
        "approved": "It's approved: welcome!",
        "declined": "I'm sorry, it could not be approved. We'll write to you with the reasons.",
    }[application.status]
    return f"Your application for {application.plan_name} is in. Its number is {application.application_id}. {outlook}"


def _declined(turn: Turn) -> Answer:
    dropped = drop_read_back(turn)
    if dropped and dropped.tried:
        return turn.failed(
            "All right, I won't try again. The first try may have gone through; we'll write to you if so."
        )
    return turn.failed("All right, I sent nothing.")


OPEN_ACCOUNT = IntentHandler(answer, slots=(PLAN_TYPE, OPENING_DEPOSIT), needs_identity=True, called="your application")
