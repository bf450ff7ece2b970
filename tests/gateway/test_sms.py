"""Text messages by Twilio, through the webhooks as Twilio calls them."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from starlette.responses import Response

from services.gateway.service import Gateway
from services.gateway.settings import GatewaySettings
from shared.schemas.lex import (
    Button,
    DialogAction,
    ImageResponseCard,
    Message,
    RecognizeTextResponse,
    SessionState,
    plain,
)
from tests.conftest import eventually, served, without_chance
from tests.gateway.conftest import FakeLex, Turn, everything_in, gateway_app, says, signed_in, with_roles
from tests.gateway.fakes_twilio import (
    ACCOUNT,
    API_URL,
    OUR_NUMBER,
    PUBLIC_URL,
    SERVICE,
    TOKEN,
    FakeTwilio,
    Webhooks,
    refusal,
    sid,
    signature,
)

MESSAGES = 150
SMS, STATUS = "/webhooks/twilio/sms", "/webhooks/twilio/status"
PHONE = "+15550001111"


@dataclass
class Line:
    lex: FakeLex
    twilio: FakeTwilio
    webhooks: Webhooks
    client: httpx.AsyncClient
    settings: GatewaySettings
    service: Gateway

    async def deliveries(self, session_id: str) -> dict[str, object]:
        found = await self.client.get(
            f"/api/v1/conversations/{session_id}/deliveries", headers=await signed_in(self.client)
        )
        assert found.status_code == 200, found.text
        shown: dict[str, object] = found.json()
        return shown

    @property
    def session_id(self) -> str:
        return self.lex.heard[0][0]


def with_twilio(settings: GatewaySettings, **changes: object) -> GatewaySettings:
    values = {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": SecretStr(TOKEN),
        "twilio_api_url": API_URL,
        "public_url": PUBLIC_URL,
        "twilio_answer_seconds": 5.0,
        **changes,
    }
    return settings.model_copy(update=values)


@asynccontextmanager
async def line(settings: GatewaySettings, lex: FakeLex | None = None, **changes: object) -> AsyncIterator[Line]:
    lex, twilio = lex or FakeLex(), FakeTwilio()
    settings = with_twilio(settings, **changes)
    async with (
        gateway_app(settings, lex=lex, behind={API_URL: twilio.app}) as app,
        served(app) as client,
    ):
        yield Line(lex, twilio, Webhooks(client, twilio), client, settings, app.state.service)


async def repeats(text: str) -> RecognizeTextResponse:
    return await says(f"re: {text}")(text)


async def test_message_of_a_messaging_service_is_answered_in_the_response(
    settings: GatewaySettings, database_url: str
) -> None:
    async with line(settings, gateway_database_url=database_url) as here:
        here.lex.turn = repeats
        assert await here.webhooks.text("What is my balance?") == ["re: What is my balance?"]
        assert here.lex.heard[0][1] == "What is my balance?"
        told = here.lex.attributes[0]
        assert told["omnilex:channel"] == "sms"
        assert told["omnilex:caller-number"] == PHONE
        assert told["x-amz-lex:channels:platform"] == "Twilio"
        assert here.lex.heard[0][0].startswith("sms:")
        assert PHONE not in str(told["omnilex:channel-address"]) + here.session_id
        await asyncio.sleep(0.1)
        assert here.twilio.texts(PHONE) == ["re: What is my balance?"]
        assert not here.twilio.received


async def test_conversation_is_the_customers_whatever_number_of_the_service_is_texted(
    settings: GatewaySettings,
) -> None:
    async with line(settings) as here:
        await here.webhooks.text("one")
        await here.webhooks.text("two", To="+15550008888")
        await here.webhooks.text("three", sender="+15550002222")
        await here.webhooks.text("four", MessagingServiceSid="")
        sessions = [session_id for session_id, _ in here.lex.heard]
        assert sessions[0] == sessions[1]
        assert len(set(sessions)) == 3
        addresses = [told["omnilex:channel-address"] for told in here.lex.attributes]
        assert len(set(addresses)) == 2  # it is the customer who is linked, not the conversation


async def test_requests_of_a_messaging_service_are_all_accepted(settings: GatewaySettings) -> None:
    """Whatever is written, and whatever else Twilio says along."""
    rng = random.Random(3)  # noqa: S311  the same order each time
    letters = "ab Zñá日😀&=+%?#<>\"'\n€;/"
    async with line(settings, channel_messages_per_minute=10_000) as here:
        here.lex.turn = says("Hello.")
        for number in range(MESSAGES):
            body = "".join(rng.choices(letters, k=rng.randrange(1, 60)))
            more = {rng.choice(letters[:12]) * 3: body[::-1], "FromCity": rng.choice(["", "SÃO PAULO"])}
            form = here.webhooks.sms(body, sender=f"+1555{number % 40:07}", message=sid("SM", number), **more)
            answer = await here.webhooks.post(SMS, form, port=rng.choice(["", ":443"]))
            assert answer.status_code == 200, (number, answer.text)
        assert len({session for session, _ in here.lex.heard}) == 40


async def test_pin_that_is_texted_is_kept_nowhere(settings: GatewaySettings) -> None:
    async with line(settings, twilio_answer_seconds=0.05) as here:
        here.lex.turn = says("What is your PIN?", asks_for="Pin")
        await here.webhooks.text("balance")

        async def slow(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.2)
            return await says("2468 is wrong.", asks_for="Pin")(text)

        here.lex.turn = slow
        await here.webhooks.text("2468")
        await eventually(lambda: here.twilio.texts(PHONE)[-1:] == ["2468 is wrong."])
        await asyncio.sleep(0.1)
        assert "2468" not in without_chance(everything_in(here.settings.data_dir))


@pytest.mark.parametrize("port", ["", ":443"])
async def test_signature_with_and_without_the_port(settings: GatewaySettings, port: str) -> None:
    async with line(settings) as here:
        answer = await here.webhooks.post(SMS, here.webhooks.sms("hello"), port=port)
        assert answer.status_code == 200
        assert len(here.lex.heard) == 1


async def test_what_proxies_change_does_not_matter_and_what_they_claim_is_not_believed(
    settings: GatewaySettings,
) -> None:
    async with line(settings) as here:
        form = here.webhooks.sms("hello")
        good = {"x-twilio-signature": signature(PUBLIC_URL + SMS, form)}
        changed = {"host": "10.0.0.7:8080", "x-forwarded-proto": "http", "x-forwarded-host": "elsewhere.example"}
        assert (await here.client.post(SMS, data=form, headers=good | changed)).status_code == 200
        elsewhere = {"x-twilio-signature": signature("https://elsewhere.example" + SMS, form)}
        assert (await here.client.post(SMS, data=form, headers=elsewhere | changed)).status_code == 403


async def test_parameters_in_the_address_are_signed_too(settings: GatewaySettings) -> None:
    async with line(settings) as here:
        form = here.webhooks.sms("hello")
        assert (await here.webhooks.post(SMS + "?from=a%20b&x=1", form)).status_code == 200
        headers = {"x-twilio-signature": signature(PUBLIC_URL + SMS + "?x=1", form)}
        assert (await here.client.post(SMS + "?x=2", data=form, headers=headers)).status_code == 403


async def test_duplicates_are_answered_once(settings: GatewaySettings) -> None:
    async with line(settings) as here:
        here.lex.turn = repeats
        again = sid("SM", 7)
        assert await here.webhooks.text("pay", message=again) == ["re: pay"]
        assert await here.webhooks.text("pay", message=again) == []
        both = [here.webhooks.text("at once", message=sid("SM", 8)) for _ in range(2)]
        said = await asyncio.gather(*both)
        assert sorted(map(str, said)) == ["['re: at once']", "[]"]
        assert [text for _, text in here.lex.heard] == ["pay", "at once"]


async def test_retry_of_an_unanswered_message_may_get_the_answer(settings: GatewaySettings) -> None:
    async with line(settings, twilio_answer_seconds=0.1) as here:
        going_on = asyncio.Event()

        async def slow(text: str) -> RecognizeTextResponse:
            await going_on.wait()
            return await repeats(text)

        here.lex.turn = slow
        again = sid("SM", 7)
        assert await here.webhooks.text("pay", message=again) == []
        going_on.set()
        await eventually(lambda: len(here.lex.heard) == 1)
        await asyncio.sleep(0.1)
        assert await here.webhooks.text("pay", message=again) == ["re: pay"]
        assert len(here.lex.heard) == 1


async def test_what_takes_too_long_is_sent_by_itself(settings: GatewaySettings) -> None:
    async with line(settings, twilio_answer_seconds=0.05) as here:

        async def slow(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.3)
            return await repeats(text)

        here.lex.turn = slow
        assert await here.webhooks.text("pay") == []
        await eventually(lambda: here.twilio.texts(PHONE) == ["re: pay"])
        assert here.twilio.sent[0].direction == "outbound-api"
        assert here.twilio.refusals == []


async def test_number_without_a_service_is_answered_from_itself(settings: GatewaySettings) -> None:
    async with line(settings, twilio_answer_seconds=0.05) as here:

        async def slow(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.3)
            return await repeats(text)

        here.lex.turn = slow
        form = here.webhooks.sms("pay")
        del form["MessagingServiceSid"]
        assert (await here.webhooks.post(SMS, form)).status_code == 200
        await eventually(lambda: here.twilio.texts(PHONE) == ["re: pay"])


async def test_answer_is_sent_by_itself_when_nobody_waits_for_the_response(settings: GatewaySettings) -> None:
    """A client that has gone: the response is not sent, and the answer goes the long way at once."""
    async with line(settings) as here:
        here.lex.turn = repeats
        form = here.webhooks.sms("pay")
        body = httpx.Request("POST", PUBLIC_URL, data=form).content
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": SMS,
            "raw_path": SMS.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [
                (b"content-type", b"application/x-www-form-urlencoded"),
                (b"x-twilio-signature", signature(PUBLIC_URL + SMS, form).encode()),
            ],
            "client": ("127.0.0.1", 5),
            "server": ("127.0.0.1", 80),
        }
        incoming = [{"type": "http.request", "body": body, "more_body": False}, {"type": "http.disconnect"}]

        async def receive() -> dict[str, object]:
            return incoming.pop(0) if len(incoming) > 1 else incoming[0]

        sent: list[dict[str, object]] = []

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        app = here.client._transport.app  # type: ignore[attr-defined]  # the transport of the test's own client
        await app(scope, receive, send)
        assert sent == []
        await eventually(lambda: here.twilio.texts(PHONE) == ["re: pay"])


async def test_outage_is_waited_out_and_order_is_kept(settings: GatewaySettings) -> None:
    async with line(settings, twilio_answer_seconds=0.01) as here:
        here.twilio.trouble = [Response(status_code=503), refusal(429, 20429, {"retry-after": "1"})]

        async def slow(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.1)
            return await repeats(text)

        here.lex.turn = slow
        await here.webhooks.text("one")
        await here.webhooks.text("two")
        await eventually(lambda: here.twilio.texts(PHONE) == ["re: one", "re: two"])


async def test_taken_without_an_answer_is_found_and_not_sent_again(settings: GatewaySettings) -> None:
    async with line(settings, twilio_answer_seconds=0.01) as here:
        here.twilio.page_size = 2
        taken = here.twilio._send

        class Broken(Response):
            """Twilio takes the message, and the connection breaks before it says so."""

            async def __call__(self, *_: object) -> None:
                taken(PHONE, "re: pay", "outbound-api", PUBLIC_URL)
                for number in range(3):
                    taken(PHONE, f"of another channel {number}", "outbound-api", PUBLIC_URL)
                raise OSError

        here.twilio.trouble = [Broken()]

        async def slow(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.1)
            return await repeats(text)

        here.lex.turn = slow
        await here.webhooks.text("pay")

        async def settled() -> bool:
            shown = await here.deliveries(here.session_id)
            messages = shown["messages"]
            assert isinstance(messages, list)
            return bool(messages) and messages[0]["status"] == "sent"

        await eventually(lambda: here.lex.heard)
        await eventually(settled)
        assert here.twilio.texts(PHONE).count("re: pay") == 1


async def test_same_answer_twice_is_two_messages_though_the_connection_breaks(settings: GatewaySettings) -> None:
    async with line(settings, twilio_answer_seconds=0.01) as here:
        taken = here.twilio._send

        class Broken(Response):
            async def __call__(self, *_: object) -> None:
                raise OSError

        class BrokenTaken(Broken):
            async def __call__(self, *_: object) -> None:
                taken(PHONE, "Hello.", "outbound-api", PUBLIC_URL)
                raise OSError

        here.twilio.trouble = [BrokenTaken(), Broken()]

        async def slow(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.1)
            return await says("Hello.")(text)

        here.lex.turn = slow
        await here.webhooks.text("one")
        await here.webhooks.text("two")

        async def settled() -> bool:
            messages = (await here.deliveries(here.session_id))["messages"]
            assert isinstance(messages, list)
            return [message["status"] for message in messages] == ["sent", "sent"]

        await eventually(lambda: here.lex.heard)
        await eventually(settled)
        assert here.twilio.texts(PHONE) == ["Hello.", "Hello."]
        assert here.twilio.received == 3


async def test_opting_out_and_in(settings: GatewaySettings, database_url: str) -> None:
    async with line(settings, gateway_database_url=database_url) as here:
        here.lex.turn = repeats
        await here.webhooks.text("hello")
        assert await here.webhooks.text("yes") == ["re: yes"]  # nobody had stopped
        stopped = await here.webhooks.text(" Stop. ", message=sid("SM", 90))
        assert stopped == ["You will get no more text messages from us. Reply START to hear from us again."]
        shown = await here.deliveries(here.session_id)
        assert isinstance(shown["opt_out"], dict)
        assert shown["opt_out"]["word"] == "STOP."
        assert await here.webhooks.text("What is my balance?") == []
        assert await here.webhooks.text("yes") == [
            "You will get text messages from us again. How can I help?",
        ]
        assert await here.webhooks.text(" Stop. ", message=sid("SM", 90)) == []  # an old one that comes again
        assert (await here.deliveries(here.session_id))["opt_out"] is None
        assert await here.webhooks.text("hello again") == ["re: hello again"]
        assert [text for _, text in here.lex.heard] == ["hello", "yes", "hello again"]


async def test_nothing_is_sent_to_who_has_opted_out_meanwhile(settings: GatewaySettings) -> None:
    async with line(settings, twilio_answer_seconds=0.05) as here:

        async def slow(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.4)
            return await repeats(text)

        here.lex.turn = slow
        assert await here.webhooks.text("pay") == []
        await here.webhooks.text("STOP")

        async def refused() -> bool:
            shown = await here.deliveries(here.session_id)
            messages = shown["messages"]
            assert isinstance(messages, list)
            return [message["error"] for message in messages if message["reply_to"] == 1] == ["opted_out"]

        await eventually(lambda: here.lex.heard)
        await eventually(refused)
        assert "re: pay" not in here.twilio.texts(PHONE)


async def test_refusal_for_an_opt_out_that_twilio_knows_is_kept(settings: GatewaySettings) -> None:
    async with line(settings, twilio_answer_seconds=0.05) as here:
        here.twilio.opted_out.add(PHONE)

        async def slow(text: str) -> RecognizeTextResponse:
            await asyncio.sleep(0.3)
            return await repeats(text)

        here.lex.turn = slow
        await here.webhooks.text("pay")

        async def known() -> bool:
            return (await here.deliveries(here.session_id))["opt_out"] is not None

        await eventually(lambda: here.lex.heard)
        await eventually(known)
        assert here.twilio.received == 1
        shown = await here.deliveries(here.session_id)
        assert isinstance(shown["messages"], list)
        assert shown["messages"][0]["error"] == "21610"


@pytest.mark.parametrize(("keyword", "opted_out"), [("STOP", True), ("HELP", False), ("START", False)])
async def test_with_advanced_opt_out_twilio_answers_and_not_we(
    settings: GatewaySettings, keyword: str, opted_out: bool
) -> None:
    async with line(settings) as here:
        await here.webhooks.text("hello")
        assert await here.webhooks.text("ALTO", OptOutType=keyword) == []
        shown = await here.deliveries(here.session_id)
        assert (shown["opt_out"] is not None) is opted_out
        assert len(here.lex.heard) == 1


async def test_words_that_stop_are_a_setting(settings: GatewaySettings) -> None:
    async with line(settings, twilio_stop_words=("STOP",), twilio_help_words=(), twilio_locales={}) as here:
        here.lex.turn = repeats
        assert await here.webhooks.text("cancel") == ["re: cancel"]
        assert await here.webhooks.text("help") == ["re: help"]
    async with line(settings, twilio_help_notice="Call 1-800-555-0199.") as here:
        assert await here.webhooks.text("Info", message=sid("SM", 50)) == ["Call 1-800-555-0199."]
        assert here.lex.heard == []


async def test_pictures_are_refused_politely_and_their_text_is_answered(settings: GatewaySettings) -> None:
    async with line(settings) as here:
        here.lex.turn = repeats
        refused = "I cannot look at pictures or files, only read text."
        assert await here.webhooks.text("", message=sid("MM", 1), NumMedia="2") == [refused]
        assert await here.webhooks.text("my bill", message=sid("MM", 2), NumMedia="1") == [refused, "re: my bill"]
        assert [text for _, text in here.lex.heard] == ["my bill"]


@pytest.mark.parametrize("body", ["", "   ", "\x00\x07"])
async def test_empty_message(settings: GatewaySettings, body: str) -> None:
    async with line(settings) as here:
        assert await here.webhooks.text(body) == ["There was no text in your message. How can I help?"]
        assert here.lex.heard == []


async def test_message_longer_than_the_bot_takes(settings: GatewaySettings, database_url: str) -> None:
    async with line(settings, gateway_database_url=database_url) as here:
        [said] = await here.webhooks.text("word " * 300)  # type: ignore[misc]  # a list: the webhook answered
        assert said.startswith("That message was too long")
        assert here.lex.heard == []


async def test_number_with_a_locale_of_its_own(settings: GatewaySettings) -> None:
    lex = InLocales()
    async with line(settings, lex, twilio_locales={"+15550007777": "es_US"}) as here:
        await here.webhooks.text("hola", To="+15550007777")
        await here.webhooks.text("hello")
        assert lex.locales == ["es_US", None]
        assert len({session_id for session_id, _ in here.lex.heard}) == 2
        [said] = await here.webhooks.text("", To="+15550007777")  # type: ignore[misc]  # a list: the webhook answered
        assert said.startswith("Su mensaje")


class InLocales(FakeLex):
    """Remembers in which locale it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.locales: list[str | None] = []

    async def recognize(
        self, session_id: str, text: str, request_attributes: Mapping[str, str], locale_id: str | None
    ) -> RecognizeTextResponse:
        self.locales.append(locale_id)
        return await super().recognize(session_id, text, request_attributes, locale_id)


