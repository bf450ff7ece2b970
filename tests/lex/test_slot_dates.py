"""AMAZON.Date. Today is Wednesday, 25 November 2020, the day of the guide's examples."""

from datetime import date

import pytest

from services.lex.slots.dates import DateResolver
from services.lex.slots.resolver import Reading
from tests.lex.slot_answers import READING, answered, cases, found

DATES = """
[en_US]
today = 2020-11-25
tomorrow = 2020-11-26
yesterday = 2020-11-24
the day after tomorrow = 2020-11-27
next week = 2020-11-29
last week = 2020-11-16
this week = 2020-11-23
next month = 2020-12-31
this month = 2020-11-01
last month = 2020-10-01
next year = 2021-12-31
last year = 2019-01-01
next friday = 2020-11-27
friday = 2020-11-27
wednesday = 2020-11-25
next wednesday = 2020-12-02
last friday = 2020-11-20
january 14 = 2021-01-14
14th of january 2022 = 2022-01-14
the twenty fifth of december = 2020-12-25
Friday, January 14 = 2021-01-14
in two weeks = 2020-12-09
3 days ago = 2020-11-22
a month from now = 2020-12-25
1/14 = 2021-01-14
14/1/2022 = 2022-01-14
1/2/2022 = 2022-01-02
2022-01-14 = 2022-01-14
february 29 = 2024-02-29
february 29 2021 = none
feb 30 = none
the 15th = 2020-12-15
in may = 2021-05-31
2027 = 2027-12-31
july twentieth twenty twenty six = 2026-07-20
blue = none
🙂 = none
[en_GB]
1/2/2022 = 2022-02-01
1 February = 2021-02-01
[en_AU]
03/04 = 2021-04-03
[es_ES]
14 enero = 2021-01-14
14 de enero de 2022 = 2022-01-14
mañana = 2020-11-26
pasado mañana = 2020-11-27
el próximo viernes = 2020-11-27
el viernes que viene = 2020-11-27
dentro de tres días = 2020-11-28
hace dos semanas = 2020-11-11
la semana que viene = 2020-11-29
el mes pasado = 2020-10-01
3/4 = 2021-04-03
primero de mayo = 2021-05-01
mañana por la mañana = 2020-11-26
veinticinco de diciembre = 2020-12-25
[es_US]
3/4 = 2021-04-03
[pt_BR]
14 de janeiro = 2021-01-14
amanhã = 2020-11-26
depois de amanhã = 2020-11-27
próxima sexta = 2020-11-27
daqui a três dias = 2020-11-28
há duas semanas = 2020-11-11
semana que vem = 2020-11-29
sexta-feira que vem = 2020-11-27
mês passado = 2020-10-01
[fr_FR]
14 janvier = 2021-01-14
demain = 2020-11-26
après-demain = 2020-11-27
vendredi prochain = 2020-11-27
dans trois jours = 2020-11-28
il y a deux semaines = 2020-11-11
la semaine prochaine = 2020-11-29
le premier mai = 2021-05-01
14/01/2022 = 2022-01-14
le mois dernier = 2020-10-01
aujourd’hui = 2020-11-25
[de_DE]
14. Januar = 2021-01-14
morgen = 2020-11-26
übermorgen = 2020-11-27
nächsten Freitag = 2020-11-27
in drei Tagen = 2020-11-28
vor zwei Wochen = 2020-11-11
nächste Woche = 2020-11-29
14.1.2022 = 2022-01-14
3.4. = 2021-04-03
am vierzehnten Januar = 2021-01-14
Freitag, den 14. Januar 2022 = 2022-01-14
heute Morgen = 2020-11-25
[it_IT]
14 gennaio = 2021-01-14
domani = 2020-11-26
dopodomani = 2020-11-27
venerdì prossimo = 2020-11-27
tra tre giorni = 2020-11-28
due settimane fa = 2020-11-11
la settimana prossima = 2020-11-29
primo maggio = 2021-05-01
il mese scorso = 2020-10-01
[ja_JP]
2022-01-14 = 2022-01-14
"""


@pytest.mark.parametrize(("locale", "text", "value"), cases(DATES))
def test_dates(locale: str, text: str, value: str | None) -> None:
    assert answered("Date", locale, text) == value


def test_v1_resolves_a_week_to_its_monday_and_a_month_to_its_last_day() -> None:
    v1 = DateResolver(v1=True)
    texts = ("next week", "last week", "this month", "last year")
    resolved = [finding.interpreted for text in texts if (finding := v1.answer(text, READING))]
    assert resolved == ["2020-11-30", "2020-11-16", "2020-11-30", "2019-12-31"]


def test_the_turn_of_the_year() -> None:
    eve = Reading(today=date(2020, 12, 31))
    texts = ("tomorrow", "next month", "january 1", "december 31", "last month")
    expected = ["2021-01-01", "2021-01-31", "2021-01-01", "2020-12-31", "2020-11-01"]
    assert [answered("Date", "en_US", text, eve) for text in texts] == expected


def test_days_outside_of_the_calendar_are_none() -> None:
    assert answered("Date", "en_US", "in 999999 years") is None
    assert answered("Date", "en_US", "yesterday", Reading(today=date(1, 1, 1))) is None


def test_several_dates_stand_in_a_phrase() -> None:
    assert found("Date", "en_US", "from may 1 to may 15, or tomorrow") == ["2021-05-01", "2021-05-15", "2020-11-26"]


def test_a_month_that_is_another_word_is_none_inside_a_phrase() -> None:
    assert found("Date", "en_US", "may i sit in the sun") == []
    assert found("Date", "de_DE", "guten Morgen") == []
