"""ProvideAccountDetails: balances, what is due, the latest transactions, or receipts, of one account or of all."""

from collections.abc import Sequence

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.messages import choice_cards
from services.bot.money import show
from services.bot.naming import called, listed, meant, named_accounts
from services.bot.ports import Bank
from shared.schemas.accounts import Account, Payment, Transaction

ACCOUNT_TYPE, DETAIL_TYPE = "AccountType", "DetailType"
_READ, _HEARD = 5, 3  # transactions that are listed for the eye, and for the ear
_HELD = ("checking", "savings", "certificate")


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Reads what was asked for. Raises NotFound or what the accounts service raises when it is down."""
    accounts = await bank.accounts.accounts(turn.verified().customer_id)
    words = turn.words.details
    if not accounts:
        return turn.failed(words.none)
    asked = _asked(turn, accounts)
    match turn.value(DETAIL_TYPE):
        case "transactions":
            return await _transactions(turn, bank, asked or accounts)
        case "receipts":
            return await _receipts(turn, bank)
        case "due date":
            return turn.fulfilled("\n".join(_due_lines(turn, asked or accounts)))
    lines = [words.unknown] if not asked else [words.overview] if len(asked) > 1 else []
    return turn.fulfilled("\n".join(lines + [_line(turn, account) for account in asked or accounts]))


def _asked(turn: Turn, accounts: Sequence[Account]) -> list[Account]:
    """The accounts that the customer named, none when they have no such; all when none was named."""
    said = turn.texts(ACCOUNT_TYPE)
    if not said:
        return list(accounts)
    named = named_accounts(accounts, turn.words)
    return [choice.item for choice in meant(said, named, turn.words, transcript=turn.transcript)]


def _line(turn: Turn, account: Account) -> str:
    words, name = turn.words.details, called(account, turn.words)
    if account.kind in _HELD:
        line = words.balance.format(account=name, balance=show(account.balance))
        if account.available is not None and account.available != account.balance:
            line += " " + words.available.format(available=show(account.available))
        return line
    line = words.owing.format(account=name, balance=show(account.balance))
    if account.payment_due is not None and account.payment_due.minor_units > 0:
        line += " " + words.next_payment.format(amount=show(account.payment_due), by=_by(turn, account))
    return line


def _due_lines(turn: Turn, accounts: Sequence[Account]) -> list[str]:
    words = turn.words.details
    due = [account for account in accounts if account.payment_due and account.payment_due.minor_units > 0]
    if not due:
        return [words.nothing_due.format(account=listed([called(one, turn.words) for one in accounts], turn.words))]
    return [
        words.due.format(account=called(account, turn.words), amount=show(account.payment_due), by=_by(turn, account))
        for account in due
        if account.payment_due
    ]


def _by(turn: Turn, account: Account) -> str:
    return turn.words.details.by.format(day=turn.date(account.due_on)) if account.due_on else ""


async def _transactions(turn: Turn, bank: Bank, accounts: Sequence[Account]) -> Answer:
    """Of one account: of the checking account when none was named and there is one."""
    words = turn.words.details
    if len(accounts) > 1 and turn.value(ACCOUNT_TYPE) is None:
        accounts = [account for account in accounts if account.kind == "checking"] or accounts
    if len(accounts) > 1:
        values = [choice.value for choice in named_accounts(accounts, turn.words)]
        question = words.which_transactions.format(accounts=listed(values, turn.words))
        return turn.elicit(ACCOUNT_TYPE, question, *choice_cards(words.account_cards, values))
    account, name = accounts[0], called(accounts[0], turn.words)
    latest = await bank.accounts.transactions(
        turn.verified().customer_id, account.account_id, limit=_HEARD if turn.spoken else _READ
    )
    if not latest:
        return turn.fulfilled(words.no_transactions.format(account=name))
    lines = [words.transactions.format(account=name), *(_entry(turn, entry) for entry in latest)]
    return turn.fulfilled("\n".join(lines))


async def _receipts(turn: Turn, bank: Bank) -> Answer:
    """Of the latest payments, whatever became of them and wherever they were ordered."""
    words = turn.words.details
    limit = _HEARD if turn.spoken else _READ
    latest = await bank.accounts.payments(turn.verified().customer_id, limit=limit)
    if not latest:
        return turn.fulfilled(words.no_receipts)
    return turn.fulfilled("\n".join([words.receipts, *(_receipt(turn, payment) for payment in latest)]))


def _receipt(turn: Turn, payment: Payment) -> str:
    words = turn.words.details
    line = {"paid": words.receipt_paid, "scheduled": words.receipt_scheduled}.get(payment.status, words.receipt_undone)
    when = payment.pay_on if payment.status == "scheduled" else payment.paid_at or payment.ordered_at
    day = turn.date(when) if when else ""
    amount = show(payment.amount)
    return line.format(day=day, amount=amount, payee=payment.payee_name, receipt=payment.receipt_id)


def _entry(turn: Turn, entry: Transaction) -> str:
    return turn.words.details.transaction.format(
        day=turn.date(entry.made_at), description=entry.description, amount=show(entry.amount)
    )


PROVIDE_ACCOUNT_DETAILS = IntentHandler(answer, slots=(ACCOUNT_TYPE, DETAIL_TYPE), needs_identity=True, aside=True)
