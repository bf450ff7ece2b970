"""The Lex V2 runtime: RecognizeText, PutSession, GetSession, DeleteSession."""

import logging
from collections.abc import Collection
from datetime import timedelta

from services.lex import store
from services.lex.bots import BotCatalog, ServedLocale
from services.lex.claims import Claim, SessionClaims
from services.lex.conversation_logs import ConversationLogs
from services.lex.dialog.engine import Dialog
from services.lex.dialog.turn import Turn
from services.lex.errors import ResourceNotFound, SessionConflict, ValidationFailed
from services.lex.log_entries import log_entry
from services.lex.obfuscation import Obfuscation
from services.lex.ports import Clock, LogObjects
from services.lex.sessions import Address, Session
from shared.db import Database
from shared.schemas.lex import PutSessionRequest, RecognizeTextRequest, RecognizeTextResponse

log = logging.getLogger("omnilex.lex")

LONGEST_TEXT = 1024


class LexRuntime:
    """Every method raises a LexFault for what the caller may see; a turn that fails leaves the session as it was."""

    def __init__(
        self,
        *,
        catalog: BotCatalog,
        database: Database,
        claims: SessionClaims,
        dialog: Dialog,
        logs: ConversationLogs,
        objects: LogObjects,
        clock: Clock,
        hidden_attributes: Collection[str] = (),
    ) -> None:
        self._catalog = catalog
        self._database = database
        self._claims = claims
        self._dialog = dialog
        self._logs = logs
        self._objects = objects
        self._clock = clock
        self._hidden_attributes = frozenset(hidden_attributes)
        self._obfuscations: dict[tuple[str, str], Obfuscation] = {}

    async def ready(self) -> None:
        """Raises Unavailable when sessions or logs cannot be stored."""
        await self._database.ready()
        await self._objects.ready()

    async def recognize_text(
        self, address: Address, request: RecognizeTextRequest, *, request_id: str
    ) -> RecognizeTextResponse:
        """One utterance of the customer and the bot's answer."""
        served = self._served(address)
        if not request.text.strip() or len(request.text) > LONGEST_TEXT:
            raise ValidationFailed(f"The text must have 1 to {LONGEST_TEXT} characters.")
        async with self._claims.claimed(address) as claim:
            turn = self._turn(served, claim, request_id, request.request_attributes, text=request.text)
            await self._dialog.hear(turn, request.session_state)
            await self._keep(claim, turn, "RecognizeText")
        return self._answer(turn)

    async def put_session(
        self, address: Address, request: PutSessionRequest, *, request_id: str
    ) -> RecognizeTextResponse:
        """Creates or changes the session; the answer has the messages that follow from it."""
        served = self._served(address)
        async with self._claims.claimed(address) as claim:
            turn = self._turn(served, claim, request_id, request.request_attributes)
            await self._dialog.put(turn, request.session_state, request.messages)
            await self._keep(claim, turn, "PutSession")
        return self._answer(turn)

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
        async with self._claims.claimed(address) as claim:
            if claim.session is None:
                raise ResourceNotFound("There is no session with this id.")
            async with self._database.transaction() as db:
                await store.drop_session(db, address, claim.token)
                await self._logs.end(db, address, claim.session)

    def _served(self, address: Address) -> ServedLocale:
        return self._catalog.find(address.bot_id, address.alias_id, address.locale_id)

    def _turn(
        self,
        served: ServedLocale,
        claim: Claim,
        request_id: str,
        request_attributes: dict[str, str] | None,
        *,
        text: str = "",
    ) -> Turn:
        now = self._clock()
        return Turn(
            served=served,
            address=claim.address,
            session=claim.session or Session(started_at=now),
            text=text,
            now=now,
            request_id=request_id,
            request_attributes=dict(request_attributes or {}),
        )

    async def _keep(self, claim: Claim, turn: Turn, operation: str) -> None:
        """Stores the session and the turn's log entry, both or neither."""
        ttl = turn.served.bot.idle_session_ttl_in_seconds
        entry = log_entry(
            turn, self._obfuscation(turn.served), operation=operation, hidden_attributes=self._hidden_attributes
        )
        expires_at = self._clock() + timedelta(seconds=ttl)
        async with self._database.transaction() as db:
            state = self._claims.sealed(claim, turn.session)
            if not await store.keep_session(db, claim.address, claim=claim.token, state=state, expires_at=expires_at):
                raise SessionConflict("Another request has taken this session over.")
            await self._logs.add(db, claim.address, turn.session, entry, ttl=ttl)

    def _obfuscation(self, served: ServedLocale) -> Obfuscation:
        key = served.bot.identifier, served.locale.identifier
        if key not in self._obfuscations:
            self._obfuscations[key] = Obfuscation(served)
        return self._obfuscations[key]

    def _answer(self, turn: Turn) -> RecognizeTextResponse:
        return RecognizeTextResponse(
            messages=turn.messages,
            session_state=turn.session.state(turn.now, turn.request_id),
            interpretations=turn.session.interpretations,
            request_attributes=turn.answer_attributes,
            session_id=turn.address.session_id,
        )
