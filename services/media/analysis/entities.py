"""Entities of a text: terms of a list, forms of their own, and what a model found.

Terms are whole words, case folded, plural `s` accepted, and the longest match wins (docs/reference/definitions.md).
"""

import csv
import io
import re
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from services.media.analysis.recognisers import recognised
from services.media.analysis.redaction import redactions_in
from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.support import UnusableFile
from shared.schemas.interaction import EntityMention, EntitySummary, Turn

_WORD = re.compile(r"\w+(?:['’]\w+)*")


@dataclass
class Terms:
    """A list of terms. `kinds` is by the words of a term, folded and without the plural's `s` on the last.

    `sizes` says of how many words terms are that begin with a word, longest first, so that finding is linear in the
    text, whatever the number of terms.
    """

    kinds: dict[tuple[str, ...], str] = field(default_factory=dict)
    sizes: dict[str, list[int]] = field(default_factory=dict)

    def add(self, text: str, kind: str) -> None:
        """The first of equal terms counts."""
        key = _key(_WORD.findall(text.casefold()))
        if key and kind and key not in self.kinds:
            self.kinds[key] = kind
            sizes = self.sizes.setdefault(_singular(key[0]), [])
            if len(key) not in sizes:
                sizes.append(len(key))
                sizes.sort(reverse=True)


def key_of(text: str) -> str:
    """The words by which a term is looked up: terms with the same key are the same."""
    return " ".join(_key(_WORD.findall(text.casefold())))


def read_terms(path: Path) -> Terms:
    """The list at `path`; empty if there is no such file. Raises UnusableFile."""
    return checked_terms(path.read_bytes()) if path.is_file() else Terms()


def checked_terms(content: bytes) -> Terms:
    """The list `Text,Type`. Rows without one of them are left out. Raises UnusableFile for what is no such list."""
    terms = Terms()
    rows = 0
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        if not {"Text", "Type"} <= set(reader.fieldnames or ()):
            raise UnusableFile("it does not begin with the header Text,Type")
        for row in reader:
            rows += 1
            terms.add(row.get("Text") or "", (row.get("Type") or "").strip().upper())
    except UnicodeDecodeError:
        raise UnusableFile("it is no text in UTF-8") from None
    except csv.Error:
        raise UnusableFile("it is no CSV") from None
    if rows and not terms.kinds:
        raise UnusableFile("none of its rows has a text and a type")
    return terms


def find_entities(text: str, terms: Terms) -> list[EntityMention]:
    """Mentions of terms in order, without overlaps."""
    words, folded, firsts = _words_of(text) if terms.kinds else ([], [], [])
    mentions: list[EntityMention] = []
    at = 0
    while at < len(words):
        sizes = terms.sizes.get(firsts[at], ())
        size = next((n for n in sizes if n <= len(words) - at and _key(folded[at : at + n]) in terms.kinds), 0)
        if size:
            begin, end = words[at].start(), words[at + size - 1].end()
            kind = terms.kinds[_key(folded[at : at + size])]
            mentions.append(EntityMention(type=kind, text=text[begin:end], begin=begin, end=end))
        at += size or 1
    return mentions


@lru_cache(maxsize=4)
def _words_of(text: str) -> tuple[list[re.Match[str]], list[str], list[str]]:
    """The words of a text, folded, and the same without a plural's `s`. One list after another asks for them."""
    words = list(_WORD.finditer(text))
    folded = [word.group().casefold() for word in words]
    return words, folded, [_singular(word) for word in folded]


def entities_in(
    text: str, language: str, terms: Terms, settings: AnalysisSettings, *, found: Iterable[EntityMention] = ()
) -> list[EntityMention]:
    """In order, without overlaps and nothing of what is hidden: a term of the list before a longer form, before others.

    `found` are a model's mentions. `EntityThreshold` holds for all but the terms, `EntityTypes` for all.
    """
    hidden = [(one.begin, one.end) for one in redactions_in(text)]
    forms = recognised(text) if language.split("-", maxsplit=1)[0] == "en" else ()
    theirs = [one for one in found if text[one.begin : one.end] == one.text]
    scored = [one for one in (*theirs, *forms) if one.score >= settings.entity_threshold]
    scored.sort(key=lambda one: (one.begin - one.end, -one.score, one.begin))
    kept: list[EntityMention] = []
    taken = hidden
    for mention in (*find_entities(text, terms), *scored):
        wanted = not settings.entity_types or mention.type in settings.entity_types
        if wanted and not _touches(mention, taken):
            kept.append(mention)
            insort(taken, (mention.begin, mention.end))
    return sorted(kept, key=lambda one: one.begin)


def _touches(mention: EntityMention, taken: list[tuple[int, int]]) -> bool:
    place = bisect_right(taken, (mention.begin, mention.end))
    return any(mention.begin < end and begin < mention.end for begin, end in taken[max(0, place - 1) : place + 1])


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
