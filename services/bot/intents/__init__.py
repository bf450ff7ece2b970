"""What the bot can do, by the name of the intent in the Lex bot. To add one: a file here, and a line below."""

from services.bot.dialog import IntentHandler
from services.bot.intents.cancel import CANCEL
from services.bot.intents.fallback import FALLBACK
from services.bot.intents.faq import FAQ
from services.bot.intents.help import HELP
from services.bot.intents.make_payment import MAKE_PAYMENT
from services.bot.intents.open_account import OPEN_ACCOUNT
from services.bot.intents.provide_account_details import PROVIDE_ACCOUNT_DETAILS
from services.bot.intents.thanks import THANKS
from services.bot.intents.verify_identity import VERIFY_IDENTITY

INTENTS: dict[str, IntentHandler] = {
    "VerifyIdentity": VERIFY_IDENTITY,
    "ProvideAccountDetails": PROVIDE_ACCOUNT_DETAILS,
    "MakePayment": MAKE_PAYMENT,
    "OpenAccount": OPEN_ACCOUNT,
    "FAQ": FAQ,
    "Help": HELP,
    "Cancel": CANCEL,
    "Thanks": THANKS,
    "FallbackIntent": FALLBACK,
}