def answers(*messages: Message, asks_for: str | None = None) -> Turn:
    async def turn(text: str) -> RecognizeTextResponse:
        action = DialogAction(type="ElicitSlot", slot_to_elicit=asks_for) if asks_for else DialogAction(type="Close")
        return RecognizeTextResponse(
            session_id="s", messages=list(messages), session_state=SessionState(dialog_action=action)
        )

    return turn


def card(title: str, *labels: str) -> Message:
    buttons = [Button(text=label, value=f"value of {label}") for label in labels]
    shown = ImageResponseCard(title=title, subtitle="Which?", buttons=buttons)
    return Message(content_type="ImageResponseCard", image_response_card=shown)


async def test_cards_are_numbered_choices_that_a_number_answers(settings: GatewaySettings) -> None:
    async with line(settings) as here:
        here.lex.turn = answers(plain("Choose."), card("Accounts", "Checking", "Savings"), card("Cards", "Visa"))
        assert await here.webhooks.text("pay") == [
            "Choose.\nAccounts\nWhich?\n1. Checking\n2. Savings\nCards\nWhich?\n3. Visa"
        ]
        here.lex.turn = answers(plain("How much?"), asks_for="Amount")
        await here.webhooks.text("3.")
        await here.webhooks.text("2")  # a question without choices: two dollars
        here.lex.turn = answers(plain("Done."), card("More", "Yes", "No"))
        await here.webhooks.text("250")
        await here.webhooks.text("0001")
        await here.webhooks.text("3")
        assert [text for _, text in here.lex.heard] == ["pay", "value of Visa", "2", "250", "0001", "3"]


