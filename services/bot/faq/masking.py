"""Takes out of a question what could be a PIN, an account number or an address, whoever typed it."""

import re
import unicodedata

MAX_LENGTH = 200
MASK = "#"

_NUMBER_WORDS = frozenset(
    re.findall(
        r"\w+",
        """zero oh nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
        million double triple
        cero un uno una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis
        diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis
        veintisiete veintiocho veintinueve treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento
        doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos mil millon
        doble""",
    )
)
_BETWEEN = frozenset({"and", "y", "a", "point", "punto", "dash", "guion"})
_EMAIL = re.compile(r"\S+@\S+")
_DIGITS = re.compile(r"[^\s]*\d[^\s]*(?:[\s.,/-]*\d[^\s]*)*")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")


def masked(text: str) -> str:
    """The text on one line of at most 200 characters, without a digit, a row of number words, or an email address.

    A single small number word stays ("two accounts"): it is no secret, and without it the question cannot be read.
    """
    plain = _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()
    plain = _DIGITS.sub(MASK, _EMAIL.sub(MASK, plain))
    return _without_spoken_numbers(plain)[:MAX_LENGTH].strip()


def _without_spoken_numbers(text: str) -> str:
    words = text.split(" ")
    kept: list[str] = []
    start = 0
    while start < len(words):
        end = start
        while end < len(words) and (_spoken(words[end]) or (end > start and _bridges(words, end))):
            end += 1
        run = words[start:end]
        if len(run) > 1 or (run and _spoken_alone(run[0])):
            kept.append(MASK)
        else:
            kept += run
        if end == start:
            kept.append(words[start])
            end += 1
        start = end
    return " ".join(kept)


def _bare(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if letter.isalpha() or letter == "-").strip("-")


def _spoken(word: str) -> bool:
    parts = _bare(word).split("-")
    return word == MASK or all(part in _NUMBER_WORDS for part in parts)


def _spoken_alone(word: str) -> bool:
    """Whether one word is more than a small number: "twenty-four", "sesenta"."""
    return "-" in _bare(word) and _spoken(word)


def _bridges(words: list[str], place: int) -> bool:
    """Whether "and" and the like stand between two numbers."""
    return _bare(words[place]) in _BETWEEN and place + 1 < len(words) and _spoken(words[place + 1])
