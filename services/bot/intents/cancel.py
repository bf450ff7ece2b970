"""Cancel: drops what is going on. A verified customer stays verified."""

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.intents.wording import OFFER
from services.bot.ports import Bank
from services.bot.read_back import drop_read_back


async def answer(turn: Turn, bank: Bank) -> Answer:
    """Forgets the intent that waits and what was read back; nothing already done is undone."""
    waited, read_back = turn.take_pending(), drop_read_back(turn)
    if read_back and read_back.tried:
        return turn.fulfilled(f"All right, I won't try again. The first try may have gone through. {OFFER}")
    if waited or read_back or turn.interrupted:
        return turn.fulfilled(f"All right, I've dropped that request. {OFFER}")
    return turn.fulfilled(f"All right, I've stopped. {OFFER}")


CANCEL = IntentHandler(answer)
