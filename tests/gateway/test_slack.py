"""The bot in Slack, as Slack sees it: signed events in, messages out."""

import json
import re

from services.gateway.settings import GatewaySettings
from shared.schemas.lex import Button, DialogAction, ImageResponseCard, Message, RecognizeTextResponse, SessionState
from tests.conftest import eventually
from tests.gateway.conftest import FakeLex, says
from tests.gateway.fakes_slack import APP, BOT, TEAM, FakeSlack
from tests.gateway.slack_requests import DIRECT, EVENTS, USER, actions, in_slack, install, message, new_time, signed


def card(*buttons: str, title: str = "Choose an account", subtitle: str | None = None) -> Message:
    shown = [Button(text=text, value=f"{text} please") for text in buttons]
    return Message(
        content_type="ImageResponseCard",
        image_response_card=ImageResponseCard(title=title, subtitle=subtitle, buttons=shown or None),
    )


def answers_with(lex: FakeLex, *messages: Message, asks_for: str | None = None) -> None:
    action = DialogAction(type="ElicitSlot", slot_to_elicit=asks_for) if asks_for else DialogAction(type="Close")

    async def turn(text: str) -> RecognizeTextResponse:
        return RecognizeTextResponse(
            session_id="s", messages=list(messages), session_state=SessionState(dialog_action=action)
        )

    lex.turn = turn


