"""Texts compared without case and diacritics, every place in them kept."""

import unicodedata

_CACHED_BELOW = 0x3000


class _Folding(dict[int, str]):
    """One character for each character, so that a place in the folded text is a place in the text."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if (digit := unicodedata.decimal(char, None)) is not None:
            folded = str(digit)
        else:
            folded = (
                unicodedata.normalize("NFKD", char)[0].casefold()[:1] if char.isalpha() and char not in "ºª" else char
            )
        folded = "'" if char == "’" else folded
        if code < _CACHED_BELOW:
            self[code] = folded
        return folded


_FOLDING = _Folding()
_APART = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS"})


def folded(text: str) -> str:
    """The text in lower case without diacritics, as long as it was: "Mañana" is "manana", "dreißig" "dreisig"."""
    return text.translate(_FOLDING)


def written_apart(text: str) -> str:
    """German as it is typed without its letters: "Grünkohl" is "Gruenkohl", "Weißwurst" is "Weisswurst"."""
    return text.translate(_APART)
