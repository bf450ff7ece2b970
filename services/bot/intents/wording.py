"""Sentences that several intents say."""

OFFER = "What can I help you with?"
ABILITIES = "I can tell you your balances, make a payment, open an account, or answer a question about the bank."
QUICK_REPLIES = ("Check my balance", "Make a payment", "Open an account", "When are you open?")
