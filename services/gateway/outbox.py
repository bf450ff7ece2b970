"""Sends what waits to be sent: each conversation's messages in order, each of them once.

A message is claimed before it is sent and settled after it. When the process died in between, or the provider broke
off, nobody knows whether it was taken: then the provider is asked before it is sent again.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy import Connection

from services.gateway import store
from services.gateway.conversation_rules import utc_now
from services.gateway.liveness import ID_LENGTH, Instance
from services.gateway.ports import Provider, ProviderBusy, Undeliverable
from services.gateway.records import Records
from services.gateway.settling import surely
from services.gateway.store import StoredOutgoing
from shared.cipher import SealedDataError
from shared.db import Database

log = logging.getLogger("omnilex.gateway")

REFERENCE = "omnilex:reference"
_UNSURE = "unsure"
_ORDER = ("queued", "accepted", "scheduled", "sending", "sent", "delivered", "read")
_FAILED = frozenset({"failed", "undelivered", "canceled"})
_BACK_OFF = (1.0, 4.0, 15.0, 60.0, 240.0, 900.0, 1800.0)
_GIVEN_UP_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answers:
    """The answer to one message, taken out of the line to go out with the response to its webhook."""

    ids: Sequence[int]
    payloads: Sequence[Mapping[str, JsonValue]]


class Outbox:
    """`providers` by channel; one that is missing leaves its messages waiting."""

    def __init__(
        self,
        database: Database,
        records: Records,
        *,
        instance: Instance,
        providers: Mapping[str, Provider],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._records = records
        self._instance = instance
        self._providers = providers
        self._now = now

    async def with_work(self, limit: int) -> list[str]:
        """Conversations of which something is due that can be sent."""
        now = self._now()
        seen_after = self._instance.seen_after(now)
        channels = list(self._providers)
        return await self._database.at_once(lambda db: store.sessions_to_send(db, channels, now, seen_after, limit))

    async def send_waiting(self, session_id: str) -> None:
        """Sends what is due of one conversation, until something has to wait."""
        while (claimed := await self._database.at_once(lambda db: self._claim(db, session_id))) is not None:
            outgoing, interrupted = claimed
            provider = self._providers.get(outgoing.channel)
            if provider is None or not await self._sent(provider, outgoing, interrupted=interrupted):
                return

    async def take_answer(self, session_id: str, message_id: str) -> Answers | None:
        """The answer to a message, for the response to its webhook: whoever asks first gets it, and must settle it.

        None when it is sent or being sent; `ids` are empty for a message that is answered with nothing.
        """
        return await self._database.at_once(lambda db: self._take(db, session_id, message_id))

    async def settle_answer(self, answers: Answers, *, delivered: bool) -> None:
        """Whether the response reached the provider: if not, the answer goes the long way, at once."""
        now = self._now()
        values: dict[str, object] = {"status": "sent", "sent_at": now, "payload": None, "sending_by": None}
        if not delivered:
            values = {"status": "waiting", "sending_by": None, "due_at": now}
        await surely(lambda: self._database.at_once(lambda db: store.change_outgoing(db, answers.ids, **values)))

    async def delivered(
        self, channel: str, provider_id: str, delivery: str, error: str | None, reference: int | None = None
    ) -> bool:
        """Keeps what the provider says became of a message; whether there is such a one.

        The `reference` finds one whose id at the provider is not known, or not yet.
        """

        def work(db: Connection) -> bool:
            found = store.by_provider_id(db, channel, provider_id)
            if found is None and reference is not None:
                found = store.by_reference(db, channel, reference, provider_id)
            if found is None:
                return False
            if not _is_older(delivery, found.delivery):
                store.change_outgoing(db, [found.id], delivery=delivery, error=error)
            return True

        return await self._database.at_once(work)

    def _claim(self, db: Connection, session_id: str) -> tuple[StoredOutgoing, bool] | None:
        """The conversation's next message, and whether its sending was interrupted."""
        found = store.oldest_open(db, session_id)
        now = self._now()
        if found is None or found.channel not in self._providers:
            return None
        interrupted = found.status == "sending"
        if interrupted:
            holder = (found.sending_by or "")[:ID_LENGTH]
            if holder == self._instance.id or store.is_alive(db, holder, self._instance.seen_after(now)):
                return None
        elif found.due_at > now:
            return None
        store.change_outgoing(db, [found.id], status="sending", sending_by=self._instance.claim())
        return found, interrupted or found.error == _UNSURE

    async def _sent(self, provider: Provider, outgoing: StoredOutgoing, *, interrupted: bool) -> bool:
        """Whether the message is settled, so that the next one may go."""
        try:
            payload = {**self._records.sayings.payload(outgoing), REFERENCE: str(outgoing.id)}
            provider_id = await self._looked_for(provider, payload, outgoing) if interrupted else None
            if provider_id is None:
                provider_id = await provider.send(payload)
        except Undeliverable as refusal:
            log.warning("outgoing.refused", extra={"channel": outgoing.channel, "code": refusal.code})
            await self._settle(outgoing, status="failed", error=refusal.code[:64], payload=None)
            return True
        except SealedDataError:
            await self._settle(outgoing, status="failed", error="unreadable", payload=None)
            return True
        except ProviderBusy as busy:
            return await self._put_off(outgoing, busy)
        except BaseException:
            await self._settle(outgoing, status="waiting", error=_UNSURE, due_at=self._now())
            raise
        await self._settle(
            outgoing, status="sent", provider_id=provider_id, sent_at=self._now(), payload=None, error=None
        )
        return True

    async def _looked_for(
        self, provider: Provider, payload: Mapping[str, JsonValue], outgoing: StoredOutgoing
    ) -> str | None:
        """As `Provider.find`; while the provider cannot be asked, the doubt stays."""
        if outgoing.provider_id is not None:  # it has told us what became of it
            return outgoing.provider_id
        known = await self._database.at_once(lambda db: store.provider_ids(db, outgoing.session_id))
        try:
            return await provider.find(payload, outgoing.created_at, known)
        except ProviderBusy as busy:
            raise ProviderBusy(str(busy), retry_after=busy.retry_after, unsure=True) from busy

    async def _put_off(self, outgoing: StoredOutgoing, busy: ProviderBusy) -> bool:
        told_when = busy.retry_after is not None and busy.retry_after > 0
        too_old = outgoing.created_at < self._now() - _GIVEN_UP_AFTER
        if too_old if told_when else outgoing.attempts >= len(_BACK_OFF):
            log.error("outgoing.given_up", extra={"channel": outgoing.channel})
            await self._settle(outgoing, status="failed", error="given_up", payload=None)
            return True
        seconds = max(busy.retry_after or 0, 0) or _BACK_OFF[outgoing.attempts]
        await self._settle(
            outgoing,
            status="waiting",
            attempts=outgoing.attempts + (0 if told_when else 1),
            due_at=self._now() + timedelta(seconds=seconds),
            error=_UNSURE if busy.unsure else None,
        )
        return False

    async def _settle(self, outgoing: StoredOutgoing, **values: object) -> None:
        settled = {"sending_by": None, **values}
        await surely(lambda: self._database.at_once(lambda db: store.change_outgoing(db, [outgoing.id], **settled)))

    def _take(self, db: Connection, session_id: str, message_id: str) -> Answers | None:
        message = store.message_by_id(db, session_id, message_id)
        if message is None or message.status in ("waiting", "turn"):
            return None
        waiting = store.open_answers(db, session_id, message.sequence)
        if any(outgoing.status == "sending" or outgoing.attempts or outgoing.error for outgoing in waiting):
            return None
        first = store.oldest_open(db, session_id)
        if first is not None and waiting and first.id != waiting[0].id:
            return None  # an earlier answer is still to go, and this one must not overtake it
        ids = [outgoing.id for outgoing in waiting]
        store.change_outgoing(db, ids, status="sending", sending_by=self._instance.claim())
        return Answers(ids, [self._records.sayings.payload(outgoing) for outgoing in waiting])


def _is_older(new: str, known: str | None) -> bool:
    """Whether the word comes earlier in a message's life than the one that is known: callbacks overtake each other."""
    if known in _FAILED:
        return new not in _FAILED
    return known in _ORDER and new in _ORDER and _ORDER.index(new) < _ORDER.index(known)