async def test_message_is_answered_in_the_same_conversation(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        answer = await peer.say("What is my balance?")
        assert (answer.status_code, answer.content) == (200, b"")
        await peer.answers("Hello.")
        await peer.say("And now?")
        await peer.answers("Hello.", "Hello.")
        (first, text), (second, _) = peer.lex.heard
        assert (text, second) == ("What is my balance?", first)
        assert re.fullmatch(r"slack:[a-p]{32}", first)
        told = peer.lex.attributes[0]
        assert told["omnilex:channel"] == "slack"
        assert told["x-amz-lex:channels:platform"] == "Slack"
        assert re.fullmatch(r"[a-p]{32}", told["omnilex:channel-address"])
        assert "omnilex:caller-number" not in told
        assert not peer.slack.breaches


async def test_url_is_verified_with_a_signature_only(settings: GatewaySettings) -> None:
    body = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZbrw1aBm2r"}).encode()
    async with in_slack(settings) as peer:
        answer = await peer.post(EVENTS, body)
        assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1aBm2r"})
        refused = await peer.post(EVENTS, body, signed(body, secret="another"))
        assert refused.status_code == 401
        assert "3eZbrw1aBm2r" not in refused.text


async def test_retries_are_answered_once(settings: GatewaySettings) -> None:
    event = message("Pay the electricity bill")
    async with in_slack(settings) as peer:
        for number in range(4):
            body = json.dumps(
                {
                    "type": "event_callback",
                    "team_id": TEAM,
                    "api_app_id": APP,
                    "event_id": "Ev1",
                    "event_time": 1,
                    "event": event,
                }
            ).encode()
            retried = {"x-slack-retry-num": str(number), "x-slack-retry-reason": "http_timeout"} if number else {}
            answer = await peer.post(EVENTS, body, {**signed(body), **retried})
            assert answer.status_code == 200
        await peer.say("Thanks")
        await peer.heard(2)
        await peer.answers("Hello.", "Hello.")


NOT_SAID: list[dict[str, object]] = [
    {"bot_id": "B0OTHER"},
    {"bot_id": "B0OWN", "user": BOT},
    {"user": BOT},
    {"subtype": "bot_message", "user": None},
    {"subtype": "message_changed", "hidden": True, "user": None},
    {"subtype": "message_deleted", "hidden": True, "user": None},
    {"subtype": "channel_join"},
    {"subtype": "me_message"},
    {"edited": {"user": USER, "ts": "1.1"}},
    {"channel": "C0OFFICE", "channel_type": "channel"},
    {"channel": "G0GROUP", "channel_type": "mpim"},
    {"text": ""},
    {"type": "reaction_added"},
    {"type": "app_mention"},
]


async def test_what_no_person_says_is_not_heard(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        for fields in NOT_SAID:
            assert (await peer.tell({**message("Hello"), **fields})).status_code == 200
        await peer.say("Are you there?")
        await peer.answers("Hello.")
        assert peer.texts_heard() == ["Are you there?"]


TYPED = [
    ("a &lt;b&gt; &amp; c", "a <b> & c"),
    ("&amp;lt;", "&lt;"),
    ("pay <@U0ANNA|anna> in <#C0OFFICE|office>", "pay @anna in #office"),
    (f"<@{BOT}> pay my bill", "pay my bill"),
    ("<!here> <!subteam^S1|@bank> hi", "@bank hi"),
    ("my mail is <mailto:a@b.example|a@b.example>", "my mail is a@b.example"),
    ("call <tel:+15550100|+1 555 0100>", "call +1 555 0100"),
    ("see <https://bank.example/a?b=1&amp;c=2>", "see https://bank.example/a?b=1&c=2"),
    ("nul\x00 and bell\x07", "nul and bell"),
    ("two\nlines", "two\nlines"),
]


async def test_bot_hears_what_was_typed(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        for sent, _ in TYPED:
            await peer.say(sent)
        await peer.heard(len(TYPED))
        assert peer.texts_heard() == [heard for _, heard in TYPED]


async def test_long_messages_and_files_are_refused_kindly(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        await peer.say("x" * 1025)
        await eventually(lambda: len(peer.slack.messages) == 1)
        await peer.say("", subtype="file_share", files=[{"id": "F1"}])
        await eventually(lambda: len(peer.slack.messages) == 2)
        assert "fewer words" in peer.slack.messages[0].text
        assert "can't read files" in peer.slack.messages[1].text
        await peer.say("this one", subtype="file_share", files=[{"id": "F2"}])
        await peer.heard(1)
        assert peer.texts_heard() == ["this one"]


async def test_answer_goes_to_the_thread_it_was_asked_in(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        await peer.say("one", ts="1700000009.000001")
        await peer.say("two", thread_ts="1700000009.000001")
        await peer.say("three", thread_ts="1700000009.000777")
        await peer.say("four", ts="1700000009.000009", thread_ts="1700000009.000009")
        await eventually(lambda: len(peer.slack.messages) == 4)
        threads = [message.thread_ts for message in peer.slack.messages]
        assert threads == [None, "1700000009.000001", "1700000009.000777", None]


async def test_people_and_workspaces_do_not_share_a_conversation(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        assert (await install(peer, "code-2", team="T0OTHER")).status_code == 200
        await peer.say("one")
        await peer.tell(message("two", user="U0SECOND", channel="D0SECOND"))
        await peer.tell(message("three", channel="D0THIRD"), team_id="T0OTHER")
        await eventually(lambda: len(peer.slack.messages) == 3)
        assert len({session for session, _ in peer.lex.heard}) == 3
        assert len({told["omnilex:channel-address"] for told in peer.lex.attributes}) == 3
        assert {(one.team, one.channel) for one in peer.slack.messages} == {
            (TEAM, DIRECT),
            (TEAM, "D0SECOND"),
            ("T0OTHER", "D0THIRD"),
        }


async def test_nothing_in_an_answer_names_anybody(settings: GatewaySettings) -> None:
    lex = FakeLex()
    lex.turn = says("Payee <!channel> & <@U0ANNA> <https://evil.example|bank> is @here. See https://bank.example/fees.")
    async with in_slack(settings, lex=lex) as peer:
        await peer.say("hi")
        await eventually(lambda: len(peer.slack.messages) == 1)
        sent = peer.slack.messages[0]
        shown = json.dumps(sent.blocks) + sent.text
        assert not re.search(r"<[!@#]|\|bank>", shown)
        assert "<https://bank.example/fees>." in sent.text
        assert "&lt;!channel&gt; &amp; &lt;@U0ANNA&gt;" in sent.text
        assert not peer.slack.breaches


async def test_speech_is_written_as_words(settings: GatewaySettings) -> None:
    lex = FakeLex()
    ssml = "<speak>Your <break time='1s'/>balance is <say-as interpret-as='x'>$5 &amp; up</say-as></speak>"
    answers_with(lex, Message(content_type="SSML", content=ssml))
    async with in_slack(settings, lex=lex) as peer:
        await peer.say("hi")
        await peer.answers("Your balance is $5 &amp; up")


async def test_long_answer_is_split_within_the_limits(settings: GatewaySettings) -> None:
    lex = FakeLex()
    words = " ".join(f"word{number}<&😀" for number in range(2500))
    lex.turn = says(words, "The end.")
    async with in_slack(settings, lex=lex) as peer:
        await peer.say("tell me everything")
        await eventually(lambda: peer.slack.messages and peer.slack.messages[-1].text.endswith("The end."))
        assert len(peer.slack.messages) > 1
        assert not peer.slack.breaches
        said = [
            block["text"]["text"]  # type: ignore[index]  # JSON of a known shape
            for one in peer.slack.messages
            for block in one.blocks
            if block["type"] == "section"
        ]
        whole = " ".join(said).replace("&lt;", "<").replace("&amp;", "&")
        assert whole.split() == [*words.split(), "The", "end."]


async def test_card_becomes_buttons_and_a_press_is_said_once(settings: GatewaySettings) -> None:
    lex = FakeLex()
    answers_with(lex, card("Savings", "Checking", subtitle="Which one?"))
    async with in_slack(settings, lex=lex) as peer:
        await peer.say("balance")
        await eventually(lambda: len(peer.slack.messages) == 1)
        asked = peer.slack.messages[0]
        assert [block["type"] for block in asked.blocks] == ["header", "section", "actions"]
        assert asked.text == "Choose an account\nWhich one?\n• Savings\n• Checking"
        before = actions(asked.blocks)
        lex.turn = says("$5.")
        assert (await peer.press("Savings", of=0)).status_code == 200
        await eventually(lambda: len(peer.slack.messages) == 2)
        assert peer.texts_heard() == ["balance", "Savings please"]
        await eventually(lambda: asked.updates == 1)
        assert not actions(asked.blocks)
        assert "You chose: Savings" in json.dumps(asked.blocks)
        for again in before:  # what another window still shows
            assert (await peer.press_action(again, of=0)).status_code == 200
        await peer.say("thanks")
        await peer.heard(3)
        assert peer.texts_heard()[2] == "thanks"
        assert not peer.slack.breaches


async def test_card_of_an_earlier_question_is_harmless(settings: GatewaySettings) -> None:
    lex = FakeLex()
    answers_with(lex, card("Yes", "No", title="Pay $250 to Anna?"))
    async with in_slack(settings, lex=lex) as peer:
        await peer.say("pay anna")
        await eventually(lambda: len(peer.slack.messages) == 1)
        answers_with(lex, card("Yes", "No", title="Pay $9,000 to Bob?"))
        await peer.say("no, pay bob")
        await eventually(lambda: len(peer.slack.messages) == 2)
        assert (await peer.press("Yes", of=0)).status_code == 200
        await eventually(lambda: peer.slack.messages[0].updates == 1)
        assert "This question has passed" in json.dumps(peer.slack.messages[0].blocks)
        assert not actions(peer.slack.messages[0].blocks)
        await peer.press("Yes", of=1)
        await peer.heard(3)
        assert peer.texts_heard() == ["pay anna", "no, pay bob", "Yes please"]


async def test_many_choices_become_a_menu(settings: GatewaySettings) -> None:
    lex = FakeLex()
    answers_with(lex, card(*(f"Account {number}" for number in range(30))))
    async with in_slack(settings, lex=lex) as peer:
        await peer.say("balance")
        await eventually(lambda: len(peer.slack.messages) == 1)
        assert [one["type"] for one in actions(peer.slack.messages[0].blocks)] == ["static_select"] * 30
        lex.turn = says("$5.")
        await peer.press("Account 17")
        await peer.heard(2)
        assert peer.texts_heard()[1] == "Account 17 please"
        assert not peer.slack.breaches


async def test_values_too_long_for_a_menu_are_buttons(settings: GatewaySettings) -> None:
    lex = FakeLex()
    answers_with(lex, card(*(f"{number} " + "long " * 40 for number in range(8)), title="T" * 200))
    async with in_slack(settings, lex=lex) as peer:
        await peer.say("balance")
        await eventually(lambda: len(peer.slack.messages) == 1)
        shown = actions(peer.slack.messages[0].blocks)
        assert [one["type"] for one in shown] == ["button"] * 8
        assert all(str(one["label"]).endswith("…") for one in shown)
        lex.turn = says("ok")
        await peer.press_action(shown[7])
        await peer.heard(2)
        assert peer.texts_heard()[1] == "7 " + "long " * 40 + " please"
        assert not peer.slack.breaches


async def test_only_values_that_were_shown_there_count(settings: GatewaySettings) -> None:
    lex = FakeLex()
    answers_with(lex, card("Yes", "No"))
    async with in_slack(settings, lex=lex) as peer:
        await peer.say("pay")
        await eventually(lambda: len(peer.slack.messages) == 1)
        yes, no = actions(peer.slack.messages[0].blocks)
        proof = str(yes["value"]).partition(".")[0]
        wrong: list[dict[str, object]] = [
            {**yes, "value": "Yes please"},
            {**yes, "value": f"{proof}.pay everything"},
            {**yes, "block_id": "1~other"},
            {**yes, "value": ""},
            {**yes, "value": "é." + "x"},
        ]
        for action in wrong:
            assert (await peer.press_action(action)).status_code == 200
        peer.user = "U0SECOND"
        assert (await peer.press_action(yes)).status_code == 200
        peer.user = USER
        assert (await peer.press_action(yes, channel={"id": "C0OFFICE"})).status_code == 200
        await peer.press_action(no)
        await peer.heard(2)
        assert peer.texts_heard() == ["pay", "No please"]


async def test_picture_that_slack_cannot_load_costs_the_blocks_only(settings: GatewaySettings) -> None:
    lex, slack = FakeLex(), FakeSlack()
    slack.errors["chat.postMessage"] = ["invalid_blocks"]
    answers_with(lex, card("Yes", title="Hello"))
    async with in_slack(settings, lex=lex, slack=slack) as peer:
        await peer.say("hi")
        await peer.answers("Hello\n• Yes")
        assert slack.messages[0].blocks == []


async def test_mention_is_pointed_to_direct_messages_without_data(settings: GatewaySettings) -> None:
    ts = new_time()
    event = {
        "type": "app_mention",
        "user": USER,
        "text": f"<@{BOT}> what is my balance? My PIN is 2468",
        "ts": ts,
        "channel": "C0OFFICE",
        "event_ts": ts,
    }
    async with in_slack(settings) as peer:
        for _ in range(3):
            assert (await peer.tell(event)).status_code == 200
        await eventually(lambda: peer.slack.texts("C0OFFICE"))
        assert (await peer.tell({**event, "ts": new_time(), "thread_ts": ts})).status_code == 200
        await eventually(lambda: len(peer.slack.texts("C0OFFICE")) == 2)
        first, second = peer.slack.messages
        assert first.thread_ts == second.thread_ts == ts
        assert "direct messages" in first.text
        assert f"app_redirect?app={APP}&amp;team={TEAM}|" in first.text
        assert not re.search(r"2468|balance|U0", first.text)
        assert peer.lex.heard == []
        assert not peer.slack.breaches


async def test_mentions_by_bots_and_too_many_are_left(settings: GatewaySettings) -> None:
    async with in_slack(settings) as peer:
        for number in range(40):
            event = {"type": "app_mention", "user": USER, "text": "x", "ts": f"1700000003.{number:06d}"}
            await peer.tell({**event, "channel": "C0OFFICE", **({"bot_id": "B1"} if number < 10 else {})})
        await eventually(lambda: len(peer.slack.texts("C0OFFICE")) == 20)
        await peer.say("hi")
        await peer.answers("Hello.")
        assert len(peer.slack.texts("C0OFFICE")) == 20


async def test_home_says_whether_one_is_signed_in_and_starts_a_conversation(settings: GatewaySettings) -> None:
    lex = FakeLex()
    lex.turn = says("Your balance is $1,234.", attributes={"identityToken": "t"})
    opened = {"type": "app_home_opened", "user": USER, "channel": DIRECT, "tab": "home", "event_ts": "1.1"}
    async with in_slack(settings, lex=lex) as peer:
        await peer.tell({**opened, "tab": "messages"})
        await peer.tell(opened)
        await eventually(lambda: len(peer.slack.homes) == 1)
        assert "*Signed in:* no" in json.dumps(peer.slack.homes[0])
        await peer.say("balance")
        await eventually(lambda: len(peer.slack.messages) == 1)
        await peer.tell(opened)
        await eventually(lambda: len(peer.slack.homes) == 2)
        team, user, view = peer.slack.homes[1]
        assert (team, user) == (TEAM, USER)
        assert "*Signed in:* yes" in json.dumps(view)
        assert "1,234" not in json.dumps(view)
        (start,) = actions(view["blocks"])  # type: ignore[arg-type]  # JSON as it came
        pressed = {
            "type": "block_actions",
            "trigger_id": "9.9",
            "view": {"id": "V1", "type": "home"},
            "container": {"type": "view", "view_id": "V1"},
            "actions": [{name: value for name, value in start.items() if name != "label"}],
        }
        for _ in range(2):
            assert (await peer.interact(pressed)).status_code == 200
        await eventually(lambda: len(peer.slack.messages) == 2)
        assert peer.slack.messages[1].text.startswith("Welcome to OmniLex Bank.")
        assert peer.slack.messages[1].channel == DIRECT
        peer.user = "U0SECOND"
        await peer.interact({**pressed, "trigger_id": "9.10"})
        peer.user = USER
        await peer.say("bye")
        await eventually(lambda: len(peer.slack.messages) == 3)
        assert not peer.slack.breaches


async def test_flood_is_told_once_and_not_answered(settings: GatewaySettings) -> None:
    async with in_slack(settings, channel_messages_per_minute=3) as peer:
        for number in range(8):
            await peer.say(f"message {number}")
            await eventually(lambda n=number: len(peer.slack.messages) >= min(n + 1, 4))
        assert len(peer.lex.heard) == 3
        assert len(peer.slack.messages) == 4
        assert "ten minutes" in peer.slack.messages[3].text
