"""Thanks: a word of thanks is answered, and nothing changes."""

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.ports import Bank


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Asks what else, unless something is being asked already."""
    return turn.fulfilled("You're welcome." if turn.interrupted else "You're welcome. What else can I help you with?")


THANKS = IntentHandler(answer, aside=True)
