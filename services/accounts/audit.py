"""The audit trail: who did what to whom, when and from where, in the transaction that does it.

Every row carries the hash of the row before it and its own content; the end of each chain is sealed with a key. So a
row that is changed, taken out, put in, or cut off at the end shows in the proof. There are several chains, by customer,
so that customers do not queue up behind each other.
"""

import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts import store
from services.accounts.clock import Clock
from services.accounts.ids import in_letters
from services.accounts.store import AuditHead, AuditLine
from shared.callers import Caller
from shared.context import current_context

CHAINS = 32
START = in_letters(bytes(32))
"""What the first row of a chain carries in place of the hash of a row before it."""

_SECRET_WORDS = frozenset({"pin", "pins", "password", "secret", "token", "key"})
_LONGEST = 200
Detail = str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`actor` is who did it (`by_customer`, `by`), `action` a dotted past participle (`payment.made`), `subject` the id
    of what it was done to; `customer_id` is null only where no customer is concerned.

    `details` are amounts, ids and outcomes: never a secret, never a whole account number. Raises ValueError for a name
    that speaks of a secret, and for a text of more than 200 characters.
    """

    actor: str
    action: str
    subject: str
    customer_id: str | None
    channel: str | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.details.items():
            if _SECRET_WORDS & set(name.split("_")):
                raise ValueError(f"a secret has no place in the audit trail: {name}")
            if isinstance(value, str) and len(value) > _LONGEST:
                raise ValueError(f"too long for the audit trail: {name}")


class AuditTrailBroken(Exception):
    """The head of a chain is gone, or its seal is not ours: nothing may be written after it as if all were well."""


class AuditTrail:
    """Writes the trail. `key` seals the chains' heads."""

    def __init__(self, key: str, clock: Clock) -> None:
        self._key = key.encode()
        self._clock = clock

    async def record(self, session: AsyncSession, *entries: AuditEntry) -> None:
        """Writes the entries in the session's transaction: they are kept when it is, and only then.

        Call it last in the transaction. It holds the customer's chain until the commit, and whoever waits for another
        lock while holding that could deadlock. Entries of several customers go into one call, which takes the chains
        in a fixed order. Raises AuditTrailBroken.
        """
        await session.run_sync(lambda blocking: self.write(blocking.connection(), *entries))

    def write(self, connection: Connection, *entries: AuditEntry) -> None:
        """The same on a plain connection, for `Database.at_once`."""
        for entry in sorted(entries, key=chain_of):
            self._append(connection, entry)

    def sealed(self, chain: int, seq: int, row_hash: str) -> AuditHead:
        """The head of a chain whose last row is number `seq` with that hash."""
        digest = hmac.digest(self._key, f"audit:{chain}:{seq}:{row_hash}".encode(), "sha256")
        return AuditHead(chain=chain, seq=seq, hash=row_hash, seal=in_letters(digest))

    def is_sealed(self, head: AuditHead) -> bool:
        return hmac.compare_digest(self.sealed(head.chain, head.seq, head.hash).seal, head.seal)

    def _append(self, connection: Connection, entry: AuditEntry) -> None:
        head = self._head(connection, chain_of(entry))
        context = current_context()
        row = AuditLine(
            chain=head.chain,
            seq=head.seq + 1,
            at=self._clock().astimezone(UTC),
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            customer_id=entry.customer_id,
            channel=entry.channel,
            request_id=context.request_id if context else None,
            details=json.dumps(dict(entry.details), sort_keys=True, separators=(",", ":")),
            hash="",
        )
        row = replace(row, hash=row_hash(row, head.hash))
        store.append_audit(connection, row, self.sealed(row.chain, row.seq, row.hash))

    def _head(self, connection: Connection, chain: int) -> AuditHead:
        head = store.locked_head(connection, chain)
        if head is None and store.audit_is_new(connection):
            store.insert_heads(connection, [self.sealed(each, 0, START) for each in range(CHAINS)])
        head = head or store.locked_head(connection, chain)
        if head is None or not self.is_sealed(head):
            raise AuditTrailBroken(f"the head of chain {chain} is missing or not sealed with our key")
        return head


def by(caller: Caller) -> str:
    """The actor that a caller is: `staff:pat`, `service:bot`."""
    return f"{caller.kind}:{caller.subject}"


def by_customer(customer_id: str) -> str:
    """The actor that a customer is, on whose word a service acts."""
    return f"customer:{customer_id}"


def row_hash(row: AuditLine, previous: str) -> str:
    """SHA-256 over the hash of the row before and all that the row says, in letters."""
    said = [
        previous, row.chain, row.seq, _written(row.at), row.actor, row.action, row.subject, row.customer_id,
        row.channel, row.request_id, row.details,
    ]  # fmt: skip
    return in_letters(hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).digest())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def chain_of(entry: AuditEntry) -> int:
    """All that concerns one customer is in one chain."""
    return zlib.crc32((entry.customer_id or entry.subject).encode()) % CHAINS
