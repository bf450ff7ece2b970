"""Obfuscated values that are spoken are hidden in every language in which digits are understood."""

import json

import pytest

from services.lex.bots import ServedLocale
from services.lex.definition.model import SlotDefinition, SlotTypeDefinition
from services.lex.log_entries import log_entry
from services.lex.obfuscation import Obfuscation
from tests.conftest import without_chance
from tests.lex.conversation import Conversation, Document, enumeration, intent, served, slot

PIN_CODE = SlotTypeDefinition.model_validate(
    {
        "name": "PinCode",
        "parentSlotTypeSignature": "AMAZON.AlphaNumeric",
        "valueSelectionSetting": {"resolutionStrategy": "ORIGINAL_VALUE", "regexFilter": {"pattern": "[0-9]{4}"}},
    }
)
HIDDEN: Document = {"obfuscationSetting": {"obfuscationSettingType": "DefaultObfuscation"}}
PIN = {**slot("Pin", "PinCode"), **HIDDEN}


def bank(locale: str, verify: str, thanks: str) -> ServedLocale:
    first = intent("Verify", verify, slots=[PIN])
    assert SlotDefinition.model_validate(PIN).obfuscated
    return served(first, intent("Thanks", thanks), types=(PIN_CODE,), locale_id=locale)


BANKS = {
    "es_ES": bank("es_ES", "quiero identificarme", "muchas gracias por todo"),
    "de_DE": bank("de_DE", "ich will mich ausweisen", "vielen dank für alles"),
    "en_US": bank("en_US", "verify me please", "thanks for everything"),
}


async def written(locale: str, *texts: str) -> list[str]:
    """The log entries of a conversation, as text."""
    talk, obfuscation = Conversation(BANKS[locale]), Obfuscation(BANKS[locale])
    return [
        json.dumps(log_entry(await talk.say(text), obfuscation, operation="RecognizeText", hidden_attributes=()))
        for text in texts
    ]


SPOKEN = [
    ("es_ES", "quiero identificarme", "dos cuatro seis ocho"),
    ("es_ES", "quiero identificarme", "veinticuatro sesenta y ocho"),
    ("es_ES", "quiero identificarme", "dos mil cuatrocientos sesenta y ocho"),
    ("es_ES", "quiero identificarme", "two four six eight"),
    ("de_DE", "ich will mich ausweisen", "zwei vier sechs acht"),
    ("de_DE", "ich will mich ausweisen", "zwo vier sechs acht"),
    ("de_DE", "ich will mich ausweisen", "vierundzwanzig achtundsechzig"),
    ("de_DE", "ich will mich ausweisen", "zweitausendvierhundertachtundsechzig"),
    ("en_US", "verify me please", "two thousand four hundred sixty eight"),
]


@pytest.mark.parametrize(("locale", "verify", "pin"), SPOKEN)
async def test_a_spoken_pin_is_hidden_when_it_is_asked_for(locale: str, verify: str, pin: str) -> None:
    entry = (await written(locale, verify, pin))[1]
    assert pin not in entry
    assert "2468" not in without_chance(entry)
    assert "{Pin}" in entry


@pytest.mark.parametrize(("locale", "verify", "pin"), SPOKEN)
async def test_a_spoken_pin_is_hidden_when_nobody_asked_for_it(locale: str, verify: str, pin: str) -> None:
    (entry,) = await written(locale, f"hm, {pin}, hm")
    assert pin not in entry
    assert json.loads(entry)["inputTranscript"] == "hm, {Pin}, hm"


async def test_other_words_and_other_numbers_stay() -> None:
    for locale, text in (("es_ES", "once upon a time seis"), ("de_DE", "drei mal zwölf"), ("en_US", "one two three")):
        assert json.loads((await written(locale, text))[0])["inputTranscript"] == text


async def test_each_of_several_obfuscated_values_is_hidden_wherever_it_was_copied() -> None:
    many = {**slot("Names", "Name"), "multipleValuesSetting": {"allowMultipleValues": True}, **HIDDEN}
    names = enumeration("Name", {"Ann": [], "Bob": []})
    bot = served(intent("Invite", "invite my friends", slots=[many]), types=(names,))
    talk = Conversation(bot)
    await talk.say("invite my friends")
    turn = await talk.say("Ann and Bob", {"sessionAttributes": {"note": "Bob comes late"}})
    entry = log_entry(turn, Obfuscation(bot), operation="RecognizeText", hidden_attributes=())
    assert "Ann" not in json.dumps(entry)
    assert "Bob" not in json.dumps(entry)
    state = entry["sessionState"]
    assert isinstance(state, dict)
    assert state["sessionAttributes"] == {"note": "{Names} comes late"}
