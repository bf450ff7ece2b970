"""Telephone calls by Twilio: what a request says, and what an answer looks like.

Source: Twilio's "Request to your application" (parameters of a call) and the verbs Gather, Say, Dial and Start.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twilio.twiml.voice_response import Dial, Gather, Say, Start, VoiceResponse

from services.gateway.channels.keypad import AMOUNTS, DATES, KEYED_SLOTS
from services.gateway.channels.plain_words import clean
from services.gateway.channels.spoken import labels_of, plain_say, said
from services.gateway.channels.twilio_sms import CALLER_NUMBER, PLATFORM
from services.gateway.channels.voice_words import VoiceWords
from services.gateway.ports import Reach
from shared.errors import InvalidRequest
from shared.schemas.chat import ChatMessage

CHANNEL = "voice"
PIN_DIGITS = 4
_CALL = re.compile(r"CA[0-9a-f]{32}")
_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
_KEYS = re.compile(r"[0-9*#A-D]{1,64}")
_CONFIDENCE = re.compile(r"[01](\.[0-9]{1,20})?")
# Numbers that Twilio shows for callers who hide theirs: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE in keys.
_HIDDEN = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
_FORGED = "TN-Validation-Failed"
_LONGEST_TEXT = 1024  # what Lex takes
_SILENCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class CallRequest:
    """`caller` is empty when it is hidden, or when the networks say that it is forged. `speech` was heard that surely:
    0 to 1, null when nothing is known of it.
    """

    call_id: str
    caller: str
    called: str
    status: str
    digits: str
    speech: str
    confidence: float | None
    dialled: str

    @property
    def reach(self) -> Reach:
        attributes = {PLATFORM: "Twilio"}
        return Reach(attributes=attributes | ({CALLER_NUMBER: self.caller} if self.caller else {}))


def parse(form: Mapping[str, str]) -> CallRequest:
    """A signed request of Twilio. Raises InvalidRequest for one that is not of a call."""
    call_id, caller = form.get("CallSid", ""), form.get("From", "")
    if not _CALL.fullmatch(call_id):
        raise InvalidRequest("The request is not of a call.")
    known = _E164.fullmatch(caller) and caller not in _HIDDEN and _FORGED not in form.get("StirVerstat", "")
    digits, confidence = form.get("Digits", ""), form.get("Confidence", "")
    return CallRequest(
        call_id=call_id,
        caller=caller if known else "",
        called=form.get("To", "")[:64],
        status=form.get("CallStatus", ""),
        digits=digits if _KEYS.fullmatch(digits) else "",
        speech=clean(form.get("SpeechResult", ""))[:_LONGEST_TEXT],
        confidence=float(confidence) if _CONFIDENCE.fullmatch(confidence) else None,
        dialled=form.get("DialCallStatus", ""),
    )


@dataclass(frozen=True, slots=True)
class Voice:
    """How a call is held: in which language, and whether the caller may speak while we do."""

    language: str
    words: VoiceWords
    barge_in: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is said, then listened for. `first` comes before, `last` after it, in our own words."""

    messages: Sequence[ChatMessage]
    slot: str | None
    secret: bool
    first: str = ""
    last: str = ""


def ask(question: Question, voice: Voice, action: str, *, record: str = "") -> str:
    """Says and listens; what was heard, or silence, goes to `action`. `record` is where a recording is announced to."""
    response = VoiceResponse()
    if record:
        response.append(plain_say(voice.words.recorded, voice.language))
        start = Start()
        start.recording(recording_status_callback=record, recording_status_callback_event="completed", channels="dual")
        response.append(start)
    gather = Gather(
        input="dtmf speech",
        action=action,
        method="POST",
        timeout=_SILENCE_SECONDS,
        speech_timeout="auto",
        language=voice.language,
        profanity_filter=False,
        barge_in=voice.barge_in,
        action_on_empty_result=True,
        **_keys(question),
    )
    for say in _spoken(question, voice):
        gather.append(say)
    response.append(gather)
    return str(response)


def _spoken(question: Question, voice: Voice) -> list[Say]:
    first, last = ([plain_say(text, voice.language)] if text else [] for text in (question.first, question.last))
    how = [plain_say(text, voice.language)] if (text := _how_to_key_in(question, voice.words)) else []
    return [*first, *said(question.messages, voice.words, voice.language), *how, *last]


def _how_to_key_in(question: Question, words: VoiceWords) -> str:
    if question.slot in AMOUNTS:
        return words.key_in_amount
    if question.slot in DATES:
        return words.key_in_date
    return words.key_in if question.secret or question.slot in KEYED_SLOTS else ""


def _keys(question: Question) -> dict[str, object]:
    """How many keys are waited for, and what speech recognition is to expect."""
    labels = labels_of(question.messages)
    if question.secret:
        return {"num_digits": PIN_DIGITS, "finish_on_key": "#", "hints": "$OOV_CLASS_DIGIT_SEQUENCE"}
    if question.slot in KEYED_SLOTS:
        return {"finish_on_key": "#", "hints": KEYED_SLOTS[question.slot]}
    if 0 < len(labels) <= 9:
        return {"num_digits": 1, "hints": ",".join(label.replace(",", " ")[:100] for label in labels)}
    return {"finish_on_key": "#"}


def hold(voice: Voice, again: str, *, aloud: bool) -> str:
    """Has Twilio ask once more in a moment: it gives up on an answer that takes 15 seconds."""
    response = VoiceResponse()
    if aloud:
        response.append(plain_say(voice.words.moment, voice.language))
    response.pause(length=1)
    response.redirect(again, method="POST")
    return str(response)


def connect(messages: Sequence[ChatMessage], voice: Voice, number: str, action: str) -> str:
    """Puts the caller through; what came of it goes to `action`."""
    response = VoiceResponse()
    for say in said(messages, voice.words, voice.language):
        response.append(say)
    response.append(Dial(number, action=action, method="POST", timeout=30, answer_on_bridge=True))
    return str(response)


def busy() -> str:
    """The caller hears the busy tone; Twilio answers no such call."""
    response = VoiceResponse()
    response.reject(reason="busy")
    return str(response)


def hang_up(voice: Voice, messages: Sequence[ChatMessage] = (), last: str = "") -> str:
    response = VoiceResponse()
    for say in said(messages, voice.words, voice.language):
        response.append(say)
    if last:
        response.append(plain_say(last, voice.language))
    response.hangup()
    return str(response)
