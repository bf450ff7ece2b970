"""FAQ: a question about the bank, answered without knowing who asks."""

from services.bot.dialog import Answer, IntentHandler, Turn, choice_cards
from services.bot.intents.wording import ABILITIES, QUICK_REPLIES
from services.bot.ports import Bank


async def answer(turn: Turn, bank: Bank) -> Answer:
    """The best answer to what the customer said, or what else the bot can do."""
    found = await bank.faq.search(turn.transcript, limit=1)
    if found:
        return turn.fulfilled(found[0].answer)
    sorry = f"I don't have an answer to that. If it is about the bank, our team at {bank.support_phone} can help."
    if turn.interrupted:
        return turn.failed(sorry)
    text = f"{sorry} {ABILITIES}"
    return turn.failed(text, *choice_cards("I can help with", QUICK_REPLIES))


FAQ = IntentHandler(answer, aside=True)
