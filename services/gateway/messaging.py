"""The parts that every channel works with, put together."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.gateway.addresses import Addresses
from services.gateway.conversations import Conversations
from services.gateway.flood import FloodLimits
from services.gateway.liveness import Instance
from services.gateway.outbox import Outbox
from services.gateway.ports import LexRuntime, Provider, PushChannel
from services.gateway.records import ConversationRules, Records, utc_now
from services.gateway.rounds import Rounds
from services.gateway.settings import GatewaySettings
from services.gateway.wakeups import Wakeups
from shared.cipher import Cipher
from shared.db import Database


@dataclass(frozen=True, slots=True)
class Messaging:
    database: Database
    records: Records
    conversations: Conversations
    outbox: Outbox
    rounds: Rounds
    wakeups: Wakeups
    addresses: Addresses
    instance: Instance

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Takes part in the gateway's work in the background for the life of the block."""
        async with self.instance.alive(), self.rounds.going():
            yield


def messaging(
    settings: GatewaySettings,
    database: Database,
    runtime: LexRuntime,
    *,
    channels: Mapping[str, PushChannel],
    providers: Mapping[str, Provider],
    now: Callable[[], datetime] = utc_now,
) -> Messaging:
    """The parts over an open database; who renders and who sends, by channel."""
    secret = settings.channel_secret.get_secret_value()
    instance, wakeups = Instance(database), Wakeups()
    cipher = Cipher(secret, "gateway conversations")
    records = Records(cipher=cipher, instance=instance, channels=channels, rules=_rules(settings), now=now)
    conversations = Conversations(database, runtime, records, instance=instance, wakeups=wakeups)
    outbox = Outbox(database, records, instance=instance, providers=providers, now=now)
    return Messaging(
        database=database,
        records=records,
        conversations=conversations,
        outbox=outbox,
        rounds=Rounds(conversations, outbox),
        wakeups=wakeups,
        addresses=Addresses(secret),
        instance=instance,
    )


def _rules(settings: GatewaySettings) -> ConversationRules:
    flood = FloodLimits(
        per_minute=settings.channel_messages_per_minute,
        same=settings.flood_repeats,
        pause=timedelta(seconds=settings.flood_pause_seconds),
    )
    return ConversationRules(
        obfuscated_slots=frozenset(settings.obfuscated_slots),
        identity=timedelta(seconds=settings.identity_seconds),
        flood=flood,
        no_answer=settings.no_answer_notice,
        too_much=settings.flood_notice,
        people=settings.handoff_enabled,
    )
