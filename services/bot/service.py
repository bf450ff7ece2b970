"""The rules of fulfilment: who is verified, which intent answers, and what a customer hears when something fails."""

import logging

from services.bot.dialog import IDENTITY_TOKEN, OPEN_INTENT, Answer, PendingIntent, Turn, read_event, write_response
from services.bot.identity import IdentityTokens
from services.bot.intents import INTENTS
from services.bot.intents.wording import OFFER
from services.bot.ports import Bank
from services.bot.read_back import ReadBackSeal
from shared.errors import Problem, Unavailable, UpstreamFailed, UpstreamTimeout
from shared.schemas.faq import FaqResults
from shared.schemas.lex import CodeHookEvent, CodeHookResponse

log = logging.getLogger("omnilex.bot")

_VERIFY = "VerifyIdentity"


class BotService:
    def __init__(self, bank: Bank, identities: IdentityTokens, read_backs: ReadBackSeal) -> None:
        self._bank = bank
        self._identities = identities
        self._read_backs = read_backs

    async def ready(self) -> None:
        """Raises Unavailable when the accounts service does not answer."""
        try:
            await self._bank.accounts.plans()
        except Problem as error:
            raise Unavailable("The accounts service does not answer.") from error

    async def search_faq(self, query: str, *, limit: int) -> FaqResults:
        return FaqResults(query=query, answers=await self._bank.faq.search(query, limit=limit))

    async def fulfil(self, event: CodeHookEvent) -> CodeHookResponse:
        """The bot's answer to a turn. What goes wrong behind the bot is an answer too, never an error."""
        turn = read_event(event)
        turn.customer = self._identities.read(turn.attributes.pop(IDENTITY_TOKEN, None), turn.session_id)
        self._read_backs.open(turn)
        waited = turn.attributes.get(OPEN_INTENT)
        turn.interrupted = turn.take_open()
        try:
            answer = await self._back_to_what_waited(turn, await self._answer(turn))
            waited = None
        except (Unavailable, UpstreamFailed, UpstreamTimeout) as problem:
            answer = self._failed(
                turn, problem, "I can't reach your accounts right now. Please try again in a few minutes."
            )
        except Problem as problem:
            sorry = f"I'm sorry, I can't do that right now. Please call us at {self._bank.support_phone}."
            answer = self._failed(turn, problem, sorry)
        if answer.action.type in ("ElicitSlot", "ConfirmIntent"):
            turn.remember_open()
        elif waited:
            turn.attributes[OPEN_INTENT] = waited
        if turn.customer:
            turn.attributes[IDENTITY_TOKEN] = self._identities.mint(turn.customer, turn.session_id)
        self._read_backs.seal(turn)
        self._record(turn, answer)
        return write_response(turn, answer)

    async def _answer(self, turn: Turn) -> Answer:
        handler = INTENTS.get(turn.intent)
        if handler is None:
            return turn.delegate() if turn.in_dialog else turn.failed("I can't help with that yet.")
        if handler.needs_identity and turn.customer is None:
            turn.remember_pending()
            handler = INTENTS[_VERIFY]
            turn.switch(_VERIFY, dict.fromkeys(handler.slots))
        elif handler.needs_identity:
            turn.take_pending()
        outcome = await handler.answer(turn, self._bank)
        return await self._resume(turn, outcome) if isinstance(outcome, PendingIntent) else outcome

    async def _back_to_what_waited(self, turn: Turn, answer: Answer) -> Answer:
        """After an aside, asks again what was being asked; else the answer as it is."""
        opened, handler = turn.interrupted, INTENTS.get(turn.intent)
        if opened is None or handler is None or not handler.aside or answer.action.type != "Close":
            return answer
        waiting = INTENTS.get(opened.name)
        if waiting is None or not waiting.slots or (turn.intent == _VERIFY and turn.customer is None):
            return answer
        if waiting.called:
            turn.say(f"Now, back to {waiting.called}.")
        turn.switch(opened.name, dict.fromkeys(waiting.slots) | opened.slots)
        turn.transcript = ""
        return await self._answer(turn)

    async def _resume(self, turn: Turn, pending: PendingIntent) -> Answer:
        """Carries on with what the customer, verified now, came for."""
        handler = INTENTS.get(pending.name)
        if handler is None or not handler.needs_identity:
            return turn.fulfilled(OFFER)
        turn.switch(pending.name, dict.fromkeys(handler.slots) | pending.slots)
        outcome = await handler.answer(turn, self._bank)
        return turn.failed(OFFER) if isinstance(outcome, PendingIntent) else outcome

    def _failed(self, turn: Turn, problem: Problem, text: str) -> Answer:
        log.warning("intent.unserved", extra={"intent": turn.intent, "slug": problem.slug})
        return turn.failed(text)

    def _record(self, turn: Turn, answer: Answer) -> None:
        customer_id = turn.customer.customer_id if turn.customer else None
        fields = {"intent": turn.intent, "outcome": answer.outcome, "customer_id": customer_id}
        log.info("intent.answered", extra=fields)
