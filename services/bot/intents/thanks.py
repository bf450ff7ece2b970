"""Thanks and Goodbye: a word of thanks is answered, and nothing changes; a goodbye ends what was going on."""

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.ports import Bank
from services.bot.read_back import drop_read_back


async def thanks(turn: Turn, bank: Bank) -> Answer:
    """Asks what else, unless something is being asked already."""
    words = turn.words.general
    return turn.fulfilled(words.welcome if turn.interrupted else words.welcome_what_else)


async def goodbye(turn: Turn, bank: Bank) -> Answer:
    """Takes leave. What was not finished can be gone on with later."""
    turn.take_pending()
    drop_read_back(turn)
    words = turn.words.general
    if turn.customer and turn.customer.first_name:
        return turn.fulfilled(words.goodbye_named.format(name=turn.customer.first_name))
    return turn.fulfilled(words.goodbye)


THANKS = IntentHandler(thanks, aside=True)
GOODBYE = IntentHandler(goodbye)