async def test_number_counts_only_for_choices_that_were_shown_before_it_was_written(settings: GatewaySettings) -> None:
    """Who presses send twice has not agreed to the question that the first message led to."""
    async with line(settings, twilio_answer_seconds=0.05) as here:
        here.lex.turn = answers(card("From which account?", "Checking", "Savings"))
        await here.webhooks.text("pay")
        going_on = asyncio.Event()

        async def slow(text: str) -> RecognizeTextResponse:
            await going_on.wait()
            return await answers(card("Pay $250.00?", "Yes", "No"))(text)

        here.lex.turn = slow
        await asyncio.gather(here.webhooks.text("1"), here.webhooks.text("1"))
        going_on.set()
        await eventually(lambda: len(here.lex.heard) == 3)
        assert [text for _, text in here.lex.heard] == ["pay", "value of Checking", "1"]


async def test_ssml_and_payloads_are_read_as_text(settings: GatewaySettings) -> None:
    async with line(settings) as here:
        here.lex.turn = answers(
            Message(
                content_type="SSML",
                content='<speak><p>Tom &amp; Ann,</p> you have <say-as interpret-as="digits">12</say-as>'
                '<break time="1s"/>and <sub alias="Bank">BK</sub>.</speak>',
            ),
            Message(content_type="CustomPayload", content='{"text": "See you", "colour": "red"}'),
            Message(content_type="CustomPayload", content='{"blocks": [{"type": "divider"}]}'),
            Message(content_type="CustomPayload", content="Plain after all"),
        )
        assert await here.webhooks.text("hello") == [
            "Tom & Ann,\nyou have 12 and Bank.\nSee you\nPlain after all",
        ]


