"""AMAZON.Currency."""

import pytest

from tests.lex.slot_answers import answered, cases, found

AMOUNTS = """
[en_US]
$1.56 = USD 1.56
5c = USD 0.05
3 dimes = USD 0.30
five dollars fifteen cents = USD 5.15
five fifteen = USD 515.00
$3 = USD 3.00
100 bucks = USD 100.00
1,000 yen = JPY 1000.00
£20 = GBP 20.00
20 euros = EUR 20.00
five dollars fifteen = USD 5.15
fifty cents = USD 0.50
twenty = USD 20.00
two dollars and fifty cents = USD 2.50
usd 5 = USD 5.00
two hundred and fifty dollars = USD 250.00
$0 = USD 0.00
-5 dollars = none
nothing = none
[en_GB]
5 = GBP 5.00
three pounds fifty = GBP 3.50
50p = GBP 0.50
[en_AU]
$5 = AUD 5.00
[es_ES]
veinticinco euros = EUR 25.00
5 € = EUR 5.00
diez euros con cincuenta = EUR 10.50
1.250,50 € = EUR 1250.50
veinte dólares = USD 20.00
50 céntimos = EUR 0.50
cien = EUR 100.00
tres libras = GBP 3.00
[pt_BR]
vinte reais = BRL 20.00
R$ 12,50 = BRL 12.50
cinco reais e cinquenta centavos = BRL 5.50
cem dólares = USD 100.00
50 centavos = BRL 0.50
dez = BRL 10.00
mil reais = BRL 1000.00
dois euros = EUR 2.00
[fr_FR]
cinq euros cinquante = EUR 5.50
12,50 € = EUR 12.50
vingt dollars = USD 20.00
1 250,50 € = EUR 1250.50
cent = EUR 100.00
dix livres sterling = GBP 10.00
30 centimes = EUR 0.30
quatre-vingts euros = EUR 80.00
[de_DE]
fünf Euro fünfzig = EUR 5.50
12,50 € = EUR 12.50
zwanzig Dollar = USD 20.00
50 Cent = EUR 0.50
1.250,50 Euro = EUR 1250.50
hundert Franken = CHF 100.00
EUR 30 = EUR 30.00
zehn = EUR 10.00
[it_IT]
venti euro = EUR 20.00
cinque euro e cinquanta = EUR 5.50
12,50 € = EUR 12.50
cento dollari = USD 100.00
50 centesimi = EUR 0.50
dieci = EUR 10.00
mille euro = EUR 1000.00
venti sterline = GBP 20.00
[ja_JP]
JPY 300 = JPY 300.00
"""


@pytest.mark.parametrize(("locale", "text", "value"), cases(AMOUNTS))
def test_amounts(locale: str, text: str, value: str | None) -> None:
    assert answered("Currency", locale, text) == value


def test_amounts_stand_in_a_phrase_and_bare_numbers_do_not() -> None:
    assert found("Currency", "en_US", "send 20 dollars or $30 to the 4 of them") == ["USD 20.00", "USD 30.00"]
