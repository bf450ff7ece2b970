"""AMAZON.AlphaNumeric, with or without the regex of a type derived from it."""

import re
from collections.abc import Sequence

from services.lex.slots.confirmation import ConfirmationResolver
from services.lex.slots.digits import digit_runs, spelled_out
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.openings import core_of
from services.lex.slots.resolver import Finding, Reading, trimmed, whole

__all__ = ["AlphaNumericResolver", "ConfirmationResolver", "FreeTextResolver"]

_TOKEN = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_BLANKS = re.compile(r"\s+")
_BLANKS_AND_HYPHENS = re.compile(r"[\s-]+")
_SHORTEST_OPENING = 3  # a single letter before a code may be part of it
_MONEY_BEFORE = re.compile(r"[$€£]\s*$")


class AlphaNumericResolver:
    """Without a regex, only a token with a digit in it is recognisable inside a phrase."""

    def __init__(self, regex: re.Pattern[str] | None = None, locale: Locale | None = None) -> None:
        self._regex = regex
        self._language = (locale or locale_of("en_US")).language

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        found = []
        for match in _TOKEN.finditer(text):
            part_of_amount = _MONEY_BEFORE.search(text, 0, match.start()) or re.match(r"[.,]\d", text[match.end() :])
            if self._accepts(match[0]) and not part_of_amount:
                found.append(Finding(match.start(), match.end(), match[0], match[0], (match[0],)))
        return found

    def answer(self, text: str, reading: Reading) -> Finding | None:
        start, core = trimmed(text)
        said = None if any(char.isdigit() for char in core) else self._spelled(core)
        if said is not None:  # before an opening is looked for: "oh" is one, but a zero among spoken digits
            return Finding(start, start + len(core), core, said, (said,))
        if (inner := core_of(text, self._language))[0] - start >= _SHORTEST_OPENING:
            start, core = inner
        if (joined := self._joined(core)) is not None:
            return Finding(start, start + len(core), core, joined, (joined,))
        if (spelled := self._spelled(core)) is not None:
            return Finding(start, start + len(core), core, spelled, (spelled,))
        for run in digit_runs(text, self._language.numbers):
            if self._regex is not None and self._regex.fullmatch(run.digits):
                return Finding(run.start, run.end, text[run.start : run.end], run.digits, (run.digits,))
        return next(iter(self.find(text, reading)), None)

    def _spelled(self, core: str) -> str | None:
        """The value when the whole answer spells one out, letters in either case."""
        spelled = spelled_out(core, self._language.numbers)
        if spelled is None or self._regex is None:
            return spelled
        return next((text for text in (spelled, spelled.upper()) if self._regex.fullmatch(text)), None)

    def examples(self) -> Sequence[str]:
        return ("2468",) if self._regex is not None and self._regex.fullmatch("2468") else ("AB12", "4711")

    def _accepts(self, token: str) -> bool:
        if self._regex is not None:
            return self._regex.fullmatch(token) is not None
        return any(char.isdigit() for char in token)

    def _joined(self, core: str) -> str | None:
        """The value when the whole answer is one, blanks and, if need be, hyphens inside it aside."""
        without_blanks, plain = _BLANKS.sub("", core), _BLANKS_AND_HYPHENS.sub("", core)
        if self._regex is not None:
            spellings = (core, without_blanks, plain)
            return next((spelling for spelling in spellings if self._regex.fullmatch(spelling)), None)
        one_token = " " not in core or any(char.isdigit() for char in plain)
        return without_blanks if plain.isalnum() and one_token else None


class FreeTextResolver:
    """AMAZON.FreeFormInput, and every type this service has no rules for: the whole answer, never a part of one."""

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return ()

    def answer(self, text: str, reading: Reading) -> Finding | None:
        return whole(text, text.strip(), known=False) if text.strip() else None

    def examples(self) -> Sequence[str]:
        return ("something",)
