"""Recognisers of personal data in text: patterns with their checksums, and numbers told by the words around them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.media.analysis.digits import DigitRun, digit_runs, luhn


@dataclass(frozen=True)
class Finding:
    """Personal data of a type at `begin` to `end` (exclusive) of a text."""

    type: str
    begin: int
    end: int


_HIDDEN = re.compile(r"\[PII(?::[A-Z]+)?\]|\{\w+\}")
_MASK = "\x00"
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_SPOKEN_EMAIL = re.compile(
    r"\b[\w-]{1,64}(?:\s?(?:dot|underscore|dash)\s[\w-]{1,64}){0,4}\s(?:at|@)\s"
    r"(?:[\w-]{1,63}\s){1,2}dot\s(?:com|org|net|edu|gov|io|co dot uk|uk|de|fr|es|us)\b",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_SSN = re.compile(r"(?<!\d)(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?!\d)")
_PHONE = re.compile(
    r"\+\d(?:[\s().-]{0,2}\d){6,14}(?!\d)|(?<![\d+])(?:\(\d{3}\)|\d{3})[\s.-]{0,2}\d{3}[\s.-]\d{4}(?!\d)"
)

_CODE_WORDS = r"(?:pin|p\.?i\.?n\.?|pass ?code|security code|access code|c\.?v\.?[vc]\.?)"
_PIN_CUE = re.compile(rf"\b{_CODE_WORDS}\b(?: (?:number|code))?", re.IGNORECASE)
_ASKING = r"enter|type|tell|give|provide|what|have|need|confirm|verify|say|speak|please|may i|could|can|read|digits?"
_PIN_QUESTION = re.compile(
    rf"\b(?:{_ASKING})\b.{{0,60}}\b{_CODE_WORDS}\b|\b{_CODE_WORDS}\b.{{0,30}}(?:\?|\bplease\b)",
    re.IGNORECASE | re.DOTALL,
)
_SSN_CUE = re.compile(r"\b(?:social(?: security)?|s\.?s\.?n\.?)\b", re.IGNORECASE)
_ACCOUNT_CUE = re.compile(r"\b(?:account|routing|sort code|membership) (?:number|no\b|#)?", re.IGNORECASE)
_REACH = 60
"""Characters after a cue within which the number it announces begins."""

Rule = Callable[[str], Iterator[Finding]]


def find_pii(text: str) -> list[Finding]:
    """In order of the rules, without overlaps. Looks again until nothing more is found: hiding one may bare another."""
    findings: list[Finding] = []
    left = masked(text)
    while fresh := _first_of_any_rule(left):
        for finding in fresh:
            left = left[: finding.begin] + _MASK * (finding.end - finding.begin) + left[finding.end :]
        findings += fresh
    return findings


def asks_for(text: str) -> str | None:
    """The type of number that a question asks for; null when it asks for none that must be hidden."""
    if _PIN_QUESTION.search(text):
        return "PIN"
    return "SSN" if _SSN_CUE.search(text) else None


def answers_to(asked: str, text: str) -> list[Finding]:
    """Numbers in the answer to a question for a PIN (4 to 8 digits) or a social security number (4 or 9)."""
    lengths = range(4, 9) if asked == "PIN" else (4, 9)
    return [
        Finding(asked, *run.span(0, len(run.digits)))
        for run in digit_runs(masked(text))
        if len(run.digits) in lengths and not run.money
    ]


def masked(text: str) -> str:
    """The text with what is already hidden made unreadable to every rule, at the same length."""
    return _HIDDEN.sub(lambda hit: _MASK * len(hit.group()), text)


def _first_of_any_rule(text: str) -> list[Finding]:
    for rule in _RULES:
        found = list(rule(text))
        if found:
            return found
    return []


def _matches(kind: str, pattern: re.Pattern[str]) -> Rule:
    def rule(text: str) -> Iterator[Finding]:
        return (Finding(kind, hit.start(), hit.end()) for hit in pattern.finditer(text))

    return rule


def _ibans(text: str) -> Iterator[Finding]:
    """The remainder modulo 97 of the rearranged number is 1 (ISO 13616). A match may run into the next word."""
    for hit in _IBAN.finditer(text):
        for end in range(hit.end(), hit.start() + 14, -1):
            candidate = re.sub(r"[ -]", "", text[hit.start() : end]).upper()
            whole = end == len(text) or not text[end].isalnum()
            if whole and 15 <= len(candidate) <= 34 and _modulo_97(candidate) == 1:
                yield Finding("IBAN", hit.start(), end)
                break


def _modulo_97(candidate: str) -> int:
    turned = candidate[4:] + candidate[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 if turned.isascii() else 0


def find_cards(text: str) -> Iterator[Finding]:
    """Card numbers by their check digit, written or spoken, of 13 to 19 digits."""
    for run in digit_runs(text):
        value, at = run.value, 0
        while at + 13 <= len(value):
            size = next((n for n in range(19, 12, -1) if _is_card(value[at : at + n], n)), 0)
            if size:
                yield Finding("CARD", *run.span(at, size))
                at = _after_token(run, at + size)
            else:
                at += 1


def _is_card(digits: str, size: int) -> bool:
    return len(digits) == size and digits[0] in "23456" and luhn(digits)


def _after_token(run: DigitRun, at: int) -> int:
    """The first digit from `at` on that is not of a token already hidden."""
    while at < len(run.digits) and run.digits[at].begin < run.digits[at - 1].end:
        at += 1
    return at


def _phone_numbers(text: str) -> Iterator[Finding]:
    for run in digit_runs(text):
        value = run.value.removeprefix("1") if len(run.digits) == 11 else run.value
        if len(value) == 10 and value[0] in "23456789" and not run.money:
            yield Finding("PHONE", *run.span(0, len(run.digits)))


def _announced(kind: str, cue: re.Pattern[str], lengths: range) -> Rule:
    """Numbers of such a length that begin shortly after a cue."""

    def rule(text: str) -> Iterator[Finding]:
        cues = [hit.end() for hit in cue.finditer(text)]
        for run in digit_runs(text) if cues else []:
            begin, end = run.span(0, len(run.digits))
            # what is hidden in between has no length: the rule must say the same before and after hiding it
            announced = any(at <= begin and len(text[at:begin].replace(_MASK, "")) <= _REACH for at in cues)
            if announced and len(run.digits) in lengths and not run.money:
                yield Finding(kind, begin, end)

    return rule


_RULES: tuple[Rule, ...] = (
    _matches("EMAIL", _EMAIL),
    _matches("EMAIL", _SPOKEN_EMAIL),
    _ibans,
    find_cards,
    _matches("SSN", _SSN),
    _announced("SSN", _SSN_CUE, range(9, 10)),
    _announced("PIN", _PIN_CUE, range(3, 9)),
    _announced("ACCOUNT", _ACCOUNT_CUE, range(5, 18)),
    _matches("PHONE", _PHONE),
    _phone_numbers,
)
