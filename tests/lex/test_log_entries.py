"""What is written of a turn when the hook has left the intent whose slots were heard."""

import json

import pytest

from services.lex.bots import ServedLocale
from services.lex.definition.reader import read_bots
from services.lex.log_entries import log_entry
from services.lex.nlu.understanding import Understanding
from services.lex.obfuscation import Obfuscation
from services.lex.settings import LexSettings
from tests.lex.conversation import Conversation, FakeHook, answer


@pytest.fixture(scope="module")
def demo() -> ServedLocale:
    bot = read_bots(LexSettings().lex_bots_dir)[0]
    locale = bot.locales["en_US"]
    return ServedLocale(bot, locale, Understanding(locale))


@pytest.mark.parametrize(
    "said",
    [
        "my number is 555-555-0100 and my pin is 2468",
        "+15555550100 2468",
        "5555550100 2 4 6 8",
        "555 555 0100 and two four six eight",
        "555 555 0100 and ２４６８",
        "555 555 0100 and twenty four sixty eight",
    ],
)
@pytest.mark.parametrize("goes_on_with", ["ProvideAccountDetails", "VerifyIdentity"])
async def test_no_pin_is_written_when_the_hook_goes_on_with_another_intent(
    demo: ServedLocale, said: str, goes_on_with: str
) -> None:
    hook = FakeHook(
        answer("ElicitSlot", "Your number?", slot="PhoneNumber"),
        answer("Close", "Verified.", intent={"name": goes_on_with, "state": "Fulfilled"}),
    )
    talk = Conversation(demo, hook)
    await talk.say("verify me")
    turn = await talk.say(said)
    entry = json.dumps(log_entry(turn, Obfuscation(demo), operation="RecognizeText", hidden_attributes=()))
    for trace in ("2468", "2 4 6 8", "four six", "sixty", "２４６８", r"\uff12"):
        assert trace not in entry
    assert "{Pin}" in entry
    assert "0100" in entry
