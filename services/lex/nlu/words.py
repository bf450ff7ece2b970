"""A text's words and stems, as the language of a locale has them."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

import snowballstemmer

_MARKS = r"\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u3099\u309a"
_CHUNK = re.compile(rf"(?:[^\W_]|[{_MARKS}])+|[$€£%]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")  # Thai, Kana, Han: no blanks between words
_CONTRACTIONS = [
    (re.compile(pattern), text)
    for pattern, text in (
        (r"\bwon't\b", "will not"),
        (r"\bcan'?t\b|\bcannot\b", "can not"),
        (r"n't\b", " not"),
        (r"\bdont\b", "do not"),
        (r"\bi'?m\b", "i am"),
        (r"'re\b", " are"),
        (r"'ve\b", " have"),
        (r"'ll\b", " will"),
        (r"'d\b", " would"),
        (r"\b(what|where|how|who|when|it|that|there|here|why)'?s\b", r"\1 is"),
    )
]
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hi": "hindi", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "sv": "swedish",
}  # fmt: skip


class Language:
    """What the words of one language have of their own. `code` is ISO 639-1; an unknown one is served without stems."""

    def __init__(self, code: str) -> None:
        self.code = code
        name = _STEMMERS.get(code)
        self._stem: Callable[[str], str] | None = snowballstemmer.stemmer(name).stemWord if name else None

    def normalise(self, text: str) -> str:
        """Lower case without accents, numbers as 0, and in English contractions written out."""
        text = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("`", "'")
        if not text.isascii():
            text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
        if self.code == "en":
            for pattern, replacement in _CONTRACTIONS:
                text = pattern.sub(replacement, text)
        return _NUMBER.sub("0", text)

    def chunks(self, text: str) -> list[str]:
        """Runs of letters and digits, and currency signs, of the normalised text."""
        return _CHUNK.findall(self.normalise(text))

    def stems(self, chunk: str) -> tuple[str, ...]:
        """A word's stem; where a language writes without blanks, its characters."""
        if _UNSPACED.search(chunk):
            return tuple(chunk)
        return (self._stem(chunk) if self._stem else chunk,)

    def stems_of(self, text: str) -> tuple[str, ...]:
        return tuple(stem for chunk in self.chunks(text) for stem in self.stems(chunk))


@cache
def language_of(locale: str) -> Language:
    """The language of a locale such as `en_US`."""
    return Language(re.split(r"[_-]", locale, maxsplit=1)[0].lower())
