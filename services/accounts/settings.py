"""Settings of the accounts service."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import DEVELOPMENT_SECRET, ServiceSettings


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
    pin_hash_passes: int = Field(3, ge=1)
    pin_hash_memory_kib: int = Field(64 * 1024, ge=8)
    pin_hash_lanes: int = Field(4, ge=1)
    pin_hash_threads: int = Field(2, ge=1, description="PINs checked at the same time")
    payment_limit: int = Field(1_000_000, ge=1, description="most that one payment may move, in minor units")

    @model_validator(mode="after")
    def _production_has_no_demo_bank(self) -> Self:
        if self.environment == "production" and self.demo_bank:
            raise ValueError("not allowed in production (invented customers with known PINs): OMNILEX_DEMO_BANK")
        return self
