"""FAQ and FallbackIntent: what the bank's list of questions answers, without knowing who asks."""

from services.bot.dialog import Answer, IntentHandler, Turn
from services.bot.messages import choice_cards
from services.bot.ports import Bank


async def answer(turn: Turn, bank: Bank) -> Answer:
    """The best answer to what the customer said, or what else the bot can do."""
    words = turn.words.general
    sorry = words.faq_unknown.format(phone=bank.support_phone)
    return await _known(turn, bank) or _unknown(turn, sorry, f"{sorry} {words.abilities}")


async def fall_back(turn: Turn, bank: Bank) -> Answer:
    """Nothing was understood, but the FAQ may know."""
    words = turn.words.general
    alone = words.not_understood.format(abilities=words.abilities)
    return await _known(turn, bank) or _unknown(turn, words.not_understood_waiting, alone)


async def _known(turn: Turn, bank: Bank) -> Answer | None:
    found = await bank.faq.search(turn.transcript, limit=1)
    return turn.fulfilled(found[0].answer) if found else None


def _unknown(turn: Turn, in_between: str, alone: str) -> Answer:
    if turn.interrupted:
        return turn.failed(in_between)
    words = turn.words.general
    return turn.failed(alone, *choice_cards(words.can_help_with, words.quick_replies))


FAQ = IntentHandler(answer, aside=True)
FALLBACK = IntentHandler(fall_back, aside=True)
