"""Entities from a list of terms: whole words, case folded, plural `s` accepted, the longest match wins (A6)."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from shared.schemas.interaction import EntityMention, EntitySummary, Turn

_WORD = re.compile(r"\w+(?:['’]\w+)*")

Terms = dict[tuple[str, ...], str]
"""Words of a term, folded and without the plural's `s` on the last, to its type."""


def read_terms(path: Path) -> Terms:
    """The list `Text,Type` at `path`; the first of equal terms counts; empty if there is no such file."""
    if not path.is_file():
        return {}
    terms: Terms = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            key = _key(_WORD.findall((row.get("Text") or "").casefold()))
            if key and (row.get("Type") or "").strip():
                terms.setdefault(key, row["Type"].strip().upper())
    return terms


def find_entities(text: str, terms: Terms) -> list[EntityMention]:
    """Mentions in order, without overlaps. Linear in the text, whatever the number of terms."""
    words = list(_WORD.finditer(text)) if terms else []
    folded = [word.group().casefold() for word in words]
    longest = max((len(key) for key in terms), default=0)
    mentions: list[EntityMention] = []
    at = 0
    while at < len(words):
        size = next((n for n in range(min(longest, len(words) - at), 0, -1) if _key(folded[at : at + n]) in terms), 0)
        if size:
            begin, end = words[at].start(), words[at + size - 1].end()
            kind = terms[_key(folded[at : at + size])]
            mentions.append(EntityMention(type=kind, text=text[begin:end], begin=begin, end=end))
        at += size or 1
    return mentions


def summarise(turns: Iterable[Turn]) -> list[EntitySummary]:
    """By type: how many mentions, and the distinct texts of them (case folded) as first seen."""
    counts: dict[str, int] = defaultdict(int)
    values: dict[str, dict[str, str]] = defaultdict(dict)
    for turn in turns:
        for mention in turn.entities:
            counts[mention.type] += 1
            values[mention.type].setdefault(mention.text.casefold(), mention.text)
    return [EntitySummary(type=kind, count=counts[kind], values=list(values[kind].values())) for kind in sorted(counts)]


def _key(words: Sequence[str]) -> tuple[str, ...]:
    return (*words[:-1], _singular(words[-1])) if words else ()


def _singular(word: str) -> str:
    word = word.removesuffix("'s").removesuffix("’s")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
