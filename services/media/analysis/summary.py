"""A short summary in the parties' own words: the turns that carry most of what happened."""

import re

from shared.schemas.interaction import Interaction, Turn

ENGINE = "the parties' own words"
"""What `Source.summary_engine` says of it."""

_MOST = 4
_FEWEST_WORDS, _MOST_WORDS = 5, 60
_FEWEST_SIGNS = 10  # in writing that sets no space between words
_LONGEST_LINE = 400  # characters
_SIGN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_KINDS = {"issue": 3.0, "outcome": 2.5, "action": 2.5, "category": 0.5}


def summed_up(document: Interaction) -> Interaction:
    """The document with this summary in place of any other."""
    source = document.source.model_copy(update={"summary_engine": ENGINE})
    return document.model_copy(update={"summary": summarised(document), "source": source})


def summarised(document: Interaction) -> list[str]:
    """At most four turns in their order, each with who says it; none of an interaction without substance.

    A turn weighs by what the rules found in it, by how strongly it feels, and by being the caller's first word on the
    matter.
    """
    kinds = {at: one.kind for one in document.categories for at in one.turns}
    first = next((at for at, turn in enumerate(document.turns) if turn.role == "CALLER" and has_substance(turn)), None)
    weights = {
        at: _KINDS.get(kinds.get(at, ""), 0.0) + abs(turn.sentiment.score or 0.0) + (2.0 if at == first else 0.0)
        for at, turn in enumerate(document.turns)
        if has_substance(turn)
    }
    chosen = sorted(sorted(weights, key=lambda at: (-weights[at], at))[:_MOST])
    return [_line(document.turns[at]) for at in chosen if weights[at] > 0]


def has_substance(turn: Turn) -> bool:
    """Whether a turn says enough to be part of a summary."""
    enough = len(turn.text.split()) >= _FEWEST_WORDS or len(_SIGN.findall(turn.text)) >= _FEWEST_SIGNS
    return enough and any(sign.isalpha() for sign in turn.text)


def _line(turn: Turn) -> str:
    words = _NO_TEXT.sub(" ", turn.text).split()
    text = " ".join(words[:_MOST_WORDS])
    cut = len(words) > _MOST_WORDS or len(text) > _LONGEST_LINE
    return f"{turn.role.capitalize()}: {text[:_LONGEST_LINE].rstrip()}{' …' if cut else ''}"
