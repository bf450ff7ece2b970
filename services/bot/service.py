"""The rules of fulfilment: who is verified, which intent answers, and what a customer hears when something fails."""

import logging
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from services.bot.dialog import CUSTOMER, OPEN_INTENT, SECRET_SLOTS, Answer, Outcome, PendingIntent, StepUp, Turn
from services.bot.events import read_event, write_response
from services.bot.faq.desk import FaqDesk
from services.bot.hook_calls import Document, HookCall
from services.bot.identity import IDENTITY_TOKEN, IdentityTokens
from services.bot.intents import INTENTS
from services.bot.intents.change_pin import forget_pins
from services.bot.intents.repeat import remember_answer
from services.bot.intents.resumption import offer_to_continue
from services.bot.intents.verify_identity import STEP_UP
from services.bot.ports import Bank
from services.bot.read_back import ReadBackSeal
from services.bot.replays import KEPT, Replays
from shared.errors import Problem, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.schemas.identity import ContextUpdate
from shared.schemas.lex import CodeHookEvent, CodeHookResponse

log = logging.getLogger("omnilex.bot")

_VERIFY, _CHANGE_PIN, _REPEAT, _CANCEL = "VerifyIdentity", "ChangePin", "Repeat", "Cancel"
_MOST_SWITCHES = 4  # from intent to intent within a turn
# Lex V1 does not number its requests: the same words in the same state may be said again, but not within seconds.
_UNNUMBERED = timedelta(seconds=60)


_DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)


