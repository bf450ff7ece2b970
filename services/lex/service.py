"""The Lex V2 runtime: RecognizeText, RecognizeUtterance, PutSession, GetSession, DeleteSession."""

from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import NamedTuple

from services.lex.bots import BotCatalog, ServedLocale
from services.lex.claims import Claim, SessionClaims
from services.lex.conversation_logs import ConversationLogs
from services.lex.dialog.engine import Dialog
from services.lex.dialog.search import KnowledgeSearch
from services.lex.dialog.turn import DEFAULT_TIME_ZONE, Turn
from services.lex.errors import ResourceNotFound, ValidationFailed
from services.lex.log_entries import log_entry
from services.lex.obfuscation import Obfuscation
from services.lex.ports import Clock, CodeHook, CodeHooks, LogObjects, SpeechToText
from services.lex.sessions import Address, Session, attributes_fit
from services.lex.utterances import Listener, Utterance, typed
from shared.db import Database
from shared.schemas.lex import (
    CodeHookEvent,
    CodeHookResponse,
    PutSessionRequest,
    RecognizeTextRequest,
    RecognizeTextResponse,
    SessionState,
)

MESSAGE_ID = "omnilex:message-id"
"""The request attribute that names a message: one that comes again right away is answered as it was, and not heard."""


class UtteranceRequest(NamedTuple):
    """The body of RecognizeUtterance, what kind of content it is, and what its headers say."""

    body: bytes
    content_type: str
    session_state: SessionState | None = None
    request_attributes: dict[str, str] | None = None


class Recognized(NamedTuple):
    """What RecognizeUtterance answers: the bot's answer, and what it was an answer to."""

    utterance: Utterance
    answer: RecognizeTextResponse


class _Asked(NamedTuple):
    """One request: where, by which id, and in which operation."""

    address: Address
    request_id: str
    operation: str
    attributes: dict[str, str] | None
    utterance: Utterance = Utterance("")

    @property
    def message_id(self) -> str | None:
        return (self.attributes or {}).get(MESSAGE_ID)


