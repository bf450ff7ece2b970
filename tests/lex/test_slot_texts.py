"""The types whose values are text: phone numbers, addresses, yes and no, names and places."""

import logging
import re

import pytest

from services.lex.definition.model import LocaleDefinition
from services.lex.slots.alphanumeric import AlphaNumericResolver
from services.lex.slots.confirmation import confirmation_of
from services.lex.slots.types import slot_resolvers
from tests.lex.conversation import intent, slot
from tests.lex.slot_answers import READING, answered, cases, found

TEXTS = {
    "EmailAddress": """
[en_US]
john.smith@example.com = john.smith@example.com
my email is john dot smith at example dot com please = john.smith@example.com
j o h n at gmail dot com = john@gmail.com
john underscore smith two at example dot co dot uk = john_smith2@example.co.uk
meet me at 5 = none
[es_ES]
juan punto perez arroba ejemplo punto com = juan.perez@ejemplo.com
[pt_BR]
joão arroba exemplo ponto com = joao@exemplo.com
[fr_FR]
marie point durand arobase exemple point fr = marie.durand@exemple.fr
[de_DE]
max at beispiel punkt de = max@beispiel.de
[it_IT]
mario chiocciola esempio punto it = mario@esempio.it
""",
    "PhoneNumber": """
[en_US]
+1 (509) 555-1212 = +15095551212
555-1212 = 5551212
five five five one two one two = 5551212
plus one five oh nine triple five one two one two = +15095551212
[fr_FR]
06 12 34 56 78 = 0612345678
zéro six douze trente-quatre cinquante-six soixante-dix-huit = 0612345678
[es_ES]
seis uno dos tres cuatro cinco seis siete ocho = 612345678
[de_DE]
null eins fünf zwei doppelt drei vier fünf sechs = 015233456
[it_IT]
tre tre tre uno due tre quattro cinque sei sette = 3331234567
[pt_BR]
nove oito sete meia cinco quatro três dois = 98765432
""",
    "UKPostalCode": """
[en_GB]
sw1a1aa = SW1A 1AA
M1 1AE = M1 1AE
my postcode is ec1a 1bb = EC1A 1BB
B33 8TH = B33 8TH
s w 1 a 1 a a = SW1A 1AA
12345 = none
""",
    "Confirmation": """
[en_US]
yeah = Yes
no way = No
perhaps = Maybe
dunno = Don't know
not sure = Don't know
👍 = Yes
blue = none
[es_ES]
sí = Yes
claro que sí = Yes
no gracias = No
tal vez = Maybe
no sé = Don't know
[pt_BR]
sim = Yes
com certeza = Yes
não = No
talvez = Maybe
não sei = Don't know
[fr_FR]
oui = Yes
bien sûr = Yes
non merci = No
peut-être = Maybe
je ne sais pas = Don't know
[de_DE]
ja bitte = Yes
stimmt = Yes
auf keinen Fall = No
vielleicht = Maybe
weiß nicht = Don't know
[it_IT]
sì = Yes
certo = Yes
no grazie = No
forse = Maybe
non lo so = Don't know
""",
    "City": """
[en_US]
I live in Springfield = Springfield
New York please = New York
12 = none
[de_DE]
ich wohne in Buxtehude = Buxtehude
[es_ES]
vivo en Cuenca = Cuenca
""",
    "FirstName": "[en_US]\nmy name is John Smith = John\n[fr_FR]\nje m'appelle Marie = Marie",
    "LastName": "[en_US]\nJohn Smith = Smith\n[it_IT]\nmi chiamo Mario Rossi = Rossi",
    "Country": "[de_DE]\nich komme aus Frankreich = Frankreich\n[es_ES]\nAlemania = Alemania",
    "State": "[en_US]\ntexas = texas",
    "StreetName": "[en_US]\n12 Main Street = 12 Main Street",
    "FreeFormInput": "[en_US]\nwhat ever, I say! = what ever, I say!",
    "AlphaNumeric": "[en_US]\nab 12 cd = ab12cd\nit is AB-12 = AB-12",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "locale", "text", "value"), [(kind, *case) for kind, table in TEXTS.items() for case in cases(table)]
)
def test_texts(kind: str, locale: str, text: str, value: str | None) -> None:
    assert answered(kind, locale, text) == value


def test_well_known_places_stand_in_a_phrase() -> None:
    assert found("City", "en_US", "book a hotel in new york for me") == ["new york"]
    assert found("Country", "fr_FR", "un vol pour l'Allemagne") == [] or found("Country", "fr_FR", "en Allemagne")


def test_a_regex_with_hyphens_takes_them_as_typed() -> None:
    code = AlphaNumericResolver(re.compile("[A-Z]{2}-[0-9]{3}"))
    finding = code.answer("AB-123", READING)
    assert finding is not None
    assert finding.interpreted == "AB-123"
    assert code.answer("AB-1234", READING) is None


@pytest.mark.parametrize(
    ("locale", "text", "value"),
    [("en_US", "yes, but make it medium", "Yes"),
     ("es_ES", "sí, pero mediana", "Yes"), ("de_DE", "nein, lieber groß", "No"),
     ("fr_FR", "oui mais en grand", "Yes"), ("it_IT", "no, media", "No"), ("pt_BR", "não, a grande", "No")],
)  # fmt: skip
def test_the_yes_or_no_that_a_longer_answer_begins_with(locale: str, text: str, value: str) -> None:
    assert confirmation_of(locale).answer(text, READING) is None
    finding = confirmation_of(locale).leading(text)
    assert finding is not None
    assert finding.interpreted == value


def test_a_language_without_rules_gives_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    booked = intent("Book", "book", slots=[slot("When", "AMAZON.Date"), slot("Count", "AMAZON.Number")])
    with caplog.at_level(logging.WARNING):
        slot_resolvers(LocaleDefinition(identifier="fi_FI", intents={"Book": booked}))
    assert [record.message for record in caplog.records] == ["lex.locale_degraded"]
