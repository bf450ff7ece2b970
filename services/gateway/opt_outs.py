"""Who does not want to be written to: nothing is sent to them, whatever waits to be sent."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Connection

from services.gateway import store
from services.gateway.addresses import Addresses
from services.gateway.conversation_rules import utc_now
from services.gateway.ports import Provider, Undeliverable
from services.gateway.store import StoredOptOut
from shared.db import Database

REFUSED = "opted_out"


class OptOuts:
    """Those of one channel."""

    def __init__(self, database: Database, channel: str, *, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._channel = channel
        self._now = now

    async def find(self, address: str) -> StoredOptOut | None:
        return await self._database.read(lambda session: store.opt_out(session.connection(), self._channel, address))

    async def add(self, address: str, word: str) -> None:
        await self._database.at_once(self.adding(address, word))

    def adding(self, address: str, word: str) -> Callable[[Connection], None]:
        """The same as a part of another transaction."""
        new = StoredOptOut(self._channel, address, word, self._now())
        return lambda db: store.add_opt_out(db, new)

    def removing(self, address: str) -> Callable[[Connection], None]:
        return lambda db: store.remove_opt_out(db, self._channel, address)


class ProviderForTheWilling:
    """Sends to who has not opted out. `is_refusal` tells a code of the provider's that means the same to us."""

    def __init__(
        self,
        provider: Provider,
        opt_outs: OptOuts,
        addresses: Addresses,
        *,
        channel: str,
        is_refusal: Callable[[str], bool],
    ) -> None:
        self._provider = provider
        self._opt_outs = opt_outs
        self._addresses = addresses
        self._channel = channel
        self._is_refusal = is_refusal

    async def send(self, payload: Mapping[str, JsonValue]) -> str:
        address = self._addresses.address(self._channel, str(payload["To"]))
        if await self._opt_outs.find(address) is not None:
            raise Undeliverable(REFUSED)
        try:
            return await self._provider.send(payload)
        except Undeliverable as refusal:
            if self._is_refusal(refusal.code):
                await self._opt_outs.add(address, refusal.code)
            raise

    async def find(self, payload: Mapping[str, JsonValue], since: datetime, known: Collection[str] = ()) -> str | None:
        return await self._provider.find(payload, since, known)
