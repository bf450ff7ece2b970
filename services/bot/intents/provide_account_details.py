"""ProvideAccountDetails: balances of one kind of account, or of all."""

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.money import show
from services.bot.naming import kind_words, masked, meant, named_accounts
from services.bot.ports import Bank
from shared.schemas.accounts import Account

ACCOUNT_TYPE = "AccountType"


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Reads the balances. Raises NotFound or what the accounts service raises when it is down."""
    accounts = await bank.accounts.accounts(turn.verified().customer_id)
    if not accounts:
        return turn.failed('You have no accounts with us yet. To open one, say "open an account".')
    asked = accounts
    if said := turn.texts(ACCOUNT_TYPE):
        asked = [choice.item for choice in meant(said, named_accounts(accounts), transcript=turn.transcript)]
    if not asked:
        lines = ["I don't see an account like that. Here is what you have:"]
        asked = accounts
    else:
        lines = [] if len(asked) == 1 else ["Here are your accounts:"]
    return turn.fulfilled("\n".join(lines + [_line(account) for account in asked]))


def _line(account: Account) -> str:
    name = f"Your {kind_words(account.kind)} {masked(account.masked_number)}"
    if account.kind in ("checking", "savings"):
        line = f"{name} has a balance of {show(account.balance)}."
        if account.available is not None and account.available != account.balance:
            line += f" {show(account.available)} of it is available."
        return line
    line = f"{name} has {show(account.balance)} owing."
    if account.payment_due is not None and account.payment_due.minor_units > 0:
        due = f" by {account.due_on:%B} {account.due_on.day}" if account.due_on else ""
        line += f" The next payment is {show(account.payment_due)}{due}."
    return line


PROVIDE_ACCOUNT_DETAILS = IntentHandler(answer, slots=(ACCOUNT_TYPE,), needs_identity=True, aside=True)
