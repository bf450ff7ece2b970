"""Repeat: the last question is asked again, or the last answer is said again."""

from pydantic import ValidationError

from services.bot.dialog import Answer, IntentHandler, PendingIntent, Turn
from services.bot.ports import Bank
from services.bot.seal import Seal
from shared.schemas.base import Wire

LAST_ANSWER = "lastAnswer"
_MOST_KEPT = 1500  # session attributes are small


class LastAnswer(Wire):
    """`private` answers were given to a verified customer: they are sealed, and said again to nobody else."""

    text: str
    private: bool


def remember_answer(turn: Turn, seal: Seal) -> None:
    """Keeps what was said in this turn, to say it again."""
    text = "\n".join(turn.said)[:_MOST_KEPT]
    if turn.customer:
        text = seal.seal(text, _place(turn))
    turn.attributes[LAST_ANSWER] = LastAnswer(text=text, private=turn.customer is not None).model_dump_json()


def _place(turn: Turn) -> str:
    return f"{turn.session_id}\n{turn.verified().customer_id}\n{LAST_ANSWER}"


async def answer(turn: Turn, bank: Bank) -> Answer | PendingIntent:
    if turn.interrupted:
        return turn.interrupted
    last = _last(turn)
    words = turn.words.general
    text = bank.pins.open(last.text, _place(turn)) if last and last.private else last.text if last else None
    return turn.fulfilled(text or words.nothing_to_repeat.format(abilities=words.abilities))


def _last(turn: Turn) -> LastAnswer | None:
    try:
        return LastAnswer.model_validate_json(turn.attributes.get(LAST_ANSWER, ""))
    except ValidationError:
        return None


def _was_private(turn: Turn) -> bool:
    last = _last(turn)
    return last is not None and last.private and turn.interrupted is None


REPEAT = IntentHandler(answer, needs_identity=_was_private)
