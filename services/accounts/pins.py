"""PINs: hashed with Argon2id and a pepper, off the event loop, a bounded number at a time."""

import asyncio
import hmac
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from services.accounts.ids import in_letters
from services.accounts.settings import AccountsSettings

T = TypeVar("T")
PIN_LENGTH = 4
_MALFORMED = "0" * PIN_LENGTH


class PinHasher:
    """Hashes and checks PINs. A check takes as long for a number nobody has as for a customer's."""

    def __init__(self, settings: AccountsSettings) -> None:
        self._pepper = settings.pin_pepper.get_secret_value().encode()
        self._argon2 = PasswordHasher(
            time_cost=settings.pin_hash_passes,
            memory_cost=settings.pin_hash_memory_kib,
            parallelism=settings.pin_hash_lanes,
            type=Type.ID,
        )
        self._threads = ThreadPoolExecutor(settings.pin_hash_threads, thread_name_prefix="pins")
        self._nobodys_hash = self._argon2.hash(secrets.token_bytes(32))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, pin: str) -> str:
        """The encoded Argon2id hash. Raises ValueError unless the PIN is four digits."""
        if not is_pin(pin):
            raise ValueError("a PIN is four digits")
        return await self._in_thread(lambda: self._argon2.hash(self._keyed("pin", pin)))

    async def matches(self, pin: str, pin_hash: str | None) -> bool:
        """Whether the PIN is the hashed one; without a hash, false after the same work."""
        candidate = self._keyed("pin", pin if is_pin(pin) else _MALFORMED)
        right = await self._in_thread(lambda: self._verify(pin_hash or self._nobodys_hash, candidate))
        return right and is_pin(pin) and pin_hash is not None

    async def matches_any(self, pin: str, pin_hashes: Sequence[str]) -> bool:
        """Whether the PIN is any of the hashed ones."""
        return any([await self.matches(pin, pin_hash) for pin_hash in pin_hashes])

    def fingerprint(self, *pins: str) -> str:
        """By which the same PINs can be known again, and from which they cannot be found without the pepper."""
        return in_letters(self._keyed("fingerprint", "\n".join(pins)))

    def pseudonym(self, kind: str, number: str) -> str:
        """A stable name for a number that is nobody's, from which the number cannot be found without the pepper."""
        return f"{kind}:{in_letters(self._keyed(kind, number))}"

    def _verify(self, pin_hash: str, candidate: bytes) -> bool:
        try:
            return self._argon2.verify(pin_hash, candidate)
        except VerifyMismatchError:
            return False

    def _keyed(self, purpose: str, value: str) -> bytes:
        return hmac.digest(self._pepper, f"{purpose}:{value}".encode(), "sha256")

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def is_pin(pin: str) -> bool:
    """Whether it has the form of one: four digits."""
    return len(pin) == PIN_LENGTH and pin.isascii() and pin.isdigit()
