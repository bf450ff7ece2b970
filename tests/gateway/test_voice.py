"""Telephone calls by Twilio, driven as Twilio drives them: by what each answer tells it to do next."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from xml.etree import ElementTree

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.gateway.settings import GatewaySettings
from shared.errors import Unavailable
from shared.schemas.lex import (
    Button,
    DialogAction,
    ImageResponseCard,
    Intent,
    Message,
    RecognizeTextResponse,
    SessionState,
    plain,
)
from tests.conftest import eventually, served, without_chance
from tests.gateway.conftest import FakeLex, Turn, everything_in, gateway_app, says
from tests.gateway.fakes_twilio import (
    ACCOUNT,
    API_URL,
    OUR_NUMBER,
    PUBLIC_URL,
    TOKEN,
    FakeTwilio,
    Webhooks,
    refusal,
    sid,
    signature,
)
from tests.gateway.test_sms import with_twilio

VOICE = "/webhooks/twilio/voice"
CALLER = "+15550001111"
AGENT = "+15550005555"


class FakeMedia:
    """Keeps what is uploaded; `trouble` is what it answers first."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, object], str, bytes]] = []
        self.trouble: list[Response] = []
        self.app = Starlette(routes=[Route("/objects", self._upload, methods=["POST"])])

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            file, metadata = form["file"], form["metadata"]
            assert not isinstance(file, str)
            assert isinstance(metadata, str)
            content = await file.read()
            if self.trouble:
                return self.trouble.pop(0)
            key = request.headers["idempotency-key"]
            if key not in [known for known, *_ in self.taken]:
                self.taken.append((key, json.loads(metadata), file.filename or "", content))
        return JSONResponse([], 202)


@dataclass
class Exchange:
    lex: FakeLex
    twilio: FakeTwilio
    media: FakeMedia
    webhooks: Webhooks
    client: httpx.AsyncClient
    settings: GatewaySettings

    def call(self, number: int = 1, **more: str) -> "Call":
        return Call(self, sid("CA", number), more)


@dataclass
class Call:
    """What a caller hears and does. `next` is where Twilio goes with it."""

    exchange: Exchange
    call_id: str
    more: dict[str, str]
    root: ElementTree.Element = field(default_factory=lambda: ElementTree.Element("Response"))
    next: str = ""
    holds: int = 0

    def form(self, **more: str) -> dict[str, str]:
        common = {"CallSid": self.call_id, "AccountSid": ACCOUNT, "From": CALLER, "To": OUR_NUMBER}
        return common | {"CallStatus": "in-progress", "Direction": "inbound"} | self.more | more

    async def post(self, path: str, **more: str) -> str:
        answer = await self.exchange.webhooks.post(path, self.form(**more))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/xml")
        return answer.text

    async def go(self, path: str, **more: str) -> str:
        """Follows the answer, and what it is redirected to, as far as the caller's turn; what was heard."""
        self.root = ElementTree.fromstring(await self.post(path, **more))  # noqa: S314  our own
        said = self.heard
        while (redirect := self.root.find("Redirect")) is not None:
            self.holds += 1
            assert self.root.find("Pause") is not None
            self.root = ElementTree.fromstring(await self.post(_path(redirect.text or "")))  # noqa: S314  our own
            said += " " + self.heard
        gather = self.root.find("Gather")
        self.next = _path(gather.attrib["action"]) if gather is not None else ""
        return said.strip()

    async def begin(self) -> str:
        return await self.go(VOICE)

    async def say(self, text: str, confidence: str = "0.9") -> str:
        return await self.go(self.next, SpeechResult=text, Confidence=confidence)

    async def press(self, digits: str) -> str:
        return await self.go(self.next, Digits=digits)

    async def silence(self) -> str:
        return await self.go(self.next)

    @property
    def heard(self) -> str:
        return " ".join("".join(say.itertext()) for say in self.root.iter("Say"))

    @property
    def gather(self) -> dict[str, str]:
        gather = self.root.find("Gather")
        assert gather is not None
        return gather.attrib

    @property
    def hung_up(self) -> bool:
        return self.root.find("Hangup") is not None


def _path(url: str) -> str:
    assert url.startswith(PUBLIC_URL + "/"), url
    return url.removeprefix(PUBLIC_URL)


