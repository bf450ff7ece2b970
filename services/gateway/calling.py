"""Telephone calls by Twilio: the bot speaks and listens, one conversation for each call.

What a call has come to is in the addresses that Twilio is told to call next, which Twilio signs: the same request gets
the same answer. A turn that takes long goes on while Twilio is asked to come again.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from services.gateway.call_recorder import CallRecorder
from services.gateway.call_rules import CallRules
from services.gateway.call_turns import CallTurns
from services.gateway.channels.call_place import MOST_TURNS, MOST_WAITS, REPROMPTS, Place
from services.gateway.channels.keypad import meant_by
from services.gateway.channels.spoken import choices_of
from services.gateway.channels.twilio_voice import (
    CHANNEL,
    CallRequest,
    Question,
    Voice,
    ask,
    busy,
    connect,
    hang_up,
    hold,
    parse,
)
from services.gateway.channels.voice_words import VoiceWords, voice_words
from services.gateway.messaging import Messaging
from services.gateway.ports import ProviderBusy
from services.gateway.recordings import Recordings
from services.gateway.transcript import plain_text
from services.gateway.twilio_requests import TwilioRequests
from shared.errors import Problem, TooManyRequests, Unauthenticated, Unavailable
from shared.schemas.chat import ChatDialog, ChatMessage, ChatReply

log = logging.getLogger("omnilex.gateway")

PATH = "/webhooks/twilio/voice"
_TRANSFER, _GOODBYE = "TransferToAgent", "Goodbye"
_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_PUT_THROUGH = frozenset({"completed", "answered"})


class Calling:
    def __init__(
        self, messaging: Messaging, requests: TwilioRequests, rules: CallRules, recordings: Recordings
    ) -> None:
        self.requests = requests
        self._recordings = recordings
        self._conversations = messaging.conversations
        self._addresses = messaging.addresses
        self._limits = messaging.channel_limits
        self._rules = rules
        self._recorder = CallRecorder(rules.control)
        self._turns = CallTurns(messaging.conversations, messaging.wakeups, wait=rules.wait)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Carries recordings over for the life of the block; at its end the turns that go on are finished first."""
        async with self._recordings.working():
            try:
                yield
            finally:
                await self._turns.finish()

    async def begin(self, form: Mapping[str, str]) -> str:
        """The TwiML for a call that comes in. Raises InvalidRequest."""
        call = parse(form)
        try:
            self._limits.take(CHANNEL)
        except TooManyRequests:
            log.warning("call.rejected")
            return busy()
        voice = self._voice(call)
        greeting = self._greeting(call)
        await self._conversations.open_named(
            self._session(call),
            CHANNEL,
            greeting,
            reach=call.reach,
            address=self._addresses.address(CHANNEL, call.caller) if call.caller else None,
            locale_id=self._rules.locales.get(call.called),
        )
        record = self.requests.url(f"{PATH}/recording") if self._rules.control is not None else ""
        return ask(Question(greeting, None, secret=False), voice, self._action("turn", Place()), record=record)

    async def turn(self, form: Mapping[str, str], query: Mapping[str, str]) -> str:
        """The TwiML after the caller spoke, keyed something in, or was silent. Raises InvalidRequest."""
        call, place = parse(form), Place.read(query)
        try:
            if place.waits:
                return await self._waited(call, place)
            heard = self._heard(call)
            if heard is None:
                return await self._missed(call, place)
            if place.turn >= MOST_TURNS:
                return hang_up(self._voice(call), last=self._voice(call).words.goodbye)
            text = await self._meant(call, place, heard)
            return await self._said(call, place, text)
        except Unauthenticated:  # the call is over: a request of it that comes late or again
            return hang_up(self._voice(call))

    async def dialled(self, form: Mapping[str, str], query: Mapping[str, str]) -> str:
        """The TwiML after the caller was put through, or nobody answered. Raises InvalidRequest."""
        call, place = parse(form), Place.read(query)
        voice = self._voice(call)
        if call.dialled in _PUT_THROUGH:
            return hang_up(voice)
        question = Question([], None, secret=False, first=voice.words.nobody, last=voice.words.more)
        return ask(question, voice, self._action("turn", place))

    async def status(self, form: Mapping[str, str]) -> None:
        """Ends the conversation of a call that is over. Raises InvalidRequest, and as `Conversations.close`."""
        call = parse(form)
        if call.status not in _OVER:
            return
        try:
            await self._conversations.close(self._session(call))
        except Unauthenticated:  # ended before, or never begun
            return

    async def recorded(self, form: Mapping[str, str]) -> None:
        """Puts a recording in line for the media service. Raises InvalidRequest."""
        call = parse(form)
        await self._recordings.keep(form, self._session(call), self._rules.locale_id.replace("_", "-"))

    def _session(self, call: CallRequest) -> str:
        return self._addresses.session(CHANNEL, call.call_id)

    def _locale(self, call: CallRequest) -> str:
        return self._rules.locales.get(call.called, self._rules.locale_id)

    def _voice(self, call: CallRequest) -> Voice:
        locale_id = self._locale(call)
        return Voice(locale_id.replace("_", "-"), voice_words(locale_id), self._rules.barge_in)

    def _greeting(self, call: CallRequest) -> list[ChatMessage]:
        locale_id = self._locale(call)
        greetings = self._rules.greetings
        return [plain_text(greetings.get(locale_id) or greetings[self._rules.locale_id])]

    def _action(self, where: str, place: Place) -> str:
        return self.requests.url(f"{PATH}/{where}?{place.query()}")

    def _heard(self, call: CallRequest) -> str | None:
        """What the bot is to be told; None for silence, empty for what was not understood."""
        if call.digits:
            return call.digits
        if not call.speech:
            return None
        unsure = call.confidence is not None and call.confidence < self._rules.confidence
        return "" if unsure else call.speech

    async def _meant(self, call: CallRequest, place: Place, heard: str) -> str:
        """What was heard; the choice behind a key; the wish for a person, when that was offered."""
        words = self._voice(call).words
        if place.missed > REPROMPTS and _is_yes(heard, words):
            return words.wants_person
        if not call.digits:
            return heard
        before = await self._before(call, place)
        if before is None or before.dialog.slot_to_elicit in self._rules.secret_slots:
            return heard
        choices = choices_of(before.messages)
        key = int(heard) if heard.isdigit() and len(heard) == 1 else 0
        if 0 < key <= len(choices):
            return choices[key - 1]
        return meant_by(before.dialog.slot_to_elicit, heard, self._voice(call).language)

    async def _missed(self, call: CallRequest, place: Place) -> str:
        """Asks again twice, then offers a person, then says goodbye."""
        voice = self._voice(call)
        if place.missed > REPROMPTS or (place.missed == REPROMPTS and not self._rules.somebody_is_there()):
            return hang_up(voice, last=voice.words.goodbye)
        following = replace(place, missed=place.missed + 1)
        if place.missed == REPROMPTS:
            question = Question([], None, secret=False, first=voice.words.offer)
            return ask(question, voice, self._action("turn", following))
        return await self._again(call, following, voice.words.unheard)

    async def _again(self, call: CallRequest, place: Place, first: str) -> str:
        """The question once more, after our own words."""
        before = await self._before(call, place)
        messages = (before.messages if before else self._greeting(call))[-1:]
        slot = before.dialog.slot_to_elicit if before else None
        question = Question(messages, slot, slot in self._rules.secret_slots, first=first)
        return ask(question, self._voice(call), self._action("turn", place))

    async def _before(self, call: CallRequest, place: Place) -> ChatReply | None:
        """The answer that the caller has just heard; None where that was the greeting, or is not there."""
        if place.turn <= 1:
            return None
        try:
            return await self._conversations.answer_to(self._session(call), Place(place.turn - 1).message_id)
        except Unavailable:
            return None

    async def _said(self, call: CallRequest, place: Place, text: str) -> str:
        if not text:
            again = replace(place, missed=min(place.missed + 1, REPROMPTS))
            return await self._again(call, again, self._voice(call).words.unclear)
        try:
            reply = await self._turns.take(self._session(call), place.message_id, text)
        except Unauthenticated:
            raise
        except Problem:
            return self._trouble(call, place)
        return self._hold(call, place) if reply is None else await self._answered(call, place, reply)

    def _hold(self, call: CallRequest, place: Place) -> str:
        again = self._action("turn", replace(place, waits=place.waits + 1))
        return hold(self._voice(call), again, aloud=place.waits % 3 == 0)

    async def _waited(self, call: CallRequest, place: Place) -> str:
        """The answer to a turn that is being taken, here or by another process."""
        try:
            reply = await self._turns.wait_for(self._session(call), place.message_id)
        except Unavailable:
            return self._trouble(call, place)
        if reply is not None:
            return await self._answered(call, place, reply)
        return self._trouble(call, place) if place.waits >= MOST_WAITS else self._hold(call, place)

    def _trouble(self, call: CallRequest, place: Place) -> str:
        voice = self._voice(call)
        question = Question([], None, secret=False, first=voice.words.trouble)
        return ask(question, voice, self._action("turn", place.following))

    async def _answered(self, call: CallRequest, place: Place, reply: ChatReply) -> str:
        voice, dialog, following = self._voice(call), reply.dialog, place.following
        if _has_ended(dialog, _TRANSFER):
            return await self._put_through(call, voice, following, reply)
        if _has_ended(dialog, _GOODBYE):
            return hang_up(voice, reply.messages)
        secret = dialog.slot_to_elicit in self._rules.secret_slots
        try:
            paused = await self._recorder.suits(call.call_id, secret=secret, paused=place.paused)
            following = replace(following, paused=paused)
        except ProviderBusy:  # a secret must not be said into a recording
            log.warning("call.recording_not_paused")
            return self._trouble(call, place) if place.waits >= MOST_WAITS else self._hold(call, place)
        asks = dialog.slot_to_elicit is not None or dialog.state not in ("Fulfilled", "Failed")
        last = "" if asks or _ends_with_a_question(reply.messages) else voice.words.more
        question = Question(reply.messages, dialog.slot_to_elicit, secret, last=last)
        return ask(question, voice, self._action("turn", following))

    async def _put_through(self, call: CallRequest, voice: Voice, following: Place, reply: ChatReply) -> str:
        if not self._rules.somebody_is_there():
            first = self._rules.nobody_words(voice.words, voice.language)
            question = Question([], None, secret=False, first=first, last=voice.words.more)
            return ask(question, voice, self._action("turn", following))
        await self._recorder.suits(call.call_id, secret=False, paused=following.paused)
        action = self._action("dialled", replace(following, paused=False))
        return connect(reply.messages, voice, self._rules.agent_number, action)


def _has_ended(dialog: ChatDialog, intent: str) -> bool:
    return dialog.intent == intent and dialog.state == "Fulfilled"


def _is_yes(heard: str, words: VoiceWords) -> bool:
    return heard == "1" or heard.strip(" .!").replace(",", "").lower() in words.yes


def _ends_with_a_question(messages: list[ChatMessage]) -> bool:
    last = next((message.content for message in reversed(messages) if message.content), "")
    return last.removesuffix("</speak>").rstrip().endswith("?")