async def test_long_answer_is_several_messages_in_order(settings: GatewaySettings) -> None:
    async with line(settings, twilio_sms_segments=1) as here:
        here.lex.turn = says(" ".join(f"word{number}" for number in range(60)))
        said = await here.webhooks.text("hello")
        assert isinstance(said, list)
        assert len(said) == 3
        assert " ".join(said).split() == [f"word{number}" for number in range(60)]


async def test_status_of_a_message_is_kept_and_shown(settings: GatewaySettings, database_url: str) -> None:
    async with line(settings, gateway_database_url=database_url) as here:
        await here.webhooks.text("hello")
        [sent] = here.twilio.sent
        path = sent.callback.removeprefix(PUBLIC_URL)

        async def becomes(status: str, **more: str) -> tuple[object, object]:
            form = {"AccountSid": ACCOUNT, "MessageSid": sent.sid, "MessageStatus": status, "To": PHONE, **more}
            answer = await here.webhooks.post(path, form)
            assert (answer.status_code, answer.content) == (204, b"")
            messages = (await here.deliveries(here.session_id))["messages"]
            assert isinstance(messages, list)
            assert messages[0]["provider_id"] == sent.sid
            return messages[0]["delivery"], messages[0]["error"]

        assert await becomes("sent") == ("sent", None)
        assert await becomes("queued") == ("sent", None)  # they overtake each other
        assert await becomes("undelivered", ErrorCode="30003") == ("undelivered", "30003")
        assert await becomes("sent") == ("undelivered", "30003")
        form = {"AccountSid": ACCOUNT, "MessageSid": sid("SM", 99), "MessageStatus": "sent"}
        for unknown in (STATUS, STATUS + "?message=999999", STATUS + "?message=99999999999999999999", path):
            assert (await here.webhooks.post(unknown, form)).status_code == 204
        headers = {"x-twilio-signature": signature(PUBLIC_URL + STATUS, form, "another")}
        assert (await here.client.post(STATUS, data=form, headers=headers)).status_code == 403


