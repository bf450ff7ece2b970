"""What the bot can do, by the name of the intent in the Lex bot. To add one: a file here, and a line below."""

from services.bot.dialog import IntentHandler
from services.bot.intents.cancel import CANCEL
from services.bot.intents.cancel_payment import CANCEL_PAYMENT
from services.bot.intents.change_pin import CHANGE_PIN
from services.bot.intents.faq import FALLBACK, FAQ
from services.bot.intents.help import HELP
from services.bot.intents.make_payment import MAKE_PAYMENT
from services.bot.intents.mortgage_help import MORTGAGE_HELP
from services.bot.intents.open_account import OPEN_ACCOUNT
from services.bot.intents.provide_account_details import PROVIDE_ACCOUNT_DETAILS
from services.bot.intents.repeat import REPEAT
from services.bot.intents.resumption import CONTINUE
from services.bot.intents.thanks import GOODBYE, THANKS
from services.bot.intents.transfer_to_agent import TRANSFER_TO_AGENT
from services.bot.intents.verify_identity import VERIFY_IDENTITY

INTENTS: dict[str, IntentHandler] = {
    "VerifyIdentity": VERIFY_IDENTITY,
    "ProvideAccountDetails": PROVIDE_ACCOUNT_DETAILS,
    "MakePayment": MAKE_PAYMENT,
    "CancelPayment": CANCEL_PAYMENT,
    "OpenAccount": OPEN_ACCOUNT,
    "MortgageHelp": MORTGAGE_HELP,
    "ChangePin": CHANGE_PIN,
    "TransferToAgent": TRANSFER_TO_AGENT,
    "FAQ": FAQ,
    "Help": HELP,
    "Repeat": REPEAT,
    "Continue": CONTINUE,
    "Cancel": CANCEL,
    "Thanks": THANKS,
    "Goodbye": GOODBYE,
    "FallbackIntent": FALLBACK,
}
