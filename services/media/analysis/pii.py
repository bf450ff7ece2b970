"""Recognisers of personal data in text: patterns with their checksums, and numbers told by the words around them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.media.analysis import announced
from services.media.analysis.announced import HIDDEN
from services.media.analysis.birthdays import birthdays, days_in
from services.media.analysis.digits import DigitRun, digit_runs, luhn
from services.media.analysis.emails import spoken_emails, written_emails
from services.media.analysis.ibans import spelled_ibans, written_ibans


@dataclass(frozen=True)
class Finding:
    """Personal data of a type at `begin` to `end` (exclusive) of a text."""

    type: str
    begin: int
    end: int


_PLACEHOLDER = re.compile(r"\[PII(?::[A-Z]+)?\]|\{\w+\}")
_SSN = re.compile(r"(?<!\d)(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?!\d)")
_PHONE = re.compile(
    r"(?<![\w.])(?:\+\d(?:[\s().-]{0,2}\d){6,14}|(?<!\d\s)00[1-9](?:[\s().-]{0,2}\d){9,12})(?!\d)"
    r"|(?<![\d+])(?<!\d-)(?:1[\s.-]{1,2})?(?:\(\d{3}\)|\d{3})[\s.-]{0,2}\d{3}[\s.-]\d{4}(?!\d)"
)
_IDENTITY = re.compile(
    r"\b(?:passport|driv(?:er'?s?|ing) licen[cs]e|identity card|national id)\b(?: (?:number|no\.?|"
    r"#))?(?: is|:|,| it's| it is)?\s{1,2}"
    r"(?P<number>[a-z]{0,3}[ -]?\d{5,12}[a-z]{0,2})\b",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"\bpassword(?: is|:| was|'s| should be)\s{1,2}(?P<word>(?=\S*[\d!@#$%^&*_])\S{4,64})(?<![.,!?])", re.IGNORECASE
)

_ASKING = (
    r"enter|type|tell|give|provide|what|what's|whats|have|need|confirm|verify|say|speak|please|may i|"
    r"could|can|read|digits?|"
    r"know|take|get"
)
_ASKED = {
    "TRADE": r"(?:order|reference|invoice|tracking|confirmation|ticket|claim|policy|booking|case|"
    r"receipt|serial|customer|"
    r"zip|postal|model|product|extension|flight) ?(?:number|code|id)|zip",
    "PIN": r"pin|p\.?i\.?n\.?|pass ?code|security code|access code|verification code|c\.?v\.?[vc]\.?",
    "SSN": r"social(?: security)?|s\.?s\.?n\.?",
    "DOB": r"date of birth|d\.?o\.?b\.?|birth ?(?:date|day)|when were you born|born",
    "CARD": r"card number|(?:long|sixteen digit|16 digit) number",
    "ACCOUNT": r"account (?:number|no)",
    "PHONE": r"(?:phone|telephone|cell|mobile|contact|callback|call you back|best) number|"
    r"number (?:can|could|should|may) (?:i|we)|"
    r"number to (?:call|reach)|reach you",
}
_QUESTIONS = {
    kind: re.compile(
        rf"\b(?:{_ASKING})\b.{{0,60}}\b(?:{words})(?!\w)|\b(?:{words})(?!\w).{{0,30}}(?:\?|\bplease\b)",
        re.IGNORECASE | re.DOTALL,
    )
    for kind, words in _ASKED.items()
}
_ANY_ASKED = re.compile(rf"\b(?:{'|'.join(_ASKED.values())})(?!\w)", re.IGNORECASE)
_ANSWERS = announced.LENGTHS | {"PIN": range(2, 9)}  # a PIN may be said in two goes

Rule = Callable[[str], Iterator[Finding]]


def find_pii(text: str, *, of_things: bool = False) -> list[Finding]:
    """In order of the rules, without overlaps. Looks again until nothing more is found: hiding one may bare another.

    `of_things`: the text answers a question for the number of an order or the like, so that ten digits are no phone.
    """
    findings: list[Finding] = []
    left = masked(text)
    while fresh := _first_of_any_rule(left, of_things=of_things):
        for finding in fresh:
            left = left[: finding.begin] + HIDDEN * (finding.end - finding.begin) + left[finding.end :]
        findings += fresh
    return findings


def asks_for(text: str) -> str | None:
    """The type of number that a question asks for, `TRADE` for the number of a thing; null when it asks for none."""
    may_ask = _ANY_ASKED.search(text) is not None  # most texts name nothing that could be asked for
    found = [kind for kind, pattern in _QUESTIONS.items() if may_ask and pattern.search(text)]
    personal = [kind for kind in found if kind != "TRADE"]
    if personal:
        return personal[0]
    if announced.called(text, len(text)) == "SSN":
        return "SSN"
    return "TRADE" if found else None


def answers_to(asked: str, text: str) -> list[Finding]:
    """What in the answer to a question for personal data is that."""
    left = masked(text)
    if asked == "DOB":
        return [Finding("DOB", begin, end) for begin, end in days_in(left)]
    return [
        Finding(asked, begin, end)
        for run in digit_runs(left)
        for first, count in run.stretches(_ANSWERS.get(asked, ()))
        for begin, end in [run.span(first, count)]
        if announced.stands_for_something(left, begin, end, count)
    ]


def masked(text: str) -> str:
    """The text with what is already hidden made unreadable to every rule, at the same length."""
    return _PLACEHOLDER.sub(lambda hit: HIDDEN * len(hit.group()), text)


def _first_of_any_rule(text: str, *, of_things: bool) -> list[Finding]:
    for rule in _RULES:
        found = list(rule(text)) if rule is not _phone_numbers or not of_things else []
        if found:
            return found
    return []


def _matches(kind: str, pattern: re.Pattern[str], group: str | int = 0) -> Rule:
    def rule(text: str) -> Iterator[Finding]:
        return (Finding(kind, hit.start(group), hit.end(group)) for hit in pattern.finditer(text))

    return rule


def _spans(kind: str, find: Callable[[str], Iterator[tuple[int, int]]]) -> Rule:
    def rule(text: str) -> Iterator[Finding]:
        return (Finding(kind, begin, end) for begin, end in find(text))

    return rule


def find_cards(text: str) -> Iterator[Finding]:
    """Card numbers by their check digit, written or spoken, of 13 to 19 digits."""
    for run in digit_runs(text):
        value, at = run.value, 0
        while at + 13 <= len(value):
            size = next((n for n in (16, 15, 14, 13, 19, 18, 17) if _is_card(value[at : at + n], n)), 0)
            if size:
                yield Finding("CARD", *run.span(at, size))
                at = _after_token(run, at + size)
            else:
                at += 1


def _is_card(digits: str, size: int) -> bool:
    """By the ranges and lengths of the networks (ISO/IEC 7812)."""
    if len(digits) != size or not luhn(digits):
        return False
    two = int(digits[:2])
    if digits[0] == "4":
        return size in (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= int(digits[:4]) <= 2720:
        return size == 16
    if two in (34, 37):
        return size == 15
    return (
        size >= 14
        if two in (30, 36, 38, 39)
        else two in (35, 50, 56, 57, 58, 60, 62, 63, 64, 65, 67, 68) and size >= 13
    )


def _after_token(run: DigitRun, at: int) -> int:
    """The first digit from `at` on that is not of a token already hidden."""
    while at < len(run.digits) and run.digits[at].begin < run.digits[at - 1].end:
        at += 1
    return at


def _announced(text: str) -> Iterator[Finding]:
    for one in announced.announced(text):
        yield Finding(one.kind, one.begin, one.end)


def _phone_numbers(text: str) -> Iterator[Finding]:
    """Ten digits that nothing says to be the number of a thing."""
    for run in digit_runs(text):
        for first, count in run.stretches((10, 11)):
            value = run.value[first : first + count]
            national = value[1:] if count == 11 and value[0] == "1" else value
            american = len(national) == 10 and national[0] in "23456789"
            other = value[0] == "0" and value[1] != "0"
            begin, end = run.span(first, count)
            if (
                (american or other)
                and not announced.is_dated(text, begin, end)
                and announced.called(text, begin) != "TRADE"
            ):
                yield Finding("PHONE", begin, end)


_RULES: tuple[Rule, ...] = (
    _spans("EMAIL", written_emails),
    _spans("EMAIL", spoken_emails),
    _spans("IBAN", written_ibans),
    _spans("IBAN", spelled_ibans),
    find_cards,
    _matches("SSN", _SSN),
    _spans("DOB", birthdays),
    _matches("ID", _IDENTITY, "number"),
    _matches("PASSWORD", _PASSWORD, "word"),
    _matches("PHONE", _PHONE),
    _announced,
    _phone_numbers,
)
