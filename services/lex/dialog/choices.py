"""Points at which Lex's documents leave the behaviour open: one small function each, to be changed alone."""

from services.lex.nlu.understanding import Candidate
from services.lex.slots.resolver import Finding

_OPEN_VALUE_YIELDS_AT = 0.7


def answer_beats_intent(finding: Finding, text: str, others: list[Candidate], *, free_form: bool) -> bool:
    """Whether a value given in answer to a prompt stands against the best other intent.

    Free-form input is always an answer, and so is a text that is nothing but a value which a list or a format confirms.
    Such a value inside a longer text yields to another intent's own sample utterance; an open value also yields to an
    intent that is clearly meant.
    """
    if free_form or not others:
        return True
    best = others[0]
    if finding.known:
        return not best.exact or finding.end - finding.start >= len(text.strip(" .,!?"))
    return not best.exact and best.confidence < _OPEN_VALUE_YIELDS_AT


def other_slots_beat_intent(changed: bool, other: Candidate) -> bool:
    """Whether a text that fills only other slots of the intent stays in it, although another intent is likely too.

    "When are you open on Saturday?" holds a date, but is a question when that is clearly meant.
    """
    return changed and not other.exact and other.confidence < _OPEN_VALUE_YIELDS_AT


def repeats_its_intent(finding: Finding, own: Candidate | None) -> bool:
    """Whether an open answer is no value, but a sample utterance of the intent that is being filled."""
    return own is not None and own.exact and not finding.known


def decline_fails() -> bool:
    """Whether an intent that ends because the customer said no to its confirmation has failed."""
    return True


def confidence_while_answering(listed: float | None) -> float:
    """The acting intent's confidence in a turn that answered a prompt: its own, and never less than sure."""
    return max(listed or 0.0, 1.0)


def hook_keeps_attributes(given: dict[str, str] | None, held: dict[str, str]) -> dict[str, str]:
    """Session attributes after a hook's answer: an absent map keeps what is there, a given one replaces it."""
    return held if given is None else given


def closing_follows_hook() -> bool:
    """Whether the closing response still follows after a fulfilment hook has sent messages of its own."""
    return True


def closing_follows_failure(*, old_flow: bool) -> bool:
    """Whether the closing response follows a fulfilment that failed, where no next step is configured.

    The guide lets every outcome go on to it; in bots of the old flow it is what is said of a success.
    """
    return not old_flow
