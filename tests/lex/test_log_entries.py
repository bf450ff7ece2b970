"""What is written of a turn: nothing of a slot that is hidden, and which way its paths took."""

import json

import pytest

from services.lex.bots import ServedLocale
from services.lex.definition.reader import read_bots
from services.lex.log_entries import log_entry
from services.lex.nlu.understanding import Understanding
from services.lex.obfuscation import Obfuscation
from services.lex.settings import LexSettings
from tests.lex.conversation import Conversation, Document, FakeHook, answer, hooked, intent, served, slot, step
from tests.lex.rules.shop import CALLS, HOOKED, branching, capture, shop


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


async def written(bot: ServedLocale, *texts: str, hook: FakeHook | None = None, **attributes: str) -> Document:
    """The entry of the last of the texts."""
    talk = Conversation(bot, hook)
    turn = await talk.say(texts[0])
    turn.session.attributes |= attributes
    for text in texts[1:]:
        turn = await talk.say(text)
    return log_entry(turn, Obfuscation(bot), operation="RecognizeText", hidden_attributes=("identityToken",))


LARGE = ('{Size} = "large" AND [vip] = yes', "Big.", step("ElicitSlot", slot="Count"))
SMALL = ("{Size} = small OR {Size} = large", "Well.", step("EndConversation"))
NEVER = ("$.inputMode = Text", "Never looked at.", step("EndConversation"))
BRANCHES: Document = {"captureConditional": branching(LARGE, SMALL, NEVER), "captureNextStep": step("ElicitSlot")}


async def test_the_branches_that_were_tried_are_written_with_what_they_compared() -> None:
    entry = await written(shop(capture(**BRANCHES)), "i want a shirt", "large")
    assert entry["dialogEventLogs"] == [
        {
            "conditionalEvaluationResult": [
                {
                    "conditionalBranchName": "b0",
                    "expressionString": LARGE[0],
                    "evaluatedExpression": '"large" = "large" AND null = yes',
                    "evaluationResult": "false",
                },
                {
                    "conditionalBranchName": "b1",
                    "expressionString": SMALL[0],
                    "evaluatedExpression": '"large" = small OR "large" = large',
                    "evaluationResult": "true",
                },
            ],
            "response": "Well.",
            "nextStep": {"dialogAction": {"type": "EndConversation"}},
        }
    ]


async def test_a_hook_on_the_way_is_written_with_its_label() -> None:
    setting = capture(captureNextStep=CALLS, codeHook=hooked() | {"invocationLabel": "Validate"})
    entry = await written(shop(setting, dialogCodeHook=HOOKED), "i want a shirt", "large", hook=FakeHook())
    events = entry["dialogEventLogs"]
    assert isinstance(events, list)
    assert events[0] == {
        "dialogCodeHookInvocationLabel": "Validate",
        "nextStep": {"dialogAction": {"type": "InvokeDialogCodeHook"}},
    }


async def test_a_turn_without_configured_paths_has_no_dialog_events() -> None:
    assert "dialogEventLogs" not in await written(shop(), "i want a shirt")


async def test_conditions_do_not_tell_what_is_hidden() -> None:
    hiding = '{Size} = huge OR {OrderShirt.Size} = x OR [identityToken] = y OR $.inputTranscript = "z" OR '
    hidden: Document = {"obfuscationSetting": {"obfuscationSettingType": "DefaultObfuscation"}}
    ends = step("EndConversation")
    setting = capture(captureConditional=branching((hiding + '[open] = "1"', "Ok.", ends)), captureNextStep=ends)
    size = slot("Size", "SizeType", **setting) | hidden
    bot = served(intent("OrderShirt", "i want a shirt", slots=[size]))
    entry = await written(bot, "i want a shirt", "large", identityToken="sealed", open="1")
    assert json.dumps(hiding + '"1" = "1"') in json.dumps(entry["dialogEventLogs"])
    for trace in ("large", "sealed"):
        assert trace not in json.dumps(entry)
