"""Settings of the accounts service."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, NonNegativeFloat, SecretStr, model_validator
from pydantic_settings import NoDecode

from shared.settings import DEVELOPMENT_SECRET, ServiceSettings, split_bar


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
    pin_cooling_off_hours: int = Field(
        24, ge=0, description="how long payments to others are held small after a PIN change"
    )
    context_hours: int = Field(24, ge=1, description="how long it is remembered what a customer was doing")
    pin_hash_passes: int = Field(3, ge=1)
    pin_hash_memory_kib: int = Field(64 * 1024, ge=8)
    pin_hash_lanes: int = Field(4, ge=1)
    pin_hash_threads: int = Field(2, ge=1, description="PINs checked at the same time")
    payment_limit: int = Field(1_000_000, ge=1, description="most that one payment may move, in minor units")

    payoff_days: int = Field(10, ge=0, le=90, description="how many days a loan's payoff figure holds")

    @model_validator(mode="after")
    def _production_has_no_demo_bank(self) -> Self:
        if self.environment == "production" and self.demo_bank:
            raise ValueError("not allowed in production (invented customers with known PINs): OMNILEX_DEMO_BANK")
        return self
