"""The ranked interpretations of a turn, as the runtime, the code hook and the log show them."""

from itertools import islice

from services.lex.dialog.choices import confidence_while_answering
from services.lex.dialog.turn import Turn
from shared.schemas.lex import Confidence, Intent, Interpretation

_MOST = 5


def interpretations(turn: Turn) -> list[Interpretation]:
    """The acting intent, the fallback intent (without a score), then the others by score; five at most."""
    acting = turn.session.intent
    fallback = turn.served.locale.fallback.name
    scores = {candidate.intent: candidate.confidence for candidate in turn.candidates}
    listed = []
    if acting is not None:
        listed.append(_entry(acting, None if acting.name == fallback else _acting_score(turn, acting.name, scores)))
    if acting is None or acting.name != fallback:
        listed.append(_entry(Intent(name=fallback), None))
    others = ((name, score) for name, score in scores.items() if acting is None or name != acting.name)
    for name, score in islice(others, _MOST - len(listed)):
        empty = dict.fromkeys(turn.served.intents[name].slots)
        listed.append(_entry(Intent(name=name, slots=empty), score))
    return listed


def _acting_score(turn: Turn, name: str, scores: dict[str, float]) -> float | None:
    listed = scores.get(name)
    return confidence_while_answering(listed) if turn.in_prompt else listed


def _entry(intent: Intent, score: float | None) -> Interpretation:
    confidence = None if score is None else Confidence(score=score)
    source = None if score is None else "Lex"
    return Interpretation(intent=intent, nlu_confidence=confidence, interpretation_source=source)