class LexRuntime:
    """Every method raises a LexFault for what the caller may see; a turn that fails leaves the session as it was."""

    def __init__(
        self,
        *,
        catalog: BotCatalog,
        database: Database,
        claims: SessionClaims,
        hooks: CodeHooks,
        logs: ConversationLogs,
        objects: LogObjects,
        clock: Clock,
        speech: SpeechToText | None = None,
        search: KnowledgeSearch | None = None,
        time_zone: str = DEFAULT_TIME_ZONE,
        hidden_attributes: Collection[str] = (),
    ) -> None:
        self._catalog = catalog
        self._database = database
        self._claims = claims
        self._hooks = hooks
        self._logs = logs
        self._objects = objects
        self._clock = clock
        self._listener = Listener(speech)
        self._search = search
        self._time_zone = time_zone
        self._hidden_attributes = frozenset(hidden_attributes)
        self._obfuscations: dict[tuple[str, str], tuple[ServedLocale, Obfuscation]] = {}

    async def ready(self) -> None:
        """Raises Unavailable when sessions or logs cannot be stored."""
        await self._database.ready()
        await self._objects.ready()

    async def recognize_text(
        self, address: Address, request: RecognizeTextRequest, *, request_id: str
    ) -> RecognizeTextResponse:
        """One utterance of the customer and the bot's answer."""
        self._served(address)
        asked = _Asked(address, request_id, "RecognizeText", request.request_attributes, typed(request.text))
        return await self._hear(asked, request.session_state)

    async def recognize_utterance(self, address: Address, request: UtteranceRequest, *, request_id: str) -> Recognized:
        """One utterance of the customer, typed or spoken, and the bot's answer."""
        said = await self._listener.understood(request.body, request.content_type, self._served(address))
        asked = _Asked(address, request_id, "RecognizeUtterance", request.request_attributes, said)
        return Recognized(said, await self._hear(asked, request.session_state))

    async def _hear(self, asked: _Asked, given: SessionState | None) -> RecognizeTextResponse:
        return await self._turn(asked, given, lambda dialog, turn: dialog.hear(turn, given))

    async def put_session(
        self, address: Address, request: PutSessionRequest, *, request_id: str
    ) -> RecognizeTextResponse:
        """Creates or changes the session; the answer has the messages that follow from it."""
        asked = _Asked(address, request_id, "PutSession", request.request_attributes)
        given, messages = request.session_state, request.messages
        return await self._turn(asked, given, lambda dialog, turn: dialog.put(turn, given, messages))

    async def get_session(self, address: Address, *, request_id: str) -> RecognizeTextResponse:
        """The session as the last turn left it. Raises ResourceNotFound."""
        self._served(address)
        session = await self._claims.find(address)
        if session is None:
            raise ResourceNotFound("There is no session with this id.")
        return RecognizeTextResponse(
            messages=session.messages,
            session_state=session.state(self._clock(), request_id),
            interpretations=session.interpretations,
            session_id=address.session_id,
        )

    async def delete_session(self, address: Address) -> None:
        """Forgets the session and closes its conversation log. Raises ResourceNotFound."""
        self._served(address)

        async def work(claim: Claim) -> None:
            if claim.session is None:
                raise ResourceNotFound("There is no session with this id.")
            await claim.drop(self._logs.ending(address, claim.session))

        await self._claims.turn(address, work)

    def _served(self, address: Address) -> ServedLocale:
        return self._catalog.find(address.bot_id, address.alias_id, address.locale_id)

    async def _turn(
        self, asked: _Asked, given: SessionState | None, run: Callable[[Dialog, Turn], Awaitable[None]]
    ) -> RecognizeTextResponse:
        served = self._served(asked.address)
        if given is not None and not attributes_fit(given.session_attributes):
            raise ValidationFailed("The session attributes are larger than 12 KB.")
        hook = self._hooks.bound_to(*asked.address[:3])

        async def work(claim: Claim) -> RecognizeTextResponse:
            if (before := self._answered_before(claim, asked)) is not None:
                return before
            turn = self._begun(served, claim, asked)
            held = None if hook is None else _HeldHook(claim, hook, served)
            await run(Dialog(held, self._search, time_zone=self._time_zone), turn)
            await self._keep(claim, turn, asked)
            return _answer(turn)

        return await self._claims.turn(asked.address, work)

    def _answered_before(self, claim: Claim, asked: _Asked) -> RecognizeTextResponse | None:
        """The last turn's answer, when this is the same message again: its sender did not hear it."""
        message_id, session = asked.message_id, claim.session
        if message_id is None or session is None or session.message_id != message_id:
            return None
        return RecognizeTextResponse(
            messages=session.messages,
            session_state=session.state(self._clock(), asked.request_id),
            interpretations=session.interpretations,
            session_id=asked.address.session_id,
        )

    def _begun(self, served: ServedLocale, claim: Claim, asked: _Asked) -> Turn:
        now = self._clock()
        return Turn(
            served=served,
            address=claim.address,
            session=_fitting(claim.session or Session(started_at=now), served),
            text=asked.utterance.text,
            now=now,
            request_id=asked.request_id,
            request_attributes=dict(asked.attributes or {}),
            input_mode=asked.utterance.mode,
            transcription_confidence=asked.utterance.confidence,
        )

    async def _keep(self, claim: Claim, turn: Turn, asked: _Asked) -> None:
        """Stores the session and the turn's log entry, both or neither."""
        ttl = turn.served.bot.idle_session_ttl_in_seconds
        entry = log_entry(
            turn,
            self._obfuscation(turn.served),
            operation=asked.operation,
            hidden_attributes=self._hidden_attributes,
        )
        turn.session.message_id = asked.message_id
        also = self._logs.adding(claim.address, turn.session, entry, ttl=ttl)
        await claim.keep(turn.session, self._clock() + timedelta(seconds=ttl), also)

    def _obfuscation(self, served: ServedLocale) -> Obfuscation:
        key = served.bot.identifier, served.locale.identifier
        known = self._obfuscations.get(key)
        if known is None or known[0] is not served:
            known = self._obfuscations[key] = served, Obfuscation(served)
        return known[1]


def _fitting(session: Session, served: ServedLocale) -> Session:
    """The session; without its intent when the bot was replaced by one that has no such intent or slots."""
    if served.has(session.intent, session.dialog_action):
        return session
    return session.model_copy(update={"intent": None, "dialog_action": None, "attempts": 0})


class _HeldHook:
    """A turn's code hook: asked only once no other turn can change the session any more."""

    def __init__(self, claim: Claim, hook: CodeHook, served: ServedLocale) -> None:
        self._claim = claim
        self._hook = hook
        self._served = served

    async def call(self, event: CodeHookEvent, *, seconds: float | None = None) -> CodeHookResponse:
        await self._claim.take(longest=_longest_fulfilment(self._served))
        return await self._hook.call(event, seconds=seconds)


def _longest_fulfilment(served: ServedLocale) -> timedelta:
    """The most time that an intent of the locale gives its fulfilment."""
    hooks = (intent.fulfillment_code_hook for intent in served.intents.values())
    return timedelta(seconds=max((hook.seconds or 0 for hook in hooks if hook), default=0))


def _answer(turn: Turn) -> RecognizeTextResponse:
    return RecognizeTextResponse(
        messages=turn.messages,
        session_state=turn.session.state(turn.now, turn.request_id),
        interpretations=turn.session.interpretations,
        request_attributes=turn.answer_attributes,
        session_id=turn.address.session_id,
    )
