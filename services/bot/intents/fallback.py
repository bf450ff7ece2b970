"""FallbackIntent: nothing was understood; the FAQ may still know."""

from services.bot.dialog import Answer, IntentHandler, Turn, choice_cards
from services.bot.intents.wording import ABILITIES, QUICK_REPLIES
from services.bot.ports import Bank


async def answer(turn: Turn, bank: Bank) -> Answer:
    """The FAQ's answer to what the customer said, or what the bot can do."""
    found = await bank.faq.search(turn.transcript, limit=1)
    if found:
        return turn.fulfilled(found[0].answer)
    if turn.interrupted:
        return turn.failed('Sorry, I didn\'t get that. To stop, say "cancel".')
    return turn.failed(f"Sorry, I didn't get that. {ABILITIES}", *choice_cards("I can help with", QUICK_REPLIES))


FALLBACK = IntentHandler(answer, aside=True)
