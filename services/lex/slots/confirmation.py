"""AMAZON.Confirmation, and the yes and no that a dialog asks for, in the words of the locale."""

import re
from collections.abc import Sequence
from functools import cache

from services.lex.slots.folding import folded
from services.lex.slots.languages.language import Language
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.resolver import Finding, Reading, trimmed

_MOJI = {"👍": "Yes", "👌": "Yes", "✅": "Yes", "👎": "No", "❌": "No"}


class ConfirmationResolver:
    """`Yes`, `No`, `Maybe` or `Don't know`."""

    def __init__(self, locale: Locale | None = None) -> None:
        self._language = (locale or locale_of("en_US")).language

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return ()

    def answer(self, text: str, reading: Reading) -> Finding | None:
        start, core = trimmed(text)
        for sign, value in _MOJI.items():
            if core.startswith(sign):
                return Finding(start, start + len(core), core, value, (value,))
        for name, pattern in _patterns(self._language):
            if pattern.fullmatch(folded(core)):
                return Finding(start, start + len(core), core, name, (name,))
        return None

    def leading(self, text: str) -> Finding | None:
        """The yes or no that a longer text begins with: "yes, but make it medium"."""
        match = _leading(self._language).match(folded(text))
        if match is None:
            return None
        name = "Yes" if match["yes"] else "No"
        start, end = match.span(match.lastgroup or 0)
        return Finding(start, end, text[start:end], name, (name,))

    def examples(self) -> Sequence[str]:
        return _EXAMPLES.get(self._language.code, ("ok",))


_EXAMPLES = {
    "en": ("yes", "no"), "es": ("sí", "no"), "pt": ("sim", "não"), "fr": ("oui", "non"), "de": ("ja", "nein"),
    "it": ("sì", "no"),
}  # fmt: skip
_SHORT = {
    "en": ("yes|yeah|yep|yup|sure|ok|okay", "no|nope|nah"), "es": ("si|claro|vale|ok", "no"),
    "pt": ("sim|claro|ok", "nao"), "fr": ("oui|ouais|ok|d'accord", "non"), "de": ("ja|jawohl|ok|okay|klar", "nein|ne"),
    "it": ("si|certo|ok|va bene", "no"),
}  # fmt: skip


@cache
def confirmation_of(identifier: str) -> ConfirmationResolver:
    """The resolver of a locale such as `es_ES`."""
    return ConfirmationResolver(locale_of(identifier))


@cache
def _patterns(language: Language) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Not knowing before perhaps, before no, before yes: "not sure" is none of the later ones."""
    words = language.answers
    tail = rf"(?:[\s,.!]+(?:{words.ending}))*"
    opening = rf"(?:(?:{words.opening})[\s,.!]+)*"
    kinds = (("Don't know", words.unknown), ("Maybe", words.maybe), ("No", words.no), ("Yes", words.yes))
    return tuple((name, re.compile(rf"{opening}(?:{said})(?:[\s,.!]+(?:{said}))*{tail}")) for name, said in kinds)


@cache
def _leading(language: Language) -> re.Pattern[str]:
    yes, no = _SHORT.get(language.code, ("ok", "no"))
    return re.compile(rf"\W*(?:(?P<yes>{yes})|(?P<no>{no}))(?!\w)")
