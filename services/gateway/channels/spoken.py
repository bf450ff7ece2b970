"""Messages of the bot for a voice: what Twilio's `Say` takes of their SSML.

Source: the tags that Twilio lists for `<Say>` with Amazon Polly and Google voices.
"""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Say

from services.gateway.channels.plain_words import clean, ssml_text, text_of
from services.gateway.channels.voice_words import VoiceWords
from shared.schemas.chat import ChatMessage

_TAGS = frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"})
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LONGEST = 4000  # characters that one Say takes


def said(messages: Sequence[ChatMessage], words: VoiceWords, language: str) -> Iterator[Say]:
    """A `Say` for each message that says something; the buttons of cards as keys to press, from 1 on."""
    digit = 0
    for message in messages:
        if (card := message.image_response_card) is not None:
            lines = [clean(card.title), clean(card.subtitle or "")]
            for button in card.buttons or []:
                digit += 1
                lines.append(words.press.format(digit=digit, choice=clean(button.text)))
            yield plain_say(". ".join(line.rstrip(".") for line in lines if line) + ".", language)
        elif message.content_type == "SSML":
            yield _ssml_say(message.content or "", language)
        elif text := clean(text_of(message)):
            yield plain_say(text, language)


def plain_say(text: str, language: str) -> Say:
    return Say(text[:_LONGEST], language=language)


def choices_of(messages: Sequence[ChatMessage]) -> list[str]:
    """The values of the buttons, as the keys are numbered."""
    cards = (message.image_response_card for message in messages)
    return [button.value for card in cards if card is not None for button in card.buttons or []]


def labels_of(messages: Sequence[ChatMessage]) -> list[str]:
    cards = (message.image_response_card for message in messages)
    return [clean(button.text) for card in cards if card is not None for button in card.buttons or []]


def _ssml_say(ssml: str, language: str) -> Say:
    """What is no SSML is said as text, without its tags."""
    text = clean(ssml)
    try:
        root = ElementTree.fromstring(text) if "<!" not in text else None  # noqa: S314  no document type gets here
    except ElementTree.ParseError:
        root = None
    if root is None or len(text) > _LONGEST:
        return plain_say(ssml_text(text), language)
    say = Say(None, language=language)
    _fill(say, root)
    return say


def _fill(into: TwiML, element: ElementTree.Element) -> None:
    """The element's inside. Of a tag that Twilio does not know only the inside is kept."""
    pending = element.text or ""
    for child in element:
        if child.tag in _TAGS:
            _text(into, pending)
            attributes = {("xml:lang" if name == _XML_LANG else name): value for name, value in child.attrib.items()}
            _fill(into.add_child(child.tag, **attributes), child)
            pending = child.tail or ""
        else:
            inside = "".join(child.itertext())
            pending += inside + (child.tail or "")
    _text(into, pending)


def _text(into: TwiML, text: str) -> None:
    if text:
        into.nest(text)
