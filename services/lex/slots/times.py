"""AMAZON.Time: `HH:MM` of 24 hours, or a part of the day: MO morning, AF afternoon, EV evening, NI night, AM, PM."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from services.lex.slots.languages.language import Language
from services.lex.slots.locales import Locale, locale_of
from services.lex.slots.matches import Candidate, finding, without_overlaps
from services.lex.slots.resolver import Finding, Reading
from services.lex.slots.views import view_of

_HALF_DAY = 12 * 60
_GROUPS = {
    "{h}": r"(?P<h>\d{1,2})(?!\d)", "{hh}": r"(?P<h>[01]\d|2[0-4])", "{m}": r"(?P<m>[0-5]?\d)(?!\d)",
    "{mm}": r"(?P<m>[0-5]\d)(?!\d)", "{less}": r"(?P<less>[0-5]?\d)(?!\d)",
}  # fmt: skip
_BEFORE = r"(?<![\w:.,/$€£%+-])"
_GREETING = re.compile(r"\b(?:good|guten|gute|boa|buona|bonne|buenas?)\s$")
_TO_PART = re.compile(r"[\s,]*")
_FIXED = {"p30": 30, "p15": 15, "q15": -15}


@dataclass(frozen=True, slots=True)
class _Rule:
    """`minutes` are added to the time; `exact` is a form of the 24 hour clock; `bare` counts only in an answer."""

    pattern: re.Pattern[str]
    minutes: int = 0
    exact: bool = False
    bare: bool = False


class TimeResolver:
    """An hour of 12 without a part of the day is ambiguous: two values, and none of them is the interpreted one."""

    def __init__(self, locale: Locale | None = None) -> None:
        self._locale = locale or locale_of("en_US")

    def find(self, text: str, reading: Reading) -> Sequence[Finding]:
        return self._read(text, reading, bare=False)

    def answer(self, text: str, reading: Reading) -> Finding | None:
        found = self._read(text, reading, bare=False)
        if not any(":" in value for item in found for value in item.resolved):
            found = self._read(text, reading, bare=True) or found
        return found[0] if found else None

    def examples(self) -> Sequence[str]:
        return ("10:30", "8 pm", "15:00") if not self._locale.hours_24 else ("10:30", "15:00")

    def _read(self, text: str, reading: Reading, *, bare: bool) -> list[Finding]:
        view = view_of(text, self._locale.language, self._locale.comma)
        candidates = without_overlaps(self._candidates(view.text, reading, bare))
        found = [finding(text, view, item) for item in _with_parts(view.text, candidates) if item.values]
        return [item for item in found if bare or item.interpreted not in ("AM", "PM")]

    def _candidates(self, text: str, reading: Reading, bare: bool) -> Iterator[Candidate]:
        rules = _rules(self._locale.language)
        if not rules.worth_trying.search(text):
            return
        for rule in rules.hours:
            if bare or not rule.bare:
                for match in rule.pattern.finditer(text):
                    yield Candidate(match.start(), match.end(), _values(match, rule, self._locale.hours_24))
        for match in rules.words.finditer(text):
            if not _GREETING.search(text, max(0, match.start() - 8), match.start()):
                said = match.lastgroup or ""
                yield Candidate(match.start(), match.end(), (rules.named.get(said, said),))
        if bare and reading.time is not None:
            for match in rules.now.finditer(text):
                yield Candidate(match.start(), match.end(), (reading.time.strftime("%H:%M"),))


@dataclass(frozen=True, slots=True)
class _Rules:
    hours: tuple[_Rule, ...]
    words: re.Pattern[str]
    named: dict[str, str]
    now: re.Pattern[str]
    worth_trying: re.Pattern[str]


@cache
def _rules(language: Language) -> _Rules:
    clock = language.clock
    part = "|".join(f"(?P<{name}>{pattern})" for name, pattern in clock.parts.items()) or r"(?!)"
    behind = rf"(?:[\s,]*(?:{part}))"
    with_part = rf"{_BEFORE}(?P<h>\d{{1,2}})(?:(?:[:.h\s]|\s+[ey]\s+)(?P<m>[0-5]\d))?(?!\d){behind}(?!\w)"
    hours = [
        _Rule(re.compile(with_part)),
        *(_Rule(_compiled(template, behind), minutes) for template, minutes in clock.spoken),
        *(_Rule(_compiled(template, behind), exact=True) for template in clock.exact),
        *(_Rule(_compiled(template, behind), bare=True) for template in clock.bare),
    ]
    named = {f"n{n}": value for n, value in enumerate(clock.named.values())}
    fixed = [f"(?P<n{n}>{pattern})" for n, pattern in enumerate(clock.named)]
    words = "|".join([*fixed, part])
    names = [*clock.named, *clock.parts.values(), clock.now]
    return _Rules(
        tuple(hours),
        re.compile(rf"(?<!\w)(?:{words})(?!\w)"),
        named,
        re.compile(rf"(?<!\w)(?:{clock.now})(?!\w)"),
        re.compile(rf"\d|(?<!\w)(?:{'|'.join(names)})(?!\w)"),
    )


def _compiled(template: str, behind: str) -> re.Pattern[str]:
    for name, group in _GROUPS.items():
        template = template.replace(name, group)
    return re.compile(rf"{_BEFORE}(?:{template})(?!\w){behind}?(?!\w|[.,:/]\d|\s?[%€$£])")


def _values(match: re.Match[str], rule: _Rule, hours_24: bool) -> tuple[str, ...]:
    """The times that the match can mean; none when there is no such time."""
    groups = match.groupdict()
    hour = int(groups["h"])
    shift = rule.minutes + int(groups.get("m") or 0) - int(groups.get("less") or 0)
    shift += sum(minutes for name, minutes in _FIXED.items() if groups.get(name))
    total = hour * 60 + shift
    if hour > 24 or (hour == 24 and shift > 0):
        return ()
    part = next((name for name in ("AM", "PM", "MO", "AF", "EV", "NI") if groups.get(name)), None)
    if hour > 12 or hour == 0:
        return (_written(total),)
    if part is not None:
        return (_written(_in_part(total % _HALF_DAY, part)),)
    if (rule.exact and hours_24) or match["h"].startswith("0"):
        return (_written(total),)
    return _written(total % _HALF_DAY), _written(total % _HALF_DAY + _HALF_DAY)


def _in_part(minutes: int, part: str) -> int:
    """The minutes since midnight of a time on the dial in a part of the day; night is before midnight from 5 on."""
    afternoon = part in ("PM", "AF", "EV") or (part == "NI" and minutes >= 5 * 60)
    return minutes + (_HALF_DAY if afternoon else 0)


def _written(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def _with_parts(text: str, candidates: list[Candidate]) -> list[Candidate]:
    """ "tomorrow morning at 8": a part of the day before an ambiguous time decides it."""
    joined: list[Candidate] = []
    for candidate in candidates:
        part = joined[-1] if joined else None
        decided = part and part.values and part.values[0].isalpha() and len(candidate.values) == 2
        if part and decided and _TO_PART.fullmatch(text, part.end, candidate.start):
            hours, minutes = map(int, candidate.values[0].split(":"))
            value = _written(_in_part(hours * 60 + minutes, part.values[0]))
            joined[-1] = Candidate(part.start, candidate.end, (value,))
        else:
            joined.append(candidate)
    return joined
