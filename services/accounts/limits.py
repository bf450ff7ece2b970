"""How much may be paid, and the channel trust table: what may be done where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from pydantic import JsonValue

from services.accounts.money import in_words
from services.accounts.store import PayeeRow
from shared.errors import Conflict
from shared.schemas.accounts import ChannelAction, ChannelTrust
from shared.schemas.base import Money

_EVERYTHING: list[ChannelAction] = list(get_args(ChannelAction))
_KNOWN_PAYEES: list[ChannelAction] = ["read", "pay_known_payee", "cancel_payment"]

# A text message is read by whoever holds the phone, and a work chat by an administrator; a voice is easily imitated.
DEFAULT_TRUST = (
    ChannelTrust(channel="web", may=_EVERYTHING),
    ChannelTrust(channel="mobile", may=_EVERYTHING),
    ChannelTrust(channel="lex", may=_EVERYTHING),  # the runtime API itself, open only to who holds its keys
    ChannelTrust(channel="slack", may=_KNOWN_PAYEES, per_payment=500_00, per_day=1_000_00),
    ChannelTrust(channel="connect-chat", may=_KNOWN_PAYEES, per_payment=500_00, per_day=1_000_00),
    ChannelTrust(channel="sms", may=_KNOWN_PAYEES, per_payment=500_00, per_day=1_000_00),
    ChannelTrust(channel="voice", may=_KNOWN_PAYEES, per_payment=1_000_00, per_day=2_000_00),
    ChannelTrust(channel="connect", may=_KNOWN_PAYEES, per_payment=1_000_00, per_day=2_000_00),
)


def channel_name(channel: str) -> str:
    """The channel's one name: `SMS` and `sms` are the same, and share a day's limit."""
    return channel.lower()


class ChannelTrustTable:
    """The default table, with `changes` in place of its rows or beside them. An unknown channel may only read."""

    def __init__(self, changes: Mapping[str, ChannelTrust]) -> None:
        rows = {row.channel: row for row in DEFAULT_TRUST}
        named = {channel_name(name): row for name, row in changes.items()}
        self._rows = rows | {name: row.model_copy(update={"channel": name}) for name, row in named.items()}

    def rows(self) -> list[ChannelTrust]:
        return list(self._rows.values())

    def trust(self, channel: str) -> ChannelTrust:
        return self._rows.get(channel_name(channel), ChannelTrust(channel=channel, may=["read"]))

    def demand(self, channel: str, action: ChannelAction, refusal: str) -> ChannelTrust:
        """The channel's row. Raises Conflict (`channel_not_trusted`) with `refusal` unless it may do that.

        The problem says what was asked for (`action`) and where it may be done (`channels`).
        """
        row = self.trust(channel)
        if action not in row.may:
            channels: list[JsonValue] = [other.channel for other in self.rows() if action in other.may]
            members: dict[str, JsonValue] = {"code": "channel_not_trusted", "action": action, "channels": channels}
            raise Conflict(refusal, members=members)
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLimits:
    """In minor units. A payee counts as new for `new_payee_lasts`."""

    per_payment: int
    per_day: int
    new_payee: int
    new_payee_lasts: timedelta
    cooling_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A payment that is asked for."""

    amount: Money
    channel: str
    to_own_account: bool
    payee_is_new: bool
    cooling_off_until: datetime | None
    now: datetime


class Limits:
    def __init__(self, limits: PaymentLimits, trust: ChannelTrustTable) -> None:
        self._limits = limits
        self.trust = trust

    def new_until(self, payee: PayeeRow, now: datetime) -> datetime | None:
        """Until when an outside payee counts as new; null when it does not any more."""
        until = payee.added_at + self._limits.new_payee_lasts
        return until if payee.account_id is None and until > now else None

    def check_amount(self, amount: Money) -> None:
        """Raises Conflict (`limit_per_payment`)."""
        if amount.minor_units > self._limits.per_payment:
            raise _over("limit_per_payment", "One payment can be at most {}.", amount, self._limits.per_payment)

    def check(self, request: Request) -> None:
        """Raises Conflict with a sentence and a `code`: what the channel, the payee or a PIN change does not allow."""
        amount, units = request.amount, request.amount.minor_units
        trust = self.trust.demand(request.channel, "pay_known_payee", "Payments cannot be made here.")
        if request.payee_is_new:
            refusal = "You added this payee only lately; on this channel it cannot be paid yet."
            self.trust.demand(request.channel, "pay_new_payee", refusal)
        if trust.per_payment is not None and units > trust.per_payment:
            raise _over("limit_per_channel", "On this channel a payment can be at most {}.", amount, trust.per_payment)
        if request.payee_is_new and units > self._limits.new_payee:
            sentence = "You added this payee only lately; for now a payment to it can be at most {}."
            raise _over("new_payee_limit", sentence, amount, self._limits.new_payee)
        cooling = request.cooling_off_until is not None and request.cooling_off_until > request.now
        if cooling and not request.to_own_account and units > self._limits.cooling_off:
            sentence = "Your PIN was changed only lately; for now a payment to others can be at most {}."
            raise _over("cooling_off", sentence, amount, self._limits.cooling_off)

    def check_day(self, request: Request, *, spent: int, spent_on_channel: int) -> None:
        """Whether the day has room for it beside what was spent, in minor units.

        Raises Conflict (`limit_per_day`, or `limit_per_channel` for the channel's own).
        """
        per_day = self.trust.trust(request.channel).per_day
        units = request.amount.minor_units
        if spent + units > self._limits.per_day:
            sentence = "You can pay at most {} a day; {} is left for that day."
            raise _over("limit_per_day", sentence, request.amount, self._limits.per_day, spent, of="day")
        if per_day is not None and spent_on_channel + units > per_day:
            sentence = "On this channel you can pay at most {} a day; {} is left for that day."
            raise _over("limit_per_channel", sentence, request.amount, per_day, spent_on_channel, of="day")


def _over(
    code: str, sentence: str, asked: Money, limit: int, used: int = 0, *, of: Literal["payment", "day"] = "payment"
) -> Conflict:
    """`left` in the members is what could be paid instead, in minor units of `currency`; `per` is what is limited."""
    left = max(limit - used, 0)
    words = (in_words(Money(minor_units=units, currency=asked.currency)) for units in (limit, left))
    members: dict[str, JsonValue] = {
        "code": code,
        "limit": limit,
        "left": left,
        "currency": asked.currency,
        "per": of,
    }
    return Conflict(sentence.format(*words), members=members)
