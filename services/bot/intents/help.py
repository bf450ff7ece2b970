"""Help: what the bot can do."""

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.messages import choice_cards
from services.bot.ports import Bank


async def answer(turn: Turn, bank: Bank) -> Answer:
    words = turn.words.general
    text = words.help.format(abilities=words.abilities, phone=bank.support_phone)
    if turn.interrupted:
        return turn.fulfilled(text)
    return turn.fulfilled(text, *choice_cards(words.can_help_with, words.quick_replies))


HELP = IntentHandler(answer, aside=True)
