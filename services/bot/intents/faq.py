"""FAQ and FallbackIntent: what the bank's list of questions answers, without knowing who asks."""

from services.bot.dialog import Answer, IntentHandler, PendingIntent, Turn
from services.bot.faq.entries import language_of
from services.bot.intents.resumption import goes_on
from services.bot.messages import choice_cards
from services.bot.ports import Bank

_ASKS_FOR_SECRETS = ("VerifyIdentity", "ChangePin")


async def answer(turn: Turn, bank: Bank) -> Answer:
    """The best answer to what the customer said, or what else the bot can do."""
    words = turn.words.general
    sorry = words.faq_unknown.format(phone=bank.support_phone)
    return await _known(turn, bank) or _unknown(turn, sorry, f"{sorry} {words.abilities}")


async def fall_back(turn: Turn, bank: Bank) -> Answer | PendingIntent:
    """Nothing was understood, but the FAQ may know."""
    if offered := goes_on(turn):
        return offered
    words = turn.words.general
    alone = words.not_understood.format(abilities=words.abilities)
    return await _known(turn, bank) or _unknown(turn, words.not_understood_waiting, alone)


async def _known(turn: Turn, bank: Bank) -> Answer | None:
    # What is said where a PIN is asked for may be the PIN: it is not kept as a question.
    channel = None if turn.interrupted and turn.interrupted.name in _ASKS_FOR_SECRETS else turn.channel
    found = await bank.faq.search(turn.transcript, limit=1, locale=turn.words.locale, channel=channel)
    if not found:
        return None
    text = found[0].answer
    if found[0].language not in (None, language_of(turn.words.locale)):
        text = turn.words.general.faq_other_language.format(answer=text)
    return turn.fulfilled(text)


def _unknown(turn: Turn, in_between: str, alone: str) -> Answer:
    if turn.interrupted:
        return turn.failed(in_between)
    words = turn.words.general
    return turn.failed(alone, *choice_cards(words.can_help_with, words.quick_replies))


FAQ = IntentHandler(answer, aside=True)
FALLBACK = IntentHandler(fall_back, aside=True)
