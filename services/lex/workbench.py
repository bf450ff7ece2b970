"""The test workbench: runs a bot's dialog over a set of utterances whose intents and slots are known.

Conversations run through the real dialog in memory: no database, no HTTP, a code hook only where one is given.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.lex.bots import ServedLocale
from services.lex.dialog.engine import Dialog
from services.lex.dialog.references import TurnValues
from services.lex.dialog.turn import Turn
from services.lex.errors import LexFault
from services.lex.sessions import Address, Session
from services.lex.test_sets import Case


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bot made of a case. `intent` is None when the turn failed, for the reason in `fault`."""

    case: Case
    intent: str | None
    slots: dict[str, str | None]
    missed: bool
    fault: str | None = None

    @property
    def intent_right(self) -> bool:
        return self.intent == self.case.intent

    @property
    def slots_right(self) -> int:
        return sum(_alike(self.slots.get(name), value) for name, value in self.case.slots.items())

    @property
    def right(self) -> bool:
        return self.intent_right and self.slots_right == len(self.case.slots)


@dataclass(frozen=True, slots=True)
class Report:
    """The results of a whole set, in its order."""

    outcomes: Sequence[Outcome]

    @property
    def intent_accuracy(self) -> float:
        return sum(outcome.intent_right for outcome in self.outcomes) / len(self.outcomes)

    @property
    def slot_accuracy(self) -> float | None:
        """None where no slot is expected."""
        expected = sum(len(outcome.case.slots) for outcome in self.outcomes)
        return sum(outcome.slots_right for outcome in self.outcomes) / expected if expected else None

    @property
    def confusions(self) -> list[tuple[str, str, int]]:
        """Expected intent, the one it was taken for, how often; most frequent first. Misses are not among them."""
        wrong = (outcome for outcome in self.outcomes if not outcome.intent_right and not outcome.missed)
        counts = Counter((outcome.case.intent, outcome.intent or "(failed)") for outcome in wrong)
        return [(expected, actual, count) for (expected, actual), count in counts.most_common()]

    @property
    def missed(self) -> list[Outcome]:
        """The utterances that fell back although an intent was expected."""
        return [outcome for outcome in self.outcomes if outcome.missed and not outcome.intent_right]

    @property
    def conversations(self) -> dict[str, tuple[int, int]]:
        """By conversation: turns that were right, and turns."""
        counts: dict[str, tuple[int, int]] = {}
        for outcome in self.outcomes:
            if outcome.case.conversation:
                right, all_ = counts.get(outcome.case.conversation, (0, 0))
                counts[outcome.case.conversation] = right + outcome.right, all_ + 1
        return counts


class Talk:
    """A conversation with a bot in memory."""

    def __init__(self, bot: ServedLocale, dialog: Dialog) -> None:
        self._bot = bot
        self._dialog = dialog
        self._session = Session(started_at=datetime.now(UTC))

    async def say(self, text: str) -> Turn:
        """One turn. Raises LexFault; the conversation is then as it was before."""
        before = self._session.model_copy(deep=True)
        address = Address(self._bot.bot.identifier, "TSTALIASID", self._bot.locale.identifier, "workbench")
        turn = Turn(self._bot, address, self._session, text, datetime.now(UTC), request_id="workbench")
        try:
            await self._dialog.hear(turn, None)
        except LexFault:
            self._session = before
            raise
        return turn


async def run_set(bot: ServedLocale, cases: Iterable[Case], dialog: Dialog) -> Report:
    """Runs every case: those of one conversation in their order, each of the others in a session of its own."""
    talks: dict[str, Talk] = {}
    outcomes = []
    for case in cases:
        talk = Talk(bot, dialog)
        if case.conversation:
            talk = talks.setdefault(case.conversation, talk)
        outcomes.append(await _outcome(talk, case))
    return Report(outcomes)


async def _outcome(talk: Talk, case: Case) -> Outcome:
    try:
        turn = await talk.say(case.text)
    except LexFault as fault:
        return Outcome(case, None, {}, missed=False, fault=fault.message)
    values = TurnValues(turn)
    held = {name: values.slot(name) for name in case.slots}
    slots = {
        name: value if isinstance(value, str) or value is None else ",".join(value) for name, value in held.items()
    }
    return Outcome(case, acting_intent(turn), slots, turn.missed)


def acting_intent(turn: Turn) -> str:
    """The intent that the text was understood as; one that a hook has dropped since is found among the candidates."""
    if turn.session.intent is not None:
        return turn.session.intent.name
    top = turn.candidates[0] if turn.candidates else None
    if top is not None and top.confidence >= turn.served.understanding.threshold:
        return top.intent
    return turn.served.locale.fallback.name


def _alike(actual: str | None, expected: str) -> bool:
    """Equal but for case and blanks; a list may be written in brackets."""
    return actual is not None and _plain(actual) == _plain(expected)


def _plain(value: str) -> str:
    return ",".join(part.strip() for part in value.strip().strip("[]").casefold().split(","))
