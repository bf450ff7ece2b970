"""Settings of the accounts service."""

from datetime import timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, NonNegativeFloat, SecretStr, model_validator
from pydantic_settings import NoDecode

from shared.schemas.accounts import ChannelTrust
from shared.settings import DEVELOPMENT_SECRET, ServiceSettings, split_bar

Units = Annotated[int, Field(ge=1, le=10**15)]


class AccountsSettings(ServiceSettings):
    """The defaults run on a laptop. The Argon2 costs are the low-memory profile of RFC 9106."""

    accounts_database_url: str = "sqlite"
    demo_bank: bool = Field(True, description="fills an empty database with invented customers")
    pin_pepper: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET), min_length=32, description="keys the hashes of PINs and of unknown numbers"
    )
    audit_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET), min_length=32, description="seals the ends of the audit trail"
    )
    pin_tries: int = Field(5, ge=1, description="wrong PINs that lock a customer out")
    pin_lock_minutes: int = Field(15, ge=1)
    pin_delay_seconds: Annotated[tuple[NonNegativeFloat, ...], NoDecode, BeforeValidator(split_bar)] = Field(
        (0, 0, 1, 2, 4), description="how long the next try must wait after the first wrong PIN, the second and so on"
    )
    pin_tries_days: int = Field(
        30,
        ge=1,
        description="how long wrong PINs count that did not lock; then tries for numbers that nobody has are deleted",
    )
    pin_cooling_off_hours: int = Field(
        24, ge=0, description="how long payments to others are held small after a PIN change"
    )
    context_hours: int = Field(24, ge=1, description="how long it is remembered what a customer was doing")
    pin_hash_passes: int = Field(3, ge=1)
    pin_hash_memory_kib: int = Field(64 * 1024, ge=8)
    pin_hash_lanes: int = Field(4, ge=1)
    pin_hash_threads: int = Field(2, ge=1, description="PINs checked at the same time")
    bank_time_zone: ZoneInfo = Field(ZoneInfo("America/New_York"), description="where the bank's days begin and end")
    payment_limit: Units = Field(1_000_000, description="most that one payment may move, in minor units")
    payment_day_limit: Units = Field(2_500_000, description="most that a customer may pay in a day")
    payment_undo_seconds: int = Field(300, ge=0, description="how long a payment can be taken back")
    new_payee_limit: Units = Field(100_000, description="most that one payment to a new payee may move")
    new_payee_hours: int = Field(24, ge=0, description="how long a payee that was added counts as new")
    cooling_off_limit: Units = Field(10_000, description="most that one payment to others may move after a PIN change")
    channel_trust: dict[str, ChannelTrust] = Field(
        default_factory=dict, description="JSON: rows of the channel trust table that replace the built-in ones"
    )
    standing_retry_minutes: int = Field(
        60, ge=1, description="how long a scheduled payment waits for money before it is tried again"
    )
    routine_seconds: float = Field(30, gt=0, description="how often due payments are looked for")

    payoff_days: int = Field(10, ge=0, le=90, description="how many days a loan's payoff figure holds")

    @model_validator(mode="after")
    def _tries_count_longer_than_they_lock(self) -> Self:
        longest = timedelta(seconds=max(self.pin_delay_seconds, default=0))
        if timedelta(days=self.pin_tries_days) < max(longest, timedelta(minutes=self.pin_lock_minutes)):
            raise ValueError("PIN_TRIES_DAYS must not be shorter than PIN_LOCK_MINUTES or any of PIN_DELAY_SECONDS")
        return self

    @model_validator(mode="after")
    def _production_has_no_demo_bank(self) -> Self:
        if self.environment == "production" and self.demo_bank:
            raise ValueError("not allowed in production (invented customers with known PINs): OMNILEX_DEMO_BANK")
        return self
