"""AMAZON.Time and AMAZON.Duration."""

import pytest

from tests.lex.slot_answers import READING, answered, cases, found, resolver

TIMES = """
[en_US]
10 am = 10:00
10 o'clock = 10:00|22:00
half past ten = 10:30|22:30
quarter to six pm = 17:45
ten thirty = 10:30|22:30
5:15 pm = 17:15
noon = 12:00
midnight = 00:00
in the morning = MO
this afternoon = AF
evening = EV
tonight = NI
pm = PM
8 in the evening = 20:00
24:00 = 00:00
25:00 = none
ten past five = 05:10|17:10
three p.m. = 15:00
at 7 = 07:00|19:00
10 = 10:00|22:00
15:30 = 15:30
tomorrow morning at 8 = 08:00
12 am = 00:00
12:30 = 00:30|12:30
twelve thirty pm = 12:30
1430 hours = 14:30
ten oh five = 10:05|22:05
9 at night = 21:00
now = 14:05
good morning = none
$10.50 = none
[es_ES]
a las tres de la tarde = 15:00
las diez = 10:00|22:00
las cinco y media = 05:30|17:30
las ocho menos cuarto = 07:45|19:45
mañana por la mañana = MO
15:30 = 15:30
mediodía = 12:00
a las 8 de la noche = 20:00
veinte horas = 20:00
las siete y veinte de la tarde = 19:20
mañana por la tarde = AF
[pt_BR]
três da tarde = 15:00
às dez e meia = 10:30|22:30
meio-dia = 12:00
às oito da noite = 20:00
15h30 = 15:30
quinze para as seis = 05:45|17:45
amanhã de manhã = MO
às 9 horas = 09:00
oito e quinze da manhã = 08:15
[fr_FR]
dix heures = 10:00
dix heures et demie = 10:30
huit heures du soir = 20:00
midi = 12:00
8h30 = 08:30
trois heures de l'après-midi = 15:00
six heures moins le quart = 05:45
demain matin = MO
vingt heures quinze = 20:15
ce soir = EV
[de_DE]
um zehn Uhr = 10:00
halb vier = 03:30|15:30
Viertel nach acht = 08:15|20:15
viertel vor sechs abends = 17:45
15 Uhr 30 = 15:30
acht Uhr abends = 20:00
mittags = 12:00
fünf nach halb drei = 02:35|14:35
heute Abend = EV
morgen früh = MO
drei Uhr nachmittags = 15:00
[it_IT]
alle tre del pomeriggio = 15:00
alle dieci e mezza = 10:30|22:30
alle otto di sera = 20:00
mezzogiorno = 12:00
le sei meno un quarto = 05:45|17:45
15:30 = 15:30
domani mattina = MO
alle otto e un quarto = 08:15|20:15
ore 20 = 20:00
[ja_JP]
15:30 = 15:30
"""
DURATIONS = """
[en_US]
ten minutes = PT10M
eight weeks = P8W
two years three hours ten minutes = P2YT3H10M
half an hour = PT30M
an hour and a half = PT1H30M
1.5 hours = PT1H30M
two and a half days = P2DT12H
90 min = PT90M
2h30 = PT2H30M
a week = P1W
two weeks and three days = P17D
quarter of an hour = PT15M
three quarters of an hour = PT45M
30 seconds = PT30S
one second = PT1S
PT10M = PT10M
0 minutes = PT0M
a fortnight = P2W
for 6 months please = P6M
ages = none
[es_ES]
diez minutos = PT10M
ocho semanas = P8W
dos horas y media = PT2H30M
media hora = PT30M
una hora y diez minutos = PT1H10M
tres cuartos de hora = PT45M
dos años = P2Y
1,5 horas = PT1H30M
[pt_BR]
dez minutos = PT10M
meia hora = PT30M
uma hora e meia = PT1H30M
duas semanas = P2W
três dias e duas horas = P3DT2H
um ano = P1Y
1,5 horas = PT1H30M
seis meses = P6M
[fr_FR]
dix minutes = PT10M
une heure et demie = PT1H30M
une demi-heure = PT30M
deux semaines = P2W
un quart d'heure = PT15M
2h30 = PT2H30M
trois jours et deux heures = P3DT2H
un an = P1Y
[de_DE]
zehn Minuten = PT10M
acht Wochen = P8W
eine halbe Stunde = PT30M
zweieinhalb Stunden = PT2H30M
anderthalb Stunden = PT1H30M
2 Stunden und 10 Minuten = PT2H10M
eine Viertelstunde = PT15M
1,5 Stunden = PT1H30M
drei Tage = P3D
[it_IT]
dieci minuti = PT10M
mezz'ora = PT30M
un'ora e mezza = PT1H30M
due settimane = P2W
un quarto d'ora = PT15M
tre giorni = P3D
due ore e dieci minuti = PT2H10M
un anno = P1Y
"""


@pytest.mark.parametrize(("locale", "text", "value"), cases(TIMES))
def test_times(locale: str, text: str, value: str | None) -> None:
    assert answered("Time", locale, text) == value


@pytest.mark.parametrize(("locale", "text", "value"), cases(DURATIONS))
def test_durations(locale: str, text: str, value: str | None) -> None:
    assert answered("Duration", locale, text) == value


def test_an_ambiguous_time_has_two_values_and_none_that_is_interpreted() -> None:
    finding = resolver("Time", "en_US").answer("10 o'clock", READING)
    assert finding is not None
    slot = finding.slot()
    assert slot.value is not None
    assert (slot.value.original_value, slot.value.interpreted_value) == ("10 o'clock", None)
    assert slot.value.resolved_values == ["10:00", "22:00"]


def test_a_time_stands_in_a_phrase() -> None:
    assert found("Time", "en_US", "book a table at 7 for 4 people") == ["07:00|19:00"]
    assert found("Time", "en_US", "it costs 10.50, ratio 3:2, i am fine") == []
    assert found("Duration", "en_US", "stay 3 nights, well, two weeks or 10 days") == ["P2W", "P10D"]
