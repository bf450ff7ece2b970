"""Cancel: drops what is going on. A verified customer stays verified."""

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.ports import Bank
from services.bot.read_back import drop_read_back


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Forgets the intent that waits and what was read back; nothing already done is undone."""
    words = turn.words.general
    waited, read_back = turn.take_pending(), drop_read_back(turn)
    if read_back and read_back.tried:
        return turn.fulfilled(words.not_again_unclear.format(offer=words.offer))
    if waited or read_back or turn.interrupted:
        return turn.fulfilled(words.dropped.format(offer=words.offer))
    return turn.fulfilled(words.stopped.format(offer=words.offer))


CANCEL = IntentHandler(answer)