class BotService:
    def __init__(
        self,
        bank: Bank,
        identities: IdentityTokens,
        read_backs: ReadBackSeal,
        faq: FaqDesk | None = None,
        replays: Replays | None = None,
    ) -> None:
        self._bank = bank
        self._identities = identities
        self._read_backs = read_backs
        self._replays = replays
        self.faq = faq

    async def ready(self) -> None:
        """Raises Unavailable when the accounts service does not answer."""
        try:
            await self._bank.accounts.plans()
        except Problem as error:
            raise Unavailable("The accounts service does not answer.") from error

    async def answer(self, call: HookCall) -> Document:
        """The answer in the format of the call. What Lex repeats does nothing twice, and is answered the same."""

        async def fulfilled() -> str:
            return to_json(call.written(await self.fulfil(call.event))).decode()

        if self._replays is None or not _has_effects(call.event):
            return call.written(await self.fulfil(call.event))
        numbered = call.event.session_state.originating_request_id is not None
        good_for = KEPT if numbered else _UNNUMBERED
        return _DOCUMENT.validate_json(await self._replays.once(call.digest, fulfilled, good_for=good_for))

    async def fulfil(self, event: CodeHookEvent) -> CodeHookResponse:
        """The bot's answer to a turn. What goes wrong behind the bot is an answer too, never an error."""
        turn = read_event(event)
        turn.customer = self._identities.read(turn.attributes.pop(IDENTITY_TOKEN, None), turn.session_id)
        self._read_backs.open(turn)
        asked = turn.intent
        waited = turn.attributes.get(OPEN_INTENT)
        turn.interrupted = turn.take_open()
        words = turn.words.general
        try:
            answer = await self._back_to_what_waited(turn, await self._answer(turn))
            answer = await self._offered_what_was_left(turn, answer)
            waited = None
        except (Unavailable, UpstreamFailed, UpstreamTimeout) as problem:
            answer = self._failed(turn, problem, words.unreachable)
        except Problem as problem:
            answer = self._failed(turn, problem, words.unserved.format(phone=self._bank.support_phone))
        if answer.waits:
            turn.remember_open()
        elif waited:
            turn.attributes[OPEN_INTENT] = waited
        await self._keep_context(turn, answer, given_up=asked == _CANCEL)
        self._seal(turn, asked)
        self._record(turn, answer)
        return write_response(turn, answer)

    async def _answer(self, turn: Turn) -> Answer:
        """The answer of the turn's intent, or of the one that it leads to."""
        for _ in range(_MOST_SWITCHES):
            outcome = await self._outcome(turn)
            if isinstance(outcome, Answer):
                return outcome
            if isinstance(outcome, StepUp):
                self._ask_pin_again(turn)
            elif (handler := INTENTS.get(outcome.name)) is not None and (handler.needs_identity or handler.slots):
                turn.switch(outcome.name, dict.fromkeys(handler.slots) | outcome.slots)
            else:
                break
        return turn.fulfilled(turn.words.general.offer)

    async def _outcome(self, turn: Turn) -> Outcome:
        handler = INTENTS.get(turn.intent)
        if handler is None:
            return turn.delegate() if turn.in_dialog else turn.failed(turn.words.general.unknown_intent)
        if handler.is_for_customers(turn):
            if turn.customer is None:
                turn.remember_pending()
                return PendingIntent(name=_VERIFY, slots={})
            turn.take_pending()
        return await handler.answer(turn, self._bank)

    def _ask_pin_again(self, turn: Turn) -> None:
        turn.remember_pending()
        turn.attributes[STEP_UP] = "true"
        turn.switch(_VERIFY, dict.fromkeys(INTENTS[_VERIFY].slots))

    async def _back_to_what_waited(self, turn: Turn, answer: Answer) -> Answer:
        """After an aside, asks again what was being asked; else the answer as it is."""
        opened, handler = turn.interrupted, INTENTS.get(turn.intent)
        if opened is None or handler is None or not handler.aside or answer.action.type != "Close":
            return answer
        waiting = INTENTS.get(opened.name)
        if waiting is None or not waiting.slots or (turn.intent == _VERIFY and turn.customer is None):
            return answer
        if waiting.called:
            turn.say(turn.words.general.back_to.format(called=waiting.called(turn.words)))
        turn.switch(opened.name, dict.fromkeys(waiting.slots) | opened.slots)
        turn.transcript = ""
        return await self._answer(turn)

    async def _offered_what_was_left(self, turn: Turn, answer: Answer) -> Answer:
        """After an aside for which the customer was verified just now, the offer to go on with what was left open."""
        handler = INTENTS.get(turn.intent)
        asked_aside = handler is not None and handler.aside and turn.intent != _VERIFY
        if not turn.just_verified or not asked_aside or turn.interrupted or answer.state != "Fulfilled":
            return answer
        return await offer_to_continue(turn, self._bank) or answer

    async def _keep_context(self, turn: Turn, answer: Answer, *, given_up: bool) -> None:
        """Keeps what a verified customer is in the middle of for other conversations, and forgets what has ended.

        An accounts service that does not answer costs the customer this convenience, not the answer.
        """
        handler = INTENTS.get(turn.intent)
        resumable = handler is not None and handler.resumable
        if turn.customer is None or not (resumable or (given_up and turn.interrupted)):
            return
        accounts, customer_id = self._bank.accounts, turn.customer.customer_id
        try:
            if resumable and answer.waits:
                slots = {name: turn.value(name) for name in turn.slots}
                update = ContextUpdate(intent=turn.intent, slots=slots, channel=turn.channel, session=turn.session_id)
                await accounts.save_context(customer_id, update)
            else:
                await accounts.forget_context(customer_id)
        except Problem as problem:
            log.warning("context.unkept", extra={"customer_id": customer_id, "slug": problem.slug})
        except ValidationError:  # words too long to be kept, or none at all
            log.info("context.unfit", extra={"customer_id": customer_id, "intent": turn.intent})

    def _seal(self, turn: Turn, asked: str) -> None:
        """Puts into the session what the next turn needs, and takes out what it does not."""
        opened = turn.opened()
        if opened is None or opened.name != _CHANGE_PIN:
            forget_pins(turn)
        if asked != _REPEAT and not turn.is_pending(_REPEAT):
            remember_answer(turn, self._bank.pins)
        turn.attributes.pop(CUSTOMER, None)
        if turn.customer:
            turn.attributes[IDENTITY_TOKEN] = self._identities.mint(turn.customer, turn.session_id)
            turn.attributes[CUSTOMER] = turn.customer.customer_id
        self._read_backs.seal(turn)

    def _failed(self, turn: Turn, problem: Problem, text: str) -> Answer:
        log.warning("intent.unserved", extra={"intent": turn.intent, "slug": problem.slug})
        return turn.failed(text)

    def _record(self, turn: Turn, answer: Answer) -> None:
        customer_id = turn.customer.customer_id if turn.customer else None
        fields = {"intent": turn.intent, "outcome": answer.outcome, "customer_id": customer_id}
        log.info("intent.answered", extra=fields)


def _has_effects(event: CodeHookEvent) -> bool:
    """Only a confirmation and a PIN can change anything that matters; all else may be answered anew."""
    intent = event.session_state.intent
    if intent is None:
        return False
    return intent.confirmation_state == "Confirmed" or any(intent.slots.get(slot) for slot in SECRET_SLOTS)