@asynccontextmanager
async def exchange(settings: GatewaySettings, **changes: object) -> AsyncIterator[Exchange]:
    lex, twilio, media = FakeLex(), FakeTwilio(), FakeMedia()
    settings = with_twilio(settings, **changes)
    behind = {API_URL: twilio.app, settings.media_url: media.app}
    async with (
        gateway_app(settings, lex=lex, behind=behind) as app,
        served(app) as client,
        app.state.service.calling.working(),
    ):
        yield Exchange(lex, twilio, media, Webhooks(client, twilio), client, settings)


def answers(
    *messages: Message, asks_for: str | None = None, intent: str | None = None, state: str | None = None
) -> Turn:
    async def turn(text: str) -> RecognizeTextResponse:
        action = DialogAction(type="ElicitSlot", slot_to_elicit=asks_for) if asks_for else DialogAction(type="Close")
        acting = Intent.model_validate({"name": intent, "state": state}) if intent else None
        session_state = SessionState(dialog_action=action, intent=acting)
        return RecognizeTextResponse(session_id="s", messages=list(messages), session_state=session_state)

    return turn


def ssml(content: str) -> Message:
    return Message(content_type="SSML", content=content)


async def repeats(text: str) -> RecognizeTextResponse:
    return await says(f"You said {text}.", asks_for="Payee")(text)


def last_heard(lex: FakeLex) -> str:
    return lex.heard[-1][1]


async def test_a_call_is_one_conversation(settings: GatewaySettings, database_url: str) -> None:
    async with exchange(settings, gateway_database_url=database_url) as here:
        here.lex.turn = repeats
        call, other = here.call(1), here.call(2)
        assert (await call.begin()).startswith("Welcome to OmniLex Bank.")
        await other.begin()
        assert here.lex.heard == []
        assert await call.say("What is my balance?") == "You said What is my balance?."
        assert await call.say("And savings") == "You said And savings."
        await other.say("Hello")
        sessions = [session_id for session_id, _ in here.lex.heard]
        assert sessions[0] == sessions[1] != sessions[2]
        assert sessions[0].startswith("voice:")
        told = here.lex.attributes[0]
        assert told["omnilex:channel"] == "voice"
        assert told["omnilex:caller-number"] == CALLER
        assert told["omnilex:channel-address"] == here.lex.attributes[2]["omnilex:channel-address"]
        ended = await here.webhooks.post(VOICE + "/status", call.form(CallStatus="completed"))
        assert (ended.status_code, ended.content) == (204, b"")
        assert here.lex.ended == [sessions[0]]
        again = await here.webhooks.post(VOICE + "/status", call.form(CallStatus="completed"))
        assert again.status_code == 204
        assert len(here.lex.ended) == 1
        await call.say("Still there?")
        assert call.hung_up  # a call that is over says nothing more
        assert len(here.lex.heard) == 3


