"""Help: what the bot can do."""

from services.bot.dialog import Answer, IntentHandler, Turn, choice_cards
from services.bot.intents.wording import ABILITIES, QUICK_REPLIES
from services.bot.ports import Bank


async def answer(turn: Turn, bank: Bank) -> Answer:
    text = f'{ABILITIES} To stop at any time, say "cancel". To talk to a person, call {bank.support_phone}.'
    if turn.interrupted:
        return turn.fulfilled(text)
    return turn.fulfilled(text, *choice_cards("I can help with", QUICK_REPLIES))


HELP = IntentHandler(answer, aside=True)
