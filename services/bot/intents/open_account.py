"""OpenAccount: which plan, with what opening deposit; read back, confirmed, applied for once."""

import logging
from collections.abc import Sequence

from services.bot.channel_trust import not_trusted, refused_here
from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.messages import choice_cards
from services.bot.money import amount_of, show
from services.bot.naming import Named, called, listed, meant
from services.bot.ports import Bank
from services.bot.read_back import confirmed_key, drop_read_back, forget_done, remember_read_back
from services.bot.refusals import reason
from shared.errors import Conflict, InvalidRequest, UpstreamFailed, UpstreamTimeout
from shared.schemas.accounts import Account
from shared.schemas.base import Money
from shared.schemas.plans import Application, ApplicationOrder, Plan

log = logging.getLogger("omnilex.bot")

PLAN_TYPE, OPENING_DEPOSIT = "PlanType", "OpeningDeposit"
_DESCRIBED = 5  # a longer list is given by its names only
_DEPOSIT_KINDS = ("checking", "savings", "certificate")


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Asks for what is missing or unclear, reads the application back, and sends what was confirmed.

    Raises what the accounts service raises when it is down and nothing was sent.
    """
    if turn.confirmation == "Denied":
        return _declined(turn)
    if refused := await refused_here(turn, bank, "apply", turn.words.application.not_here):
        return refused
    plan = await _plan(turn, bank)
    if isinstance(plan, Answer):
        return plan
    deposit = _deposit(turn, plan)
    if isinstance(deposit, Answer):
        return deposit
    source = await _source(turn, bank, deposit)
    order = ApplicationOrder(
        plan_id=plan.plan_id,
        opening_deposit=deposit,
        funding_account_id=source.account_id if source else None,
        channel=turn.channel,
    )
    if key := confirmed_key(turn, order):
        return await _apply(turn, bank, order, key)
    remember_read_back(turn, order)
    return turn.confirm(_read_back(turn, plan, deposit, source), turn.words.application.confirm_title)


async def _plan(turn: Turn, bank: Bank) -> Plan | Answer:
    words, plans = turn.words.application, await bank.accounts.plans()
    if not plans:
        return turn.failed(words.none_offered)
    choices = [Named(plan, plan.name, (plan.name, *turn.words.kinds[plan.kind])) for plan in plans]
    found = meant(turn.texts(PLAN_TYPE), choices, turn.words, transcript=turn.transcript)
    if len(found) == 1:
        turn.fill(PLAN_TYPE, found[0].value)
        return found[0].item
    question = words.which if turn.value(PLAN_TYPE) is None or found else words.unknown
    offered = await _best_first(turn, bank, found) if found else choices
    values = [choice.value for choice in offered]
    if len(offered) > _DESCRIBED:
        text = f"{question} {words.you_can_say.format(choices=listed(values, turn.words))}"
    else:
        text = "\n".join([question, *(f"{choice.item.name}: {choice.item.summary}" for choice in offered)])
    return turn.elicit(PLAN_TYPE, text, *choice_cards(words.plan_cards, values))


async def _best_first(turn: Turn, bank: Bank, found: Sequence[Named[Plan]]) -> list[Named[Plan]]:
    """The plans of one kind that the customer can have, the most fitting first; all of them when there is none."""
    kinds = {choice.item.kind for choice in found}
    kind = kinds.pop() if len(kinds) == 1 else None
    recommended = await bank.accounts.recommended_plans(turn.verified().customer_id, kind=kind)
    places = {choice.plan.plan_id: place for place, choice in enumerate(recommended)}
    eligible = [choice for choice in found if choice.item.plan_id in places]
    return sorted(eligible, key=lambda choice: places[choice.item.plan_id]) or list(found)


def _deposit(turn: Turn, plan: Plan) -> Money | Answer | None:
    """The deposit; None for a plan that is opened without one."""
    words, least = turn.words.application, plan.minimum_deposit
    if plan.kind not in _DEPOSIT_KINDS and least.minor_units == 0:
        return None
    if turn.value(OPENING_DEPOSIT) is None:
        at_least = f" {words.minimum.format(minimum=show(least))}" if least.minor_units else ""
        return turn.elicit(OPENING_DEPOSIT, f"{words.ask_deposit.format(plan=plan.name)}{at_least}")
    deposit = amount_of(turn.slots[OPENING_DEPOSIT])
    if deposit is None:
        return turn.elicit(OPENING_DEPOSIT, words.bad_deposit)
    if deposit.minor_units < least.minor_units:
        return turn.elicit(OPENING_DEPOSIT, words.too_small.format(plan=plan.name, minimum=show(least)))
    return deposit


async def _source(turn: Turn, bank: Bank, deposit: Money | None) -> Account | None:
    """The own account that holds the deposit, checking first; None when the money has to come from elsewhere."""
    if deposit is None or deposit.minor_units == 0:
        return None
    accounts = await bank.accounts.accounts(turn.verified().customer_id)
    able = [
        account
        for account in accounts
        if account.available
        and account.available.currency == deposit.currency
        and account.available.minor_units >= deposit.minor_units
    ]
    return min(able, key=lambda account: account.kind != "checking", default=None)


def _read_back(turn: Turn, plan: Plan, deposit: Money | None, source: Account | None) -> str:
    words = turn.words.application
    with_deposit = words.with_deposit.format(deposit=show(deposit)) if deposit else ""
    if source:
        with_deposit += words.from_account.format(account=called(source, turn.words))
    return f"{words.read_back.format(plan=plan.name, with_deposit=with_deposit)} {words.read_back_question}"


async def _apply(turn: Turn, bank: Bank, order: ApplicationOrder, key: str) -> Answer:
    words, customer_id = turn.words.application, turn.verified().customer_id
    try:
        application = await bank.accounts.apply(customer_id, order, idempotency_key=key)
    except InvalidRequest as refusal:
        forget_done(turn, order)
        why = reason(refusal, words.refusals, turn.words)
        return turn.elicit(OPENING_DEPOSIT, f"{why or words.refused_deposit} {words.deposit_instead}")
    except Conflict as refusal:
        forget_done(turn, order)
        elsewhere = not_trusted(turn, bank, refusal, words.not_here)
        return elsewhere or turn.failed(reason(refusal, words.refusals, turn.words) or words.refused)
    except (UpstreamFailed, UpstreamTimeout):
        # It may have been sent: the reference is kept, so that asking for it again is safe.
        log.warning("application.unclear", extra={"customer_id": customer_id})
        remember_read_back(turn, order, tried=True)
        return turn.failed(words.unclear)
    forget_done(turn, order)
    log.info("application.made", extra={"customer_id": customer_id, "application_id": application.application_id})
    return turn.fulfilled(_sent(turn, application))


def _sent(turn: Turn, application: Application) -> str:
    words = turn.words.application
    outlook = {"pending": words.pending, "approved": words.approved, "declined": words.declined_by_bank}
    return words.sent.format(
        plan=application.plan_name, number=application.application_id, outlook=outlook[application.status]
    )


def _declined(turn: Turn) -> Answer:
    words, dropped = turn.words.application, drop_read_back(turn)
    return turn.failed(words.declined_tried if dropped and dropped.tried else words.declined)


OPEN_ACCOUNT = IntentHandler(
    answer,
    slots=(PLAN_TYPE, OPENING_DEPOSIT),
    needs_identity=True,
    called=lambda words: words.application.called,
    resumable=True,
)
