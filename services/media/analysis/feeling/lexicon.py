"""Valence of single words: VADER's, with `words.tsv` where the language of service differs.

VADER: Hutto and Gilbert, ICWSM 2014. Valences run from about -4 to +4.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Lexicon:
    """`boosters` add to a word's strength, or take from it. `pictures` are the words that an emoji stands for."""

    valences: dict[str, float]
    boosters: dict[str, float]
    pictures: dict[str, str]

    def valence(self, word: str) -> float:
        if word in self.valences:
            return self.valences[word]
        return sum(self.valences.get(part, 0.0) for part in self.pictures.get(word, "").split())


@cache
def lexicon() -> Lexicon:
    """Read once: VADER takes some 30 ms."""
    from vaderSentiment.vaderSentiment import BOOSTER_DICT, SentimentIntensityAnalyzer  # noqa: PLC0415  only when needed

    vader = SentimentIntensityAnalyzer()
    valences = {word: float(valence) for word, valence in vader.lexicon.items()} | _of_service()
    boosters = {word: float(strength) for word, strength in BOOSTER_DICT.items() if " " not in word}
    return Lexicon(valences, boosters, dict(vader.emojis))


def _of_service() -> dict[str, float]:
    text = files(__package__).joinpath("words.tsv").read_text(encoding="utf-8")
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            valence, _, words = line.partition("\t")
            found |= dict.fromkeys(words.split(), float(valence))
    return found