async def test_how_twilio_is_told_to_listen(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        call = here.call()
        await call.begin()
        assert call.gather["input"] == "dtmf speech"
        assert call.gather["speechTimeout"] == "auto"
        assert call.gather["bargeIn"] == "true"
        assert call.gather["actionOnEmptyResult"] == "true"
        assert call.gather["language"] == "en-US"
        here.lex.turn = says("What is your PIN?", asks_for="Pin")
        heard = await call.say("My balance")
        assert heard == "What is your PIN? You can say it, or key it in and press pound."
        assert (call.gather["numDigits"], call.gather["finishOnKey"]) == ("4", "#")
        here.lex.turn = says("How much?", asks_for="Amount")
        await call.press("2468")
        assert last_heard(here.lex) == "2468"
        assert "numDigits" not in call.gather
        assert call.gather["hints"] == "$MONEY"
        await call.press("250")
        assert last_heard(here.lex) == "250"
        here.lex.turn = says("Anything?")
        await call.say("two five oh")
        assert last_heard(here.lex) == "two five oh"
        assert "2468" not in without_chance(everything_in(here.settings.data_dir))


async def test_barge_in_and_language_are_settings(settings: GatewaySettings) -> None:
    changes = {"twilio_barge_in": False, "twilio_locales": {OUR_NUMBER: "es_US"}, "chat_greetings": {"es_US": "Hola."}}
    async with exchange(settings, **changes) as here:
        call = here.call()
        assert await call.begin() == "Hola."
        assert call.gather["language"] == "es-US"
        assert call.gather["bargeIn"] == "false"
        assert await call.silence() == "Disculpe, no le escuché. Hola."


@pytest.mark.parametrize(
    "more",
    [
        {"From": "anonymous"},
        {"From": ""},
        {"From": "+266696687"},
        {"From": "sip:somebody@example.com"},
        {"From": CALLER, "StirVerstat": "TN-Validation-Failed-C"},
    ],
)
async def test_caller_who_is_not_known_is_not_vouched_for(settings: GatewaySettings, more: dict[str, str]) -> None:
    async with exchange(settings) as here:
        call = here.call(**more)
        await call.begin()
        await call.say("Hello")
        assert "omnilex:caller-number" not in here.lex.attributes[0]
        assert "omnilex:channel-address" not in here.lex.attributes[0]


async def test_repeated_requests_get_the_same_answer(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        counted = 0

        async def counting(text: str) -> RecognizeTextResponse:
            nonlocal counted
            counted += 1
            await asyncio.sleep(0.05)
            return await answers(ssml(f"<speak>Answer <emphasis>{counted}</emphasis></speak>"), asks_for="Payee")(text)

        here.lex.turn = counting
        call = here.call()
        begun = [await call.post(VOICE) for _ in range(2)]
        assert begun[0] == begun[1]
        await call.begin()
        at_once = await asyncio.gather(*(call.post(call.next, SpeechResult="Pay", Confidence="0.8") for _ in range(3)))
        later = await call.post(call.next, SpeechResult="Pay", Confidence="0.8")
        assert len({*at_once, later}) == 1
        assert counted == 1


async def test_silence_is_asked_twice_then_a_person_is_offered_then_goodbye(settings: GatewaySettings) -> None:
    async with exchange(settings, twilio_agent_number=AGENT) as here:
        here.lex.turn = says("Your balance is five dollars.", "Who do you want to pay?", asks_for="Payee")
        call = here.call()
        await call.begin()
        await call.say("Pay")
        for _ in range(2):
            assert await call.silence() == "Sorry, I did not hear you. Who do you want to pay?"
        assert (await call.silence()).startswith("I still cannot hear you.")
        assert await call.silence() == "Thank you for calling. Goodbye."
        assert call.hung_up
        assert len(here.lex.heard) == 1


@pytest.mark.parametrize("yes", ["1", "Yes.", "yes, please"])
async def test_offer_of_a_person_is_taken(settings: GatewaySettings, yes: str) -> None:
    async with exchange(settings, twilio_agent_number=AGENT) as here:
        call = here.call()
        await call.begin()
        for _ in range(3):
            await call.silence()
        here.lex.turn = answers(plain("I am connecting you."), intent="TransferToAgent", state="Fulfilled")
        heard = await (call.press(yes) if yes.isdigit() else call.say(yes))
        assert last_heard(here.lex) == "I want to speak to a person"
        assert heard == "I am connecting you."
        dial = call.root.find("Dial")
        assert dial is not None
        assert dial.text == AGENT
        action = _path(dial.attrib["action"])
        await call.go(action, DialCallStatus="completed")
        assert call.hung_up


async def test_something_else_in_place_of_yes_is_a_turn(settings: GatewaySettings) -> None:
    async with exchange(settings, twilio_agent_number=AGENT) as here:
        call = here.call()
        await call.begin()
        for _ in range(3):
            await call.silence()
        await call.say("my balance")
        assert last_heard(here.lex) == "my balance"


async def test_without_an_agents_number_nobody_is_offered_or_dialled(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        here.lex.turn = answers(plain("I am connecting you."), intent="TransferToAgent", state="Fulfilled")
        call = here.call()
        await call.begin()
        heard = await call.say("a person")
        assert heard.startswith("I am sorry, nobody can take your call")
        assert call.root.find("Dial") is None
        here.lex.turn = repeats
        await call.say("then my balance")
        for _ in range(2):
            await call.silence()
        assert await call.silence() == "Thank you for calling. Goodbye."


async def test_agent_who_does_not_answer_gives_the_caller_back(settings: GatewaySettings) -> None:
    async with exchange(settings, twilio_agent_number=AGENT) as here:
        here.lex.turn = answers(plain("One moment."), intent="TransferToAgent", state="Fulfilled")
        call = here.call()
        await call.begin()
        await call.say("a person")
        dial = call.root.find("Dial")
        assert dial is not None
        heard = await call.go(_path(dial.attrib["action"]), DialCallStatus="no-answer")
        assert heard.startswith("I am sorry, nobody can take your call")
        here.lex.turn = repeats
        assert await call.say("my balance") == "You said my balance."


async def test_speech_that_was_hardly_understood_is_asked_for_again(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        here.lex.turn = repeats
        call = here.call()
        await call.begin()
        await call.say("pay Tom")
        for _ in range(4):  # it is no silence: nobody is sent away for an accent
            assert await call.say("mumble", confidence="0.1") == "Sorry, I did not get that. You said pay Tom."
        assert await call.say("Tom", confidence="") == "You said Tom."
        assert await call.say("Tom again", confidence="nonsense") == "You said Tom again."


async def test_ssml_is_passed_on_as_far_as_twilio_knows_it_and_text_is_escaped(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        here.lex.turn = answers(
            ssml(
                '<speak>Ending in <say-as interpret-as="digits">12</say-as>, <amazon:effect name="whispered">so'
                "</amazon:effect></speak>"
            ),
            ssml(
                '<speak>Ann &amp; <sub alias="Bank">BK</sub><break time="1s"/> said <lang xml:lang="es-US">hola '
                "<mark name='x'/>amigo</lang>.</speak>"
            ),
            ssml('<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>'),
            plain('Tom & "Ann" <script>'),
            Message(content_type="CustomPayload", content='{"blocks": []}'),
            asks_for="Payee",
        )
        call = here.call()
        await call.begin()
        await call.say("hello")
        spoken = [ElementTree.tostring(say, encoding="unicode") for say in call.root.iter("Say")]
        assert spoken[0] == '<Say language="en-US">Ending in 12, so</Say>'
        assert spoken[1] == (
            '<Say language="en-US">Ann &amp; <sub alias="Bank">BK</sub><break time="1s" /> said '
            '<lang xml:lang="es-US">hola amigo</lang>.</Say>'
        )
        assert "".join(list(call.root.iter("Say"))[3].itertext()) == 'Tom & "Ann" <script>'
        assert len(spoken) == 4


async def test_buttons_are_keys_to_press(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        buttons = [Button(text=label, value=f"value of {label}") for label in ("Checking", "Savings")]
        card = ImageResponseCard(title="Which account?", buttons=buttons)
        here.lex.turn = answers(Message(content_type="ImageResponseCard", image_response_card=card))
        call = here.call()
        await call.begin()
        heard = await call.say("balance")
        assert heard.startswith("Which account?. Press 1 for Checking. Press 2 for Savings.")
        assert call.gather["numDigits"] == "1"
        assert call.gather["hints"] == "Checking,Savings"
        here.lex.turn = says("How much?", asks_for="Amount")
        await call.press("2")
        assert last_heard(here.lex) == "value of Savings"
        await call.press("2")
        assert last_heard(here.lex) == "2"


async def test_a_turn_that_takes_long_is_waited_for(settings: GatewaySettings, database_url: str) -> None:
    async with exchange(settings, twilio_voice_seconds=0.1, gateway_database_url=database_url) as here:

        async def slow(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.5)
            return await repeats(text)

        here.lex.turn = slow
        call = here.call()
        await call.begin()
        heard = await call.say("pay Tom")
        assert heard.startswith("One moment, please.")
        assert heard.endswith("You said pay Tom.")
        assert call.holds >= 2
        assert len(here.lex.heard) == 1
        assert await call.say("and Ann") != ""
        assert [text for _, text in here.lex.heard] == ["pay Tom", "and Ann"]


async def test_bot_that_fails_is_apologised_for_and_the_call_goes_on(settings: GatewaySettings) -> None:
    async with exchange(settings, twilio_voice_seconds=0.1) as here:
        call = here.call()
        await call.begin()
        here.lex.failure = Unavailable("away")
        assert (await call.say("hello")).startswith("Sorry, something went wrong.")

        async def fails_late(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.3)
            raise Unavailable("away")

        here.lex.failure, here.lex.turn = None, fails_late
        assert (await call.say("hello")).endswith("Please say that again.")
        here.lex.turn = repeats
        assert await call.say("hello") == "You said hello."


async def test_goodbye_ends_the_call(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        here.lex.turn = answers(plain("Goodbye, Tom."), intent="Goodbye", state="Fulfilled")
        call = here.call()
        await call.begin()
        assert await call.say("bye") == "Goodbye, Tom."
        assert call.hung_up


async def test_after_an_answer_the_caller_is_asked_for_more(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        here.lex.turn = answers(plain("Five dollars."), intent="Balance", state="Fulfilled")
        call = here.call()
        await call.begin()
        assert await call.say("balance") == "Five dollars. Is there anything else I can do for you?"
        here.lex.turn = answers(
            ssml("<speak>Five dollars. Anything else?</speak>"), intent="Balance", state="Fulfilled"
        )
        assert await call.say("balance") == "Five dollars. Anything else?"


def recording(call: Call, number: int = 1, **more: str) -> dict[str, str]:
    return {
        "AccountSid": ACCOUNT,
        "CallSid": call.call_id,
        "RecordingSid": sid("RE", number),
        "RecordingUrl": "http://169.254.169.254/latest/meta-data",  # never fetched: the id is enough
        "RecordingStatus": "completed",
        "RecordingDuration": "12",
        "RecordingChannels": "2",
        "RecordingStartTime": "Sun, 22 Nov 2026 19:00:00 +0000",
        **more,
    }


async def test_recording_is_announced_and_silent_while_a_secret_is_said(settings: GatewaySettings) -> None:
    async with exchange(settings, twilio_recording="announced") as here:
        call = here.call()
        heard = await call.begin()
        assert heard.startswith("This call may be recorded. Welcome")
        started = call.root.find("Start/Recording")
        assert started is not None
        assert started.attrib["recordingStatusCallback"] == PUBLIC_URL + VOICE + "/recording"
        assert [element.tag for element in call.root] == ["Say", "Start", "Gather"]
        here.lex.turn = says("What is your PIN?", asks_for="Pin")
        await call.say("balance")
        assert here.twilio.recording_states == [(call.call_id, "paused")]
        await call.silence()
        await call.say("nonsense", confidence="0.01")
        here.lex.turn = says("Wrong. What is your PIN?", asks_for="Pin")
        await call.press("1357")
        assert len(here.twilio.recording_states) == 1
        here.lex.turn = says("Thank you. How much?", asks_for="Amount")
        await call.press("2468")
        assert here.twilio.recording_states[1:] == [(call.call_id, "in-progress")]
    async with exchange(settings) as here:
        call = here.call(7)
        await call.begin()
        assert call.root.find("Start") is None


async def test_secret_is_not_asked_for_until_the_recording_is_paused(settings: GatewaySettings) -> None:
    async with exchange(settings, twilio_recording="announced", twilio_voice_seconds=0.1) as here:
        call = here.call()
        await call.begin()
        here.twilio.control_trouble = [refusal(503, 20503)]
        here.lex.turn = says("What is your PIN?", asks_for="Pin")
        heard = await call.say("balance")
        assert heard.startswith("One moment, please. What is your PIN?")
        assert call.holds == 1
        assert len(here.lex.heard) == 1


async def test_recording_is_given_to_the_media_service(settings: GatewaySettings, database_url: str) -> None:
    async with exchange(settings, twilio_recording="announced", gateway_database_url=database_url) as here:
        call = here.call()
        await call.begin()
        await call.say("hello")
        content = random.Random(1).randbytes(300_000)  # noqa: S311  the same order each time
        for _ in range(2):
            answer = await here.webhooks.post(VOICE + "/recording", recording(call))
            assert answer.status_code == 204
        await asyncio.sleep(1.2)  # it is not there yet
        here.twilio.recordings[sid("RE", 1)] = content
        await eventually(lambda: bool(here.twilio.deleted), 40)
        [(key, metadata, name, taken)] = here.media.taken
        assert (key, name) == (sid("RE", 1), sid("RE", 1) + ".wav")
        assert taken == content
        assert metadata == {
            "guid": here.lex.heard[0][0],
            "channel": "voice",
            "language": "en-US",
            "conversation_time": "2026-11-22T19:00:00Z",
            "roles": {"ch_0": "CALLER", "ch_1": "BOT"},
        }
        assert here.twilio.recordings == {}


async def test_recording_outlives_the_process(settings: GatewaySettings) -> None:
    async with exchange(settings, twilio_delete_recordings=False) as here:
        call = here.call()
        await here.webhooks.post(VOICE + "/recording", recording(call))
        await here.webhooks.post(VOICE + "/recording", recording(call, 2, RecordingStatus="absent"))
        await here.webhooks.post(VOICE + "/recording", recording(call, 3, RecordingSid="../secret"))
    async with exchange(settings, twilio_delete_recordings=False) as here:
        here.twilio.recordings = {sid("RE", number): b"RIFF" for number in (1, 2, 3)}
        here.media.trouble = [Response(status_code=503)]
        await eventually(lambda: [key for key, *_ in here.media.taken] == [sid("RE", 1)], 30)
        await asyncio.sleep(0.1)
        assert here.twilio.deleted == []


async def test_recording_that_media_refuses_is_kept_where_it_is(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        here.twilio.recordings[sid("RE", 1)] = b"not audio"
        refused = JSONResponse({"type": "x"}, 415, media_type="application/problem+json")
        here.media.trouble = [refused]
        await here.webhooks.post(VOICE + "/recording", recording(here.call()))
        await eventually(lambda: not here.media.trouble)
        await asyncio.sleep(1.5)
        assert here.media.taken == []
        assert here.twilio.deleted == []


async def test_without_credentials_the_doors_are_shut(settings: GatewaySettings) -> None:
    lex = FakeLex()
    async with gateway_app(settings, lex=lex) as app, served(app) as client:
        for path in ("", "/turn", "/dialled", "/status", "/recording"):
            answer = await Webhooks(client).post(VOICE + path, {"CallSid": sid("CA", 1), "AccountSid": ACCOUNT})
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


FORGERIES = 1000


async def test_a_thousand_forged_replayed_and_malformed_requests(
    settings: GatewaySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(11)  # noqa: S311  the same order each time
    async with exchange(settings) as here:
        here.lex.turn = repeats
        call = here.call(From="+15551112222")
        await call.begin()
        path, genuine = call.next, call.form(SpeechResult="genuine", Confidence="0.9")
        first = await call.post(path, SpeechResult="genuine", Confidence="0.9")
        statuses = []
        for number in range(FORGERIES):
            marked = f"forged{rng.randrange(10**9)}"
            target, headers, content = _forged(rng, number, (path, genuine), marked)
            answer = await here.client.post(target, content=content, headers=headers)
            statuses.append(answer.status_code)
            assert marked not in answer.text
            assert answer.status_code in (200, 400, 403, 413, 415, 422), answer.text
            if answer.status_code == 200:
                assert answer.text == first
        assert [text for _, text in here.lex.heard] == ["genuine"]
        assert here.lex.ended == []
        assert set(statuses) >= {200, 403, 422}
        logged = without_chance(capsys.readouterr().out)
        for secret in ("forged", "genuine", TOKEN, "15551112222"):
            assert secret not in logged


def _forged(
    rng: random.Random, number: int, genuine: tuple[str, dict[str, str]], marked: str
) -> tuple[str, dict[str, str], bytes]:
    path, form = genuine
    good = signature(PUBLIC_URL + path, form)
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": good}
    match number % 7:
        case 0:
            pass  # replayed
        case 1:
            form = form | {"SpeechResult": marked}
        case 2:
            path = path.replace("turn=1", f"turn={rng.randrange(2, 99)}")  # a turn that was not reached
        case 3:
            path = VOICE + rng.choice(["", "/status", "/dialled", "/recording"])
        case 4:
            headers["x-twilio-signature"] = signature(PUBLIC_URL + path, form, marked)
        case 5:
            form = form | {"AccountSid": "AC" + "f" * 32, "SpeechResult": marked}
            headers["x-twilio-signature"] = signature(PUBLIC_URL + path, form)
        case _:
            form = form | {"CallSid": marked}
            headers["x-twilio-signature"] = signature(PUBLIC_URL + path, form)
    return path, headers, httpx.Request("POST", PUBLIC_URL, data=form).content
