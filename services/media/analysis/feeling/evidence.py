"""What in a text carries feeling: terms with their valence, after negation, strength and kind of sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.media.analysis.feeling.lexicon import Lexicon, lexicon
from services.media.analysis.feeling.phrases import longest
from services.media.analysis.feeling.spoken import Token, tokens

_DENIALS = frozenset(
    {"not", "never", "no", "nobody", "nothing", "neither", "nor", "without", "hardly", "barely", "none"}
)
_REACH = 4  # words from a denial to what it denies
_ENDS_OF_DENIAL = frozenset({",", ".", "?", "!", "but", "because", "although", "though", "so", "just", "only"})
_SAYING_NO = frozenset(
    {"i", "it", "that", "this", "you", "we", "he", "she", "they", "thanks", "thank", "sorry", "sir", "madam"}
)
_DEGREES = frozenset({"so", "such", "more"})
_OPENINGS = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "can",
        "could",
        "will",
        "would",
        "may",
        "might",
        "should",
        "have",
        "has",
        "what",
        "when",
        "where",
        "who",
        "which",
        "how",
    ]
)
_CONDITIONS = frozenset({"if", "unless", "whether"})
_DENIED_GOOD, _ASKED, _EXCLAIMED, _SHOUTED = -0.75, 0.35, 1.15, 1.25
_LEAST_DENIED, _WORTH_DENYING = 1.1, 0.8


@dataclass(frozen=True)
class Term:
    """A stretch of the text and the feeling it carries: above zero good, below bad; one point is plain feeling."""

    text: str
    begin: int
    end: int
    valence: float


def terms(text: str) -> list[Term]:
    """In order of the text, without overlaps; terms that carry nothing are left out. Linear."""
    found: list[Term] = []
    words = lexicon()
    for sentence in _sentences(tokens(text)):
        found += [
            Term(text[begin:end], begin, end, round(valence, 2))
            for begin, end, valence in _of_sentence(sentence, words)
            if round(valence, 2)
        ]
    return found


def _sentences(row: Sequence[Token]) -> list[list[Token]]:
    sentences: list[list[Token]] = [[]]
    for token in row:
        sentences[-1].append(token)
        if token.norm in (".", "?", "!"):
            sentences.append([])
    return [sentence for sentence in sentences if sentence]


@dataclass(frozen=True)
class _Hit:
    """Tokens `first` to `last` (exclusive) with their valence; `whole` for a phrase."""

    first: int
    last: int
    valence: float
    whole: bool
    closed: bool = False


def _of_sentence(sentence: Sequence[Token], words: Lexicon) -> list[tuple[int, int, float]]:
    found = []
    calm = any(token.is_word and not token.shouted for token in sentence)
    for hit in _hits(sentence, words):
        valence = _strengthened(hit, sentence, words)
        if calm and any(token.shouted for token in sentence[hit.first : hit.last]):
            valence *= _SHOUTED
        if not hit.closed and _denied(sentence, hit.first):
            valence = min(_DENIED_GOOD * valence, -_LEAST_DENIED) if valence >= _WORTH_DENYING else 0.0
        valence *= _manner(sentence, hit)
        found.append((sentence[hit.first].begin, sentence[hit.last - 1].end, valence))
    return found


def _hits(sentence: Sequence[Token], words: Lexicon) -> list[_Hit]:
    norms = [token.norm for token in sentence]
    all_of_them = frozenset(norms)
    hits: list[_Hit] = []
    at = 0
    while at < len(sentence):
        match = longest(norms, at, all_of_them)
        if match:
            phrase, last = match
            hits.append(_Hit(at, last, phrase.valence, whole=True, closed=phrase.closed))
            at = last
            continue
        if valence := words.valence(norms[at]):
            hits.append(_Hit(at, at + 1, valence, whole=False))
        at += 1
    return [hit for hit in hits if hit.valence]


def _strengthened(hit: _Hit, sentence: Sequence[Token], words: Lexicon) -> float:
    """`very` before a word adds a third of a point, `slightly` takes it; half of that for a phrase."""
    strength = sum(words.boosters.get(token.norm, 0.0) for token in sentence[max(0, hit.first - 2) : hit.first])
    strength /= 2 if hit.whole else 1
    return hit.valence + strength if hit.valence > 0 else hit.valence - strength


def _denied(sentence: Sequence[Token], at: int) -> bool:
    for back in range(at - 1, max(-1, at - 1 - _REACH), -1):
        norm = sentence[back].norm
        if norm in _ENDS_OF_DENIAL:
            return False
        if norm in _DENIALS:
            after = sentence[back + 1].norm
            if norm == "never" and any(token.norm in _DEGREES for token in sentence[back:at]):
                return False  # "never been so happy"
            return not (norm == "no" and (after in _SAYING_NO or back + 2 < at)) and after not in (
                "only",
                "just",
                "doubt",
            )
    return False


def _manner(sentence: Sequence[Token], hit: _Hit) -> float:
    """What is only asked or supposed weighs less than what is said; exclamation adds."""
    mark = sentence[-1].norm
    opening = sentence[0].norm
    if any(token.norm in _CONDITIONS for token in sentence[max(0, hit.first - 7) : hit.first]):
        return _ASKED
    if mark == "?" and not hit.whole and opening in _OPENINGS:
        return _ASKED
    return _EXCLAIMED if mark == "!" else 1.0
