"""Whatever is said and whatever comes in: what goes to Twilio can be read, and nothing breaks."""

from contextlib import suppress
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.channels import twilio_sms, twilio_voice
from services.gateway.channels.call_place import MOST_TURNS, Place
from services.gateway.channels.plain_words import words_of
from services.gateway.channels.twilio_voice import Question, Voice, ask, connect, hang_up, hold
from services.gateway.channels.voice_words import voice_words
from services.gateway.ports import Reach
from shared.errors import InvalidRequest
from shared.schemas.chat import ChatMessage
from shared.schemas.lex import Button, ImageResponseCard

ANYTHING = st.text(max_size=60)
MARKED_UP = st.lists(
    st.sampled_from(
        [
            "<speak>",
            "</speak>",
            "<break/>",
            "<p>",
            "</p>",
            "<x:y z='1'>",
            "<sub alias='a'>",
            "</sub>",
            "&amp;",
            "&",
            "<!",
            "é",
        ]
    )
    | ANYTHING,
    max_size=8,
).map("".join)
CARDS = st.builds(
    ImageResponseCard,
    title=ANYTHING,
    subtitle=st.none() | ANYTHING,
    image_url=st.none(),
    buttons=st.none() | st.lists(st.builds(Button, text=ANYTHING, value=ANYTHING), max_size=5),
)
MESSAGES = st.lists(
    st.builds(ChatMessage, content_type=st.just("PlainText"), content=ANYTHING)
    | st.builds(ChatMessage, content_type=st.just("SSML"), content=MARKED_UP)
    | st.builds(ChatMessage, content_type=st.just("CustomPayload"), content=MARKED_UP | st.just('{"text": ["a"]}'))
    | st.builds(ChatMessage, content_type=st.just("ImageResponseCard"), image_response_card=CARDS),
    max_size=4,
)
FORMS = st.dictionaries(
    st.sampled_from(
        [
            "MessageSid",
            "CallSid",
            "From",
            "To",
            "Body",
            "NumMedia",
            "Digits",
            "SpeechResult",
            "Confidence",
            "StirVerstat",
        ]
    ),
    st.sampled_from(["SM" + "0" * 32, "CA" + "0" * 32, "+15550001111", "12345", "1", "0.5"]) | ANYTHING,
)
VOICE = Voice("en-US", voice_words("en_US"), barge_in=True)
TO = Reach(destination={"to": "+15550001111", "from": "+15550009999", "service": ""})


@given(MESSAGES, st.none() | st.sampled_from(["Pin", "Amount", "Payee"]), st.booleans())
def test_twiml_of_a_call_can_be_read(messages: list[ChatMessage], slot: str | None, secret: bool) -> None:
    question = Question(messages, slot, secret, first="First.", last="Last.")
    for said in (
        ask(question, VOICE, "https://bank.example/turn?turn=1&missed=2", record="https://bank.example/recording"),
        connect(messages, VOICE, "+15550005555", "https://bank.example/dialled"),
        hang_up(VOICE, messages, "Goodbye."),
        hold(VOICE, "https://bank.example/turn?waits=1", aloud=True),
    ):
        root = ElementTree.fromstring(said.encode())  # noqa: S314  our own
        assert root.tag == "Response"
        assert all(len("".join(say.itertext())) <= 4096 for say in root.iter("Say"))


@given(MESSAGES)
def test_text_messages_have_words_and_no_more_than_twilio_takes(messages: list[ChatMessage]) -> None:
    rendered = twilio_sms.render(messages, TO, 4)
    for payload in rendered.payloads:
        body = str(payload["Body"])
        assert body.strip()
        assert len(body.encode("utf-16-le")) // 2 <= 1600
        ElementTree.fromstring(f"<a>{_escaped(body)}</a>".encode())  # noqa: S314  our own
    buttons = [button.value for message in messages for button in _buttons(message)]
    assert list(rendered.choices) == buttons == list(words_of(messages).choices)


def _buttons(message: ChatMessage) -> list[Button]:
    return (message.image_response_card.buttons or []) if message.image_response_card else []


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@given(FORMS)
def test_what_comes_in_is_read_or_refused(form: dict[str, str]) -> None:
    for parse in (twilio_sms.parse, twilio_voice.parse):
        with suppress(InvalidRequest):
            assert parse(form) is not None


@given(st.dictionaries(st.sampled_from(["turn", "missed", "waits", "paused"]), ANYTHING | st.integers().map(str)))
def test_any_address_is_a_place_in_a_call(query: dict[str, str]) -> None:
    place = Place.read(query)
    assert 1 <= place.turn <= MOST_TURNS
    assert Place.read(dict(part.split("=") for part in place.query().split("&"))) == place
