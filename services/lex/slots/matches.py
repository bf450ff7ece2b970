"""Matches of several rules in one text, of which the longer ones win."""

from collections.abc import Iterable
from typing import NamedTuple

from services.lex.slots.resolver import Finding
from services.lex.slots.views import View


class Candidate(NamedTuple):
    """What a rule read at `view[start:end]`; `values` is empty when the words are no value, such as 30 February."""

    start: int
    end: int
    values: tuple[str, ...] = ()


def without_overlaps(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates in order, a longer one before the shorter ones that share text with it."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.start - c.end, c.start)):
        if all(candidate.end <= other.start or candidate.start >= other.end for other in kept):
            kept.append(candidate)
    return sorted(kept)


def finding(text: str, view: View, candidate: Candidate) -> Finding:
    """The candidate as a finding in the text itself. Several values are an ambiguous one: it is not interpreted."""
    start, end = view.source(candidate.start, candidate.end)
    interpreted = candidate.values[0] if len(candidate.values) == 1 else None
    return Finding(start, end, text[start:end], interpreted, candidate.values)
