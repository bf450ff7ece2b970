"""How the tests of slot types read a value."""

from datetime import date, time

from services.lex.slots.locales import locale_of
from services.lex.slots.resolver import Reading, Resolver
from services.lex.slots.types import BUILT_IN

READING = Reading(today=date(2020, 11, 25), time=time(14, 5))  # a Wednesday


def resolver(kind: str, locale: str) -> Resolver:
    return BUILT_IN[f"AMAZON.{kind}"](locale_of(locale))


def answered(kind: str, locale: str, text: str, reading: Reading = READING) -> str | None:
    """The value of an answer; the values of an ambiguous one with a bar between."""
    finding = resolver(kind, locale).answer(text, reading)
    return None if finding is None else finding.interpreted or "|".join(finding.resolved)


def found(kind: str, locale: str, text: str) -> list[str]:
    return [finding.interpreted or "|".join(finding.resolved) for finding in resolver(kind, locale).find(text, READING)]


def cases(table: str) -> list[tuple[str, str, str | None]]:
    """Locale, text and value of each line of a table: a line `[en_US]` heads the lines `text = value`."""
    read: list[tuple[str, str, str | None]] = []
    locale = ""
    for line in filter(None, map(str.strip, table.splitlines())):
        if line.startswith("["):
            locale = line.strip("[]")
        else:
            text, _, value = line.rpartition(" = ")
            read.append((locale, text, None if value == "none" else value))
    return read