async def test_deliveries_are_for_agents_and_supervisors(settings: GatewaySettings) -> None:
    async with line(settings) as here:
        await here.webhooks.text("hello")
        path = f"/api/v1/conversations/{here.session_id}/deliveries"
        statuses = {}
        for role in ("agent", "supervisor", "analyst"):
            statuses[role] = (await here.client.get(path, headers=await with_roles(here.client, role))).status_code
        assert statuses == {"agent": 200, "supervisor": 200, "analyst": 403}
        assert (await here.client.get(path)).status_code == 401
        headers = await signed_in(here.client)
        assert (await here.client.get("/api/v1/conversations/sms:x/deliveries", headers=headers)).status_code == 404


async def test_flood_is_told_once_and_then_not_answered(settings: GatewaySettings) -> None:
    async with line(settings, flood_repeats=3) as here:
        here.lex.turn = says("Hello.")
        said = [await here.webhooks.text("again") for _ in range(6)]
        assert said[:3] == [["Hello."]] * 3
        assert said[3] == [settings.flood_notice]
        assert said[4:] == [[], []]


async def test_without_credentials_the_doors_are_shut(settings: GatewaySettings) -> None:
    async with line(settings, twilio_account_sid="") as here:
        for path in (SMS, STATUS):
            answer = await here.webhooks.post(path, here.webhooks.sms("hello"))
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "values",
    [
        {"twilio_account_sid": ACCOUNT},
        {"twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN},
        {"twilio_account_sid": ACCOUNT, "twilio_auth_token": "", "public_url": PUBLIC_URL},
        {"twilio_account_sid": "a name"},
        {"twilio_locales": "es_US"},
        {"twilio_locales": "+1555=Spanish"},
        {"twilio_answer_seconds": 20},
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GatewaySettings.model_validate(values)


def test_empty_settings_are_no_settings() -> None:
    empty = {"twilio_account_sid": "", "twilio_auth_token": "", "twilio_locales": "", "twilio_agent_number": ""}
    assert not GatewaySettings.model_validate(empty).has_twilio


def test_locales_are_written_between_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNILEX_TWILIO_LOCALES", "+15550100=es_US | +15550101=en_US")
    monkeypatch.setenv("OMNILEX_TWILIO_STOP_WORDS", "STOP|ALTO")
    found = GatewaySettings()
    assert found.twilio_locales == {"+15550100": "es_US", "+15550101": "en_US"}
    assert found.twilio_stop_words == ("STOP", "ALTO")


FORGERIES = 1000


async def test_a_thousand_forged_replayed_and_malformed_requests(
    settings: GatewaySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """None is heard or answered, none breaks anything, and nothing of them comes back."""
    rng = random.Random(5)  # noqa: S311  the same order each time
    async with line(settings) as here:
        here.lex.turn = repeats
        genuine = here.webhooks.sms("genuine", sender="+15551112222")
        good = signature(PUBLIC_URL + SMS, genuine)
        assert (await here.webhooks.post(SMS, genuine)).status_code == 200
        heard, statuses = len(here.lex.heard), []
        for number in range(FORGERIES):
            marked = f"forged{rng.randrange(10**9)}"
            headers, content = _forged(rng, number, genuine, good, marked)
            answer = await here.client.post(SMS, content=content, headers=headers)
            statuses.append(answer.status_code)
            assert marked not in answer.text
            assert answer.status_code in (200, 400, 403, 413, 415, 422), answer.text
            if answer.status_code == 200:  # what Twilio itself has sent, once more
                assert answer.content == b'<?xml version="1.0" encoding="UTF-8"?><Response />'
            else:
                assert answer.headers["content-type"] == "application/problem+json"
        assert len(here.lex.heard) == heard
        assert len(set(statuses)) == 6
        logged = without_chance(capsys.readouterr().out)
        for secret in ("forged", TOKEN, "15551112222", good):
            assert secret not in logged
        assert b"+1555111" not in everything_in(here.settings.data_dir)


def _forged(
    rng: random.Random, number: int, genuine: dict[str, str], good: str, marked: str
) -> tuple[dict[str, str], bytes]:
    form = genuine | {"Body": marked, "MessageSid": sid("SM", 10**6 + number)}
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": good}
    kinds = ("replayed", "changed", "unsigned", "nonsense", "other key", "other account", "other address", "malformed")
    match kinds[number % len(kinds)]:
        case "replayed":
            form = genuine
        case "unsigned":
            del headers["x-twilio-signature"]
        case "nonsense":
            headers["x-twilio-signature"] = rng.choice([marked, "=", "", "A" * 5000, good[:-2] + "AA", good.lower()])
        case "other key":
            headers["x-twilio-signature"] = signature(PUBLIC_URL + SMS, form, "some other token")
        case "other account":
            form |= {"AccountSid": "AC" + "f" * 32}
            headers["x-twilio-signature"] = signature(PUBLIC_URL + SMS, form)
        case "other address":
            headers["x-twilio-signature"] = signature(PUBLIC_URL + STATUS, form)
        case "malformed":
            return _malformed(rng, headers, form, marked)
    return headers, httpx.Request("POST", PUBLIC_URL, data=form).content


def _malformed(
    rng: random.Random, headers: dict[str, str], form: dict[str, str], marked: str
) -> tuple[dict[str, str], bytes]:
    """Some of them signed: as if somebody had the key and no manners."""
    match rng.randrange(6):
        case 0:
            return headers | {"content-type": "application/json"}, marked.encode()
        case 1:
            return headers, b"Body=" + marked.encode() + b"%ff%fe&x=\xff"
        case 2:
            return headers, b"Body=" + marked.encode() + b"x" * 70_000
        case 3:
            return headers, b"&".join(b"a%d=%s" % (field, marked.encode()) for field in range(400))
        case 4:
            form = form | {"From": marked}
        case _:
            form = form | {"MessageSid": marked}
    signed = headers | {"x-twilio-signature": signature(PUBLIC_URL + SMS, form)}
    return signed, httpx.Request("POST", PUBLIC_URL, data=form).content


async def test_two_of_one_parameter_are_none(settings: GatewaySettings) -> None:
    async with line(settings) as here:
        form = here.webhooks.sms("hello")
        assert (await here.webhooks.post(SMS, form | {"To": OUR_NUMBER, "From": "somebody"})).status_code == 422
        assert SERVICE in form.values()
        content = httpx.Request("POST", PUBLIC_URL, data=form).content + b"&From=%2B15559990000"
        doubled = {**form, "From": ""}
        signed_for = sorted([*((name, value) for name, value in doubled.items() if name != "From")])
        assert signed_for
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": _signature_of_pairs(form, "+15559990000"),
        }
        answer = await here.client.post(SMS, content=content, headers=headers)
        assert answer.status_code == 422
        assert here.lex.heard == []


def _signature_of_pairs(form: dict[str, str], second: str) -> str:
    from twilio.request_validator import RequestValidator

    class Doubled(dict[str, str]):
        def getlist(self, name: str) -> list[str]:
            return [self[name], second] if name == "From" else [self[name]]

    return str(RequestValidator(TOKEN).compute_signature(PUBLIC_URL + SMS, Doubled(form)))


async def test_words_for_us_are_answered_though_a_person_has_the_conversation(settings: GatewaySettings) -> None:
    async with line(settings) as here:
        here.lex.turn = says(
            "Connecting.", intent="TransferToAgent", state="Fulfilled", attributes={"omnilex:transfer": "{}"}
        )
        await here.webhooks.text("a person")
        admin = await signed_in(here.client)
        (waiting,) = (await here.client.get("/api/v1/handoffs", headers=admin)).json()["items"]
        path = f"/api/v1/handoffs/{waiting['handoff_id']}"
        assert (await here.client.post(f"{path}/take", headers=admin)).status_code == 200
        await eventually(lambda: "colleague" in here.twilio.texts(PHONE)[-1])
        assert "Reply STOP" in str(await here.webhooks.text("HELP"))
        assert "no more text messages" in str(await here.webhooks.text("stop"))
        before = list(here.twilio.sent)
        headers = {**admin, "idempotency-key": "after-the-stop"}
        written = await here.client.post(f"{path}/messages", headers=headers, json={"text": "Are you there?"})
        assert written.status_code == 202

        async def refused() -> bool:
            turns = (await here.client.get(f"{path}/messages", headers=admin)).json()["messages"]
            return (turns[-1]["delivery"], turns[-1]["delivery_error"]) == ("failed", "opted_out")

        await eventually(refused)
        assert here.twilio.sent == before
        assert "again" in str(await here.webhooks.text("START"))
        assert [text for _, text in here.lex.heard] == ["a person"]
