"""The parts that every channel works with, put together."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.gateway.addresses import Addresses
from services.gateway.channel_limits import ChannelLimits
from services.gateway.conversation_rules import ConversationRules, utc_now
from services.gateway.conversations import Conversations
from services.gateway.feeds import FeedLimits, Feeds
from services.gateway.flood import FloodLimits
from services.gateway.handoffs import Handoffs
from services.gateway.liveness import Instance
from services.gateway.outbox import Outbox
from services.gateway.people import HandoffRules
from services.gateway.ports import LexRuntime, Provider, PushChannel
from services.gateway.records import Records
from services.gateway.rounds import Rounds
from services.gateway.settings import GatewaySettings
from services.gateway.shared_limits import sweeping
from services.gateway.staff_hours import StaffHours
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
    handoffs: Handoffs
    wakeups: Wakeups
    feeds: Feeds
    addresses: Addresses
    channel_limits: ChannelLimits
    instance: Instance

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Takes part in the gateway's work in the background for the life of the block."""
        async with self.instance.alive(), self.rounds.going(), self.handoffs.tending(), sweeping(self.database):
            try:
                yield
            finally:
                self.feeds.stop()


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
    rounds = Rounds(conversations, outbox)
    return Messaging(
        database=database,
        records=records,
        conversations=conversations,
        outbox=outbox,
        rounds=rounds,
        handoffs=Handoffs(database, records, conversations, rounds, wakeups),
        wakeups=wakeups,
        feeds=Feeds(database, records, wakeups, _feed_limits(settings)),
        addresses=Addresses(secret),
        channel_limits=ChannelLimits(settings.channel_limits_per_minute),
        instance=instance,
    )


def _feed_limits(settings: GatewaySettings) -> FeedLimits:
    return FeedLimits(
        each=settings.chat_streams_each,
        in_all=settings.chat_streams,
        per_minute=settings.chat_streams_per_minute,
        quiet=timedelta(seconds=settings.chat_stream_quiet_seconds),
    )


def _rules(settings: GatewaySettings) -> ConversationRules:
    flood = FloodLimits(
        per_minute=settings.channel_messages_per_minute,
        per_customer=settings.customer_messages_per_minute,
        same=settings.flood_repeats,
        pause=timedelta(seconds=settings.flood_pause_seconds),
    )
    return ConversationRules(
        obfuscated_slots=frozenset(settings.obfuscated_slots),
        identity=timedelta(seconds=settings.identity_seconds),
        flood=flood,
        no_answer=settings.no_answer_notice,
        too_much=settings.flood_notice,
        handoff=HandoffRules(
            channels=frozenset(settings.handoff_channels if settings.handoff_enabled else ()),
            wait=timedelta(seconds=settings.handoff_wait_seconds),
            silent=timedelta(seconds=settings.handoff_silent_seconds),
            back_words=frozenset(word.casefold() for word in settings.handoff_back_words),
            shown_back_word=next(iter(settings.handoff_back_words), "bot"),
            phone=settings.support_phone,
            hours=StaffHours(settings.staff_hours, settings.staff_time_zone, settings.staff_closed_on),
            chats_last=timedelta(seconds=settings.chat_session_seconds),
        ),
    )
