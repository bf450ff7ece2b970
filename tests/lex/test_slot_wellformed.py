"""Whatever is typed, no resolver breaks, and only well-formed values come out."""

import re

from hypothesis import given
from hypothesis import strategies as st

from services.lex.slots.types import BUILT_IN
from tests.lex.slot_answers import READING, resolver

LOCALES = ("en_US", "en_GB", "es_ES", "pt_BR", "fr_FR", "de_DE", "it_IT", "ja_JP")
FORMS = {
    "Number": r"-?\d+(\.\d+)?",
    "Percentage": r"-?\d+(\.\d+)?%?",
    "Date": r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
    "Time": r"([01]\d|2[0-3]):[0-5]\d|MO|AF|EV|NI|AM|PM",
    "Duration": r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?",
    "Currency": r"[A-Z]{3} \d+\.\d\d",
    "PhoneNumber": r"\+?\d{7,15}",
    "EmailAddress": r"[^\s@]+@[^\s@]+\.[^\s@.]+",
    "UKPostalCode": r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}",
    "Confirmation": r"Yes|No|Maybe|Don't know",
}
WORDS = [
    "next", "last", "in", "two", "twenty", "five", "may", "31", "february", "monday", "week", "half", "past",
    "quarter", "to", "at", "noon", "10", "24:00", "$", "dollars", "cents", "minus", "point", "hundred",
    "thousand", "mañana", "las", "y", "media", "cuarto", "halb", "vier", "uhr", "vor", "nach", "heures", "et",
    "demie", "quatre", "vingt", "alle", "meno", "e", "mezza", "às", "meia", "próxima", "prochain",
    "fünfundzwanzig", "venticinque", "de", "la", "tarde", "%", "1/2", "99.99", ",", ".", "-", ":", "€", "12.11.",
    "am", "pm", "hours", "ago", "and", "a",
]  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))


@given(TEXTS, st.sampled_from(LOCALES))
def test_any_text_gives_well_formed_values_where_they_stand(text: str, locale: str) -> None:
    for name in BUILT_IN:
        kind = name.removeprefix("AMAZON.")
        slot_type = resolver(kind, locale)
        answer = slot_type.answer(text, READING)
        for finding in [*slot_type.find(text, READING), *([answer] if answer else [])]:
            assert 0 <= finding.start < finding.end <= len(text)
            values = (*finding.resolved, *([finding.interpreted] if finding.interpreted is not None else []))
            assert values
            form = FORMS.get("Date" if kind == "DATE" else kind)
            assert form is None or all(re.fullmatch(form, value) for value in values), (kind, text, values)
