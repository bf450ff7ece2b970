"""International bank account numbers (ISO 13616), written and spelt out."""

import re
from collections.abc import Iterator

from services.media.analysis.digits import spelled_signs

_WRITTEN = re.compile(r"\b[A-Z]{2}\s?\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_SHORTEST, _LONGEST = 15, 34
_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
    "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15,
    "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "TR": 26,
}  # fmt: skip


def written_ibans(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each; a match may run into the next word, so shorter ones are tried."""
    for hit in _WRITTEN.finditer(text):
        for end in range(hit.end(), hit.start() + _SHORTEST - 1, -1):
            candidate = re.sub(r"[\s-]", "", text[hit.start() : end])
            whole = end == len(text) or not text[end].isalnum()
            if whole and _fits(candidate) and is_iban(candidate):
                yield hit.start(), end
                break


def spelled_ibans(text: str) -> Iterator[tuple[int, int]]:
    """`G B eight two W E S T …`: letters one by one, digits as they are said; an `O` may be a zero."""
    for signs in spelled_signs(text):
        value = "".join(sign.value for sign in signs)
        zeros = value.replace("O", "0")
        at = 0
        while at + _SHORTEST <= len(value):
            size = _size(value, at) or _size(f"{zeros[:at]}{value[at : at + 2]}{zeros[at + 2 :]}", at)
            if size:
                yield signs[at].begin, signs[at + size - 1].end
            at += size or 1


def _size(value: str, at: int) -> int:
    if not (value[at : at + 2].isalpha() and value[at + 2 : at + 4].isdecimal()):
        return 0
    known = _LENGTHS.get(value[at : at + 2])
    sizes = [known] if known else range(_LONGEST, _SHORTEST - 1, -1)
    return next((size for size in sizes if at + size <= len(value) and is_iban(value[at : at + size])), 0)


def _fits(candidate: str) -> bool:
    """As long as its country's, or in capitals and mostly of digits where the country's length is not known."""
    size = _LENGTHS.get(candidate[:2].upper())
    return len(candidate) == size if size else candidate.isupper() and sum(map(str.isdecimal, candidate)) >= 10


def is_iban(candidate: str) -> bool:
    """The remainder modulo 97 of the rearranged number is 1."""
    if not (_SHORTEST <= len(candidate) <= _LONGEST and candidate.isascii() and candidate.isalnum()):
        return False
    turned = (candidate[4:] + candidate[:4]).upper()
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
