"""Text messages by Twilio: each is kept first, then answered with the response to its webhook or, later, by itself."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from twilio.twiml.messaging_response import MessagingResponse

from services.gateway.channels.plain_words import clean
from services.gateway.channels.sms_words import SmsWords, sms_words
from services.gateway.channels.twilio_sms import CHANNEL, IncomingSms, Keyword, parse
from services.gateway.messaging import Messaging
from services.gateway.opt_outs import OptOuts
from services.gateway.outbox import Answers
from services.gateway.ports import Inbound
from services.gateway.twilio_requests import TwilioRequests

_LOOK_EVERY = 1.0
_LONGEST_WAIT = 600.0  # of a message, when the channel is over its limit
_LONGEST_TEXT = 1024  # what Lex takes
_YES = "YES"


@dataclass(frozen=True, slots=True)
class Keywords:
    """Words that, alone in a message and in any case, stop, start again or ask for help."""

    stop: frozenset[str]
    start: frozenset[str]
    help: frozenset[str]

    def of(self, text: str, *, opted_out: bool) -> Keyword | None:
        word = text.strip().strip(".!").upper()
        if word in self.stop:
            return "STOP"
        if word in self.start and (word != _YES or opted_out):
            return "START"
        return "HELP" if word in self.help else None


@dataclass(frozen=True, slots=True)
class TwimlReply:
    """The response to a webhook. `answers` are what it delivers, to be settled once it has gone out."""

    body: str
    answers: Answers | None = None


class Texting:
    """`locales` are those of the numbers that are texted; a webhook waits `answer_seconds` for its answer."""

    def __init__(
        self,
        messaging: Messaging,
        requests: TwilioRequests,
        opt_outs: OptOuts,
        *,
        keywords: Keywords,
        locales: Mapping[str, str],
        locale_id: str,
        help_notice: str,
        status_path: str,
        answer_seconds: float,
    ) -> None:
        self.requests = requests
        self.opt_outs = opt_outs
        self._messaging = messaging
        self._keywords = keywords
        self._locales = locales
        self._locale_id = locale_id
        self._help_notice = help_notice
        self._status_url = requests.url(status_path)
        self._answer_seconds = answer_seconds

    async def receive(self, form: Mapping[str, str]) -> TwimlReply:
        """Keeps the message of a verified request, and waits for the answer. Raises InvalidRequest."""
        sms = parse(form)
        address = self._messaging.addresses.address(CHANNEL, sms.sender)
        opted_out = await self.opt_outs.find(address) is not None
        keyword = sms.keyword or (None if sms.files else self._keywords.of(sms.text, opted_out=opted_out))
        locale_id = self._locales.get(sms.recipient)
        said = self._said(sms, keyword, sms_words(locale_id or self._locale_id), opted_out=opted_out)
        asks_bot = said.answered_with is None
        wait = min(self._messaging.channel_limits.wait(CHANNEL), _LONGEST_WAIT) if asks_bot else 0.0
        inbound = replace(
            said,
            address=address,
            locale_id=locale_id,
            session_id=self._session(sms, locale_id),
            held_back=timedelta(seconds=wait),
        )
        alongside = None
        if keyword == "STOP":
            alongside = self.opt_outs.adding(address, sms.text.strip().upper()[:16] or keyword)
        elif keyword == "START":
            alongside = self.opt_outs.removing(address)
        await self._messaging.conversations.receive(inbound, alongside)
        self._messaging.rounds.attend(inbound.session_id)
        answers = await self._answers(inbound) if wait < self._answer_seconds else None
        if answers is None or not answers.ids:
            return TwimlReply(self._twiml(None))
        try:
            unwanted = keyword != "STOP" and await self.opt_outs.find(address) is not None  # perhaps meanwhile
        except BaseException:
            await self.settle(answers, delivered=False)
            raise
        if unwanted:
            await self.settle(answers, delivered=False)
            return TwimlReply(self._twiml(None))
        return TwimlReply(self._twiml(answers), answers)

    async def settle(self, answers: Answers, *, delivered: bool) -> None:
        """Must be called once for every reply with answers: until then nobody else sends them."""
        await self._messaging.outbox.settle_answer(answers, delivered=delivered)

    async def status(self, form: Mapping[str, str], reference: str | None) -> bool:
        """Keeps what became of a message of ours; whether there is such a one."""
        number = int(reference) if reference and reference.isascii() and reference.isdigit() else None
        return await self._messaging.outbox.delivered(
            CHANNEL,
            clean(form.get("MessageSid", ""))[:80],
            clean(form.get("MessageStatus", ""))[:32],
            clean(form.get("ErrorCode", ""))[:64] or None,
            number if number is not None and number < _BIGGEST else None,
        )

    def _session(self, sms: IncomingSms, locale_id: str | None) -> str:
        """One conversation for each customer, service (or number, where there is none) and language."""
        return self._messaging.addresses.session(CHANNEL, sms.service or sms.recipient, sms.sender, locale_id or "")

    def _said(self, sms: IncomingSms, keyword: Keyword | None, words: SmsWords, *, opted_out: bool) -> Inbound:
        """The message, and what is to be said in place of the bot or before it."""
        inbound = Inbound(CHANNEL, "", sms.message_id, sms.text, sms.reach)
        if keyword is not None:
            ours = {"STOP": words.stopped, "START": words.started, "HELP": self._help_notice or words.helping}
            return replace(inbound, answered_with="" if sms.keyword else ours[keyword], for_us=True)
        if opted_out:
            return replace(inbound, answered_with="")
        if not sms.text:
            return replace(inbound, answered_with=words.no_pictures if sms.files else words.empty)
        if len(sms.text) > _LONGEST_TEXT:
            return replace(inbound, answered_with=words.too_long)
        return replace(inbound, noted=words.no_pictures) if sms.files else inbound

    async def _answers(self, inbound: Inbound) -> Answers | None:
        """None when it takes longer, or another has it."""
        outbox, loop = self._messaging.outbox, asyncio.get_running_loop()
        until = loop.time() + self._answer_seconds
        with self._messaging.wakeups.watch(inbound.session_id) as watch:
            while (answers := await outbox.take_answer(inbound.session_id, inbound.message_id)) is None:
                left = until - loop.time()
                if left <= 0:
                    return None
                await watch.wait(min(left, _LOOK_EVERY))
        return answers

    def _twiml(self, answers: Answers | None) -> str:
        response = MessagingResponse()
        found: Sequence[tuple[int, Mapping[str, object]]] = (
            list(zip(answers.ids, answers.payloads, strict=True)) if answers else []
        )
        for number, payload in found:
            response.message(str(payload["Body"]), status_callback=f"{self._status_url}?message={number}")
        return str(response)


_BIGGEST = 2**31
