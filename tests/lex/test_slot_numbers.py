"""AMAZON.Number and AMAZON.Percentage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lex.slot_answers import answered, cases, found

NUMBERS = """
[en_US]
one hundred twenty three point four five = 123.45
point four two = 0.42
minus 15 = -15
232.998 = 232.998
50 = 50
twenty-five = 25
two thousand and five = 2005
one hundred and five = 105
1,250.50 = 1250.5
2 million = 2000000
three hundred thousand and six = 300006
two and a half = 2.5
twelve hundred = 1200
zero = 0
2k = 2000
a hundred = 100
-3 = -3
nine hundred ninety nine billion = 999000000000
about 7 of them = 7
none of them = none
12.5.3 = none
🙂 = none
[es_ES]
veinticinco = 25
treinta y cinco = 35
mil doscientos = 1200
dos coma cinco = 2.5
1.250,50 = 1250.5
una = 1
cien mil = 100000
dos millones trescientos mil = 2300000
menos tres = -3
ciento uno = 101
[pt_BR]
vinte e cinco = 25
cento e vinte e três = 123
mil e quinhentos = 1500
dois vírgula cinco = 2.5
duzentos = 200
três mil e quarenta e cinco = 3045
1.250,50 = 1250.5
menos dez = -10
[fr_FR]
vingt-cinq = 25
quatre-vingt-dix-sept = 97
soixante et onze = 71
deux cents = 200
mille neuf cent quatre-vingts = 1980
deux virgule cinq = 2.5
1 250,50 = 1250.5
quatre-vingt-un = 81
trois mille = 3000
[de_DE]
fünfundzwanzig = 25
zweihundertfünfzig = 250
zweitausendfünf = 2005
eine Million = 1000000
drei Komma fünf = 3.5
1.250,50 = 1250.5
dreißig = 30
hunderttausend = 100000
fuenfundzwanzig = 25
minus zwölf = -12
anderthalb = 1.5
[it_IT]
venticinque = 25
ventotto = 28
centoventitré = 123
duemila = 2000
milleduecento = 1200
tre virgola cinque = 3.5
centotto = 108
un milione = 1000000
1.250,50 = 1250.5
[en_GB]
1,250.50 = 1250.5
[ja_JP]
1250.5 = 1250.5
"""
PERCENTAGES = """
[en_US]
50 percent = 50%
twenty five percent = 25%
12.5% = 12.5%
50 = 50
minus three per cent = -3%
[es_ES]
veinte por ciento = 20%
12,5 % = 12.5%
[pt_BR]
vinte por cento = 20%
[fr_FR]
vingt pour cent = 20%
[de_DE]
zwanzig Prozent = 20%
[it_IT]
venti per cento = 20%
"""


@pytest.mark.parametrize(("locale", "text", "value"), cases(NUMBERS))
def test_numbers(locale: str, text: str, value: str | None) -> None:
    assert answered("Number", locale, text) == value


@pytest.mark.parametrize(("locale", "text", "value"), cases(PERCENTAGES))
def test_percentages(locale: str, text: str, value: str | None) -> None:
    assert answered("Percentage", locale, text) == value


def test_an_article_is_a_number_only_in_an_answer() -> None:
    assert found("Number", "es_ES", "quiero una pizza") == []
    assert answered("Number", "es_ES", "una") == "1"
    assert found("Number", "es_ES", "quiero dos pizzas y treinta y tres postres") == ["2", "33"]


def test_the_parts_of_a_date_or_a_time_are_no_numbers() -> None:
    assert found("Number", "en_US", "on 2026-05-01 at 10:30 or 5/6") == []


_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = [
    "_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
]  # fmt: skip


def in_words(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    for scale, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= scale:
            rest = number % scale
            link = " and " if 0 < rest < 100 else " "
            return f"{in_words(number // scale)} {name}" + (link + in_words(rest) if rest else "")
    raise AssertionError(number)


@given(st.integers(min_value=-(10**12) + 1, max_value=10**12 - 1))
def test_any_number_said_in_words_comes_back(number: int) -> None:
    said = ("minus " if number < 0 else "") + in_words(abs(number))
    assert answered("Number", "en_US", said) == str(number)
    assert answered("Number", "en_US", str(number)) == str(number)
    assert answered("Number", "en_US", f"{number:,}") == str(number)
