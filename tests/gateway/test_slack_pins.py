"""PINs in Slack: a form in place of a message, and what is written of it nowhere."""

import json
from pathlib import Path

import pytest

from services.gateway.settings import GatewaySettings
from tests.conftest import eventually, without_chance
from tests.gateway.conftest import FakeLex, everything_in, says
from tests.gateway.slack_requests import DIRECT, SlackPeer, actions, in_slack

PIN = "2468"
BUTTON = "Enter PIN privately"


async def asked(peer: SlackPeer, text: str = "what is my balance", **fields: object) -> None:
    """The bot wants to know the PIN."""
    before = len(peer.slack.messages)
    peer.lex.turn = says("Please tell me your PIN.", intent="ProvideAccountDetails", asks_for="Pin")
    await peer.say(text, **fields)
    await eventually(lambda: len(peer.slack.messages) > before)
    peer.lex.turn = says("Thank you.")


async def test_pin_is_entered_in_a_form_and_stays_in_no_message(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        await asked(peer)
        question = peer.slack.messages[0]
        assert [one["label"] for one in actions(question.blocks)] == [BUTTON]
        assert "stays in this conversation" in question.text
        await peer.press(BUTTON)
        await eventually(lambda: len(peer.slack.forms) == 1)
        trigger, view = peer.slack.forms[0]
        assert trigger.endswith(".trigger")
        assert view["type"] == "modal"
        answer = await peer.submit(PIN)
        assert (answer.status_code, answer.content) == (200, b"")
        await peer.answers(question.text, "Thank you.")
        assert peer.texts_heard()[1] == PIN
        assert "Entered privately" in json.dumps(question.blocks)
        assert "Please tell me your PIN." in json.dumps(question.blocks)
        assert not actions(question.blocks)
        assert not peer.slack.breaches
    stored = everything_in(Path(settings.data_dir))
    assert PIN.encode() not in stored


async def test_form_counts_once_and_only_while_the_pin_is_wanted(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        await asked(peer)
        await peer.press(BUTTON)
        await eventually(lambda: peer.slack.forms)
        assert (await peer.submit(PIN, "V1")).content == b""
        assert (await peer.submit(PIN, "V1")).content == b""
        await peer.heard(2)
        late = await peer.submit(PIN, "V2")
        assert late.json()["response_action"] == "errors"
        assert "no longer" in late.json()["errors"]["secret"]
        await peer.say("thanks")
        await peer.heard(3)


async def test_button_of_an_earlier_question_opens_no_form(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        await asked(peer)
        button = actions(peer.slack.messages[0].blocks)[0]
        await peer.say("never mind")
        await eventually(lambda: len(peer.slack.messages) == 2)
        await peer.press_action(button, of=0)
        await eventually(lambda: peer.slack.messages[0].updates == 1)
        assert peer.slack.forms == []
        assert "passed" in json.dumps(peer.slack.messages[0].blocks)


async def test_form_of_somebody_else_is_refused(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        await asked(peer)
        await peer.press(BUTTON)
        await eventually(lambda: peer.slack.forms)
        view = peer.slack.forms[0][1]
        peer.user = "U0SECOND"
        assert (await peer.submit(PIN)).json()["response_action"] == "errors"
        peer.user = "U0CUSTOMER"
        view["private_metadata"] = str(view["private_metadata"]).replace("D0CUSTOMER", "D0SECOND")
        assert (await peer.submit(PIN)).json()["response_action"] == "errors"
        assert peer.texts_heard() == ["what is my balance"]


async def test_typed_pin_works_and_one_is_told_to_delete_it(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        await asked(peer)
        await peer.say(PIN)
        await eventually(lambda: len(peer.slack.messages) == 2)
        assert peer.texts_heard()[1] == PIN
        assert "please delete that message" in peer.slack.messages[1].text
    assert PIN not in without_chance(everything_in(Path(settings.data_dir)))


async def test_logs_hold_no_pin_no_word_and_no_token(
    settings: GatewaySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with in_slack(settings, log_level="DEBUG") as peer:
        await asked(peer, "Xylophone please")
        await peer.press(BUTTON)
        await eventually(lambda: peer.slack.forms)
        await peer.submit(PIN)
        await eventually(lambda: len(peer.slack.messages) == 2)
        peer.slack.errors["chat.postMessage"] = ["token_revoked"]
        await peer.say("Xylophone again")
        await eventually(lambda: not peer.slack.errors["chat.postMessage"])
    said = without_chance(capsys.readouterr().out)
    assert "slack.install_revoked" in said
    for secret in (PIN, "Xylophone", "xoxb", "client-secret", "signing-secret", peer.user):
        assert secret not in said


async def test_form_answers_in_the_thread_of_the_question(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        await asked(peer, thread_ts="1700000000.000042")
        await peer.press(BUTTON)
        await eventually(lambda: peer.slack.forms)
        await peer.submit(PIN)
        await eventually(lambda: len(peer.slack.messages) == 2)
        assert [one.thread_ts for one in peer.slack.messages] == ["1700000000.000042"] * 2
        assert peer.slack.messages[1].channel == DIRECT


async def test_every_pin_of_the_bot_is_asked_for_by_the_form_and_kept_nowhere(settings: GatewaySettings) -> None:
    lex = FakeLex()
    async with in_slack(settings, lex=lex) as peer:
        for number, slot in enumerate(("CurrentPin", "NewPin", "NewPinAgain")):
            lex.turn = says(f"{slot}?", asks_for=slot, attributes={"identityToken": "t"})
            await peer.say("go on" if number == 0 else PIN)
            await eventually(lambda n=number: len(peer.slack.messages) == n + 1)
            assert [one["label"] for one in actions(peer.slack.messages[-1].blocks)] == [BUTTON]
    assert PIN not in without_chance(everything_in(Path(settings.data_dir)))
