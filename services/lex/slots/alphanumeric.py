"""AMAZON.AlphaNumeric, with or without the regex of a type derived from it."""

import re
from collections.abc import Sequence
from functools import cached_property

from services.lex.slots.digits import digit_runs
from services.lex.slots.resolver import Finding, Reading, trimmed, whole

_TOKEN = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_BLANKS = re.compile(r"[\s-]+")
_MONEY_BEFORE = re.compile(r"[$€£]\s*$")


class AlphaNumericResolver:
    """Without a regex, only a token with a digit in it is recognisable inside a phrase."""

    def __init__(self, regex: re.Pattern[str] | None = None) -> None:
        self._regex = regex

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        found = []
        for match in _TOKEN.finditer(text):
            part_of_amount = _MONEY_BEFORE.search(text, 0, match.start()) or re.match(r"[.,]\d", text[match.end() :])
            if self._accepts(match[0]) and not part_of_amount:
                found.append(Finding(match.start(), match.end(), match[0], match[0], (match[0],)))
        return found

    def answer(self, text: str, reading: Reading) -> Finding | None:
        start, core = trimmed(text)
        if (joined := self._joined(core)) is not None:
            return Finding(start, start + len(core), core, joined, (joined,))
        for run in digit_runs(text):
            if self._regex is not None and self._regex.fullmatch(run.digits):
                return Finding(run.start, run.end, text[run.start : run.end], run.digits, (run.digits,))
        return next(iter(self.find(text, reading)), None)

    def examples(self) -> Sequence[str]:
        return ("2468",) if self._regex is not None and self._regex.fullmatch("2468") else ("AB12", "4711")

    def _accepts(self, token: str) -> bool:
        if self._regex is not None:
            return self._regex.fullmatch(token) is not None
        return any(char.isdigit() for char in token)

    def _joined(self, core: str) -> str | None:
        """The value when the whole answer is one, blanks and hyphens inside it aside."""
        joined = _BLANKS.sub("", core)
        if self._regex is not None:
            return joined if self._regex.fullmatch(joined) else None
        return joined if joined.isalnum() and (" " not in core or any(c.isdigit() for c in joined)) else None


class FreeTextResolver:
    """AMAZON.FreeFormInput, and every type this service has no rules for: the whole answer, never a part of one."""

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return ()

    def answer(self, text: str, reading: Reading) -> Finding | None:
        return whole(text, text.strip(), known=False) if text.strip() else None

    def examples(self) -> Sequence[str]:
        return ("something",)


class ConfirmationResolver:
    """AMAZON.Confirmation: `Yes`, `No`, `Maybe` or `Don't know`."""

    _WORDS = (
        ("Don't know", r"(?:i )?(?:don'?t|do not) know|dunno|(?:i'?m )?not sure|no idea"),
        ("Maybe", r"maybe|perhaps|possibly|might be"),
        (
            "No",
            r"no|nope|nah|no way|not?[ ,]+(?:thanks|thank you)|negative|never|don'?t(?: do it)?|do not|"
            r"(?:that'?s|that is|this is) (?:wrong|not right|not correct)|absolutely not|certainly not|wrong|"
            r"i (?:don'?t|do not)(?: want (?:to|that|it|this))?|not (?:now|really|that)|incorrect|i said no",
        ),
        (
            "Yes",
            r"yes|yeah|yep|yup|ya|sure|ok(?:ay)?|alright|all right|right|correct|confirm(?:ed)?|of course|please do|"
            r"go ahead|do it|absolutely|definitely|affirmative|certainly|fine|sounds good|that'?s (?:fine|it)|"
            r"(?:that'?s|that is|this is) (?:right|correct)|i (?:do|confirm)|perfect|looks good|exactly|y",
        ),
    )
    _TAIL = r"(?:[\s,.!]+(?:please|thanks|thank you|sir|ma'?am|it is|i do|i don'?t|you can|you may))*"

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        return [
            (name, re.compile(rf"(?:well|um|uh|oh|hm+)?[\s,]*(?:{words})(?:[\s,.!]+(?:{words}))*{self._TAIL}", re.I))
            for name, words in self._WORDS
        ]

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return ()

    def answer(self, text: str, reading: Reading) -> Finding | None:
        start, core = trimmed(text.replace("’", "'"))
        for name, pattern in self._patterns:
            if pattern.fullmatch(core):
                return Finding(start, start + len(core), core, name, (name,))
        return None

    def examples(self) -> Sequence[str]:
        return ("yes", "no")
