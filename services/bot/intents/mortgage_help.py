"""MortgageHelp: payoff, next payment and escrow of the customer's mortgage, and a calculator for anybody."""

import re
from decimal import Decimal

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.messages import choice_cards
from services.bot.money import amount_of, show
from services.bot.naming import kind_words, masked
from services.bot.ports import Bank
from shared.errors import Conflict
from shared.schemas.base import Money
from shared.schemas.mortgages import AmortisationOrder, Loan, Principal

TOPIC, LOAN_AMOUNT, TERM_YEARS, INTEREST_RATE = "MortgageTopic", "LoanAmount", "TermYears", "InterestRate"
_CALCULATOR = "calculator"
_LENT = range(1_000_00, 100_000_000_00 + 1)  # minor units
_MOST_YEARS = 50
_MOST_PERCENT = 30
_NUMBER = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})\s*%?\s*")


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Asks what about the mortgage when that is not said."""
    words, topic = turn.words.mortgage, _topic(turn)
    if topic is None:
        return turn.elicit(TOPIC, words.ask_topic, *choice_cards(words.topic_cards, list(words.topics.values())))
    return await (_calculated(turn, bank) if topic == _CALCULATOR else _owned(turn, bank, topic))


def _topic(turn: Turn) -> str | None:
    """The slot's value, which is the same in every language; figures that are given are for the calculator."""
    if turn.value(TOPIC) in turn.words.mortgage.topics:
        return turn.value(TOPIC)
    given = any(turn.value(slot) for slot in (LOAN_AMOUNT, TERM_YEARS, INTEREST_RATE))
    return _CALCULATOR if given else None


async def _owned(turn: Turn, bank: Bank, topic: str) -> Answer:
    customer_id = turn.verified().customer_id
    accounts = await bank.accounts.accounts(customer_id)
    lines = []
    for account in accounts:
        if account.kind == "mortgage":
            try:
                lines.append(_line(turn, await bank.accounts.loan(customer_id, account.account_id), topic))
            except Conflict:
                continue
    return turn.fulfilled("\n".join(lines)) if lines else turn.failed(turn.words.mortgage.none)


def _line(turn: Turn, loan: Loan, topic: str) -> str:
    words, name = turn.words.mortgage, f"{kind_words(loan.kind, turn.words)} {masked(loan.masked_number)}"
    if topic == "payoff":
        payoff = loan.payoff
        return words.payoff.format(
            account=name,
            day=turn.date(payoff.good_through),
            payoff=show(payoff.amount),
            principal=show(payoff.principal),
            interest=show(_less(payoff.interest, payoff.interest_paid)),
            per_day=show(payoff.per_diem),
        )
    if topic == "escrow":
        if loan.escrow_balance is None:
            return words.no_escrow.format(account=name)
        monthly = loan.next_payment.escrow if loan.next_payment else Money(minor_units=0)
        return words.escrow.format(balance=show(loan.escrow_balance), monthly=show(monthly))
    return _next_payment(turn, loan, name)


def _next_payment(turn: Turn, loan: Loan, name: str) -> str:
    words, due = turn.words.mortgage, loan.next_payment
    if due is None:
        return turn.words.details.nothing_due.format(account=name)
    and_escrow = words.and_escrow.format(escrow=show(due.escrow)) if due.escrow.minor_units else ""
    split = words.split.format(principal=show(due.principal), interest=show(due.interest), and_escrow=and_escrow)
    return f"{words.next_payment.format(account=name, amount=show(due.total), day=turn.date(due.due_on))} {split}"


def _less(money: Money, by: Money) -> Money:
    return Money(minor_units=money.minor_units - by.minor_units, currency=money.currency)


async def _calculated(turn: Turn, bank: Bank) -> Answer:
    words = turn.words.mortgage
    amount, years, percent = amount_of(turn.slots.get(LOAN_AMOUNT)), _number(turn, TERM_YEARS), _percent(turn)
    if amount is None or amount.minor_units not in _LENT:
        return turn.elicit(LOAN_AMOUNT, words.bad_amount if turn.value(LOAN_AMOUNT) else words.ask_amount)
    if years is None or not 1 <= years <= _MOST_YEARS or years != int(years):
        return turn.elicit(TERM_YEARS, words.bad_term if turn.value(TERM_YEARS) else words.ask_term)
    if percent is None or not 0 <= percent <= _MOST_PERCENT:
        return turn.elicit(INTEREST_RATE, words.bad_rate if turn.value(INTEREST_RATE) else words.ask_rate)
    order = AmortisationOrder(
        principal=Principal(minor_units=amount.minor_units, currency=amount.currency),
        rate_basis_points=round(percent * 100, 2),
        term_months=int(years) * 12,
    )
    result = await bank.accounts.amortise(order)
    return turn.fulfilled(
        words.calculated.format(
            amount=show(amount),
            years=int(years),
            rate=f"{percent:f}".rstrip("0").rstrip(".") if "." in f"{percent:f}" else f"{percent:f}",
            payment=show(result.payment),
            interest=show(result.total_interest),
        )
    )


def _percent(turn: Turn) -> Decimal | None:
    return _number(turn, INTEREST_RATE)


def _number(turn: Turn, slot: str) -> Decimal | None:
    """Lex gives numbers as "30" and percentages as "6.5" or "6.5%"."""
    number = _NUMBER.fullmatch(turn.value(slot) or "")
    return Decimal(number[1]) if number else None


def _asks_of_own(turn: Turn) -> bool:
    return _topic(turn) not in (None, _CALCULATOR)


MORTGAGE_HELP = IntentHandler(
    answer,
    slots=(TOPIC, LOAN_AMOUNT, TERM_YEARS, INTEREST_RATE),
    needs_identity=_asks_of_own,
    aside=True,
    called=lambda words: words.mortgage.called,
    resumable=True,
)
