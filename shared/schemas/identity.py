"""Who a customer is: verification, PIN change, channel links, context; and what was done, for staff."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from shared.schemas.accounts import CustomerId
from shared.schemas.base import Moment, Wire

Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
CustomerNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
Pin = Annotated[SecretStr, Field(max_length=16)]
ChannelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,31}$")]
SessionId = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,128}$")]
ChannelAddress = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,128}$")]
SlotName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,99}$")]
SlotText = Annotated[str, StringConstraints(pattern=r"^[^\x00]{0,500}$")]

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS = frozenset({"pin", "pins", "passcode", "password", "passphrase", "secret", "token", "cvv", "cvc", "ssn"})
_OBFUSCATED = re.compile(r"\{[A-Za-z][A-Za-z0-9_-]*\}|\*+")


class VerificationRequest(Wire):
    """A PIN, and whose it is said to be: `phone` in E.164, the `customer_number` that the bank gave, or the
    `customer_id` that the bot knows from a link or an earlier verification; one of them.

    `channel` and `session` say where the customer is talking. `channel_address` is who is at the other end of the
    channel, as a keyed hash; with it, a right PIN links the address to the customer.
    """

    phone: Phone | None = None
    customer_number: CustomerNumber | None = None
    customer_id: CustomerId | None = None
    pin: Pin
    channel: ChannelName = "web"
    session: SessionId
    channel_address: ChannelAddress | None = None

    @model_validator(mode="after")
    def _one_claim(self) -> Self:
        if [self.phone, self.customer_number, self.customer_id].count(None) != 2:
            raise ValueError("give one of phone, customer_number and customer_id")
        return self


class Verification(Wire):
    """`refused` is the same answer for a number that nobody has and a wrong PIN.

    `attempts_left` counts down before the lock; `locked_until` is set while locked. `wait` is the answer to a try
    before `retry_at`: its PIN was not looked at, and it does not count. After `refused`, a try before `retry_at` (when
    it is set) would be told to wait. `verification_id` and `verified_at` are of a right PIN.
    """

    outcome: Literal["verified", "refused", "locked", "wait"]
    customer_id: CustomerId | None = None
    first_name: str | None = None
    locale: str | None = None
    verification_id: str | None = None
    verified_at: Moment | None = None
    attempts_left: int | None = None
    locked_until: Moment | None = None
    retry_at: Moment | None = None


class PinChange(Wire):
    """`current_pin` is tried as in a verification: a wrong one counts."""

    current_pin: Pin
    new_pin: Pin
    channel: ChannelName = "web"
    session: SessionId


class Link(Wire):
    """A channel's address that a customer proved to be at; `verified_at` is when last."""

    link_id: str
    channel: str
    linked_at: Moment
    verified_at: Moment


class LinkedCustomer(Wire):
    """Whose address it is. Not a proof of identity: that is a verification."""

    customer_id: CustomerId
    first_name: str
    locale: str
    linked_at: Moment


def _never_secret(slots: dict[str, str | None]) -> dict[str, str | None]:
    for name, value in slots.items():
        if _SECRET_WORDS & {word.lower() for word in _WORDS.findall(name)}:
            raise ValueError("the slot of a secret cannot be kept")
        if value is not None and _OBFUSCATED.fullmatch(value):
            raise ValueError("the value of an obfuscated slot cannot be kept")
    return slots


Slots = Annotated[dict[SlotName, SlotText | None], Field(max_length=50), AfterValidator(_never_secret)]


class ContextUpdate(Wire):
    """What the customer is doing: the intent and its slots so far, never a secret."""

    intent: SlotName
    slots: Slots = Field(default_factory=dict)
    channel: ChannelName
    session: SessionId


class CustomerContext(ContextUpdate):
    saved_at: Moment
    expires: Moment


class VerificationRecord(Wire):
    """One try of a PIN (never the PIN), or an unlocking by the member of staff in `session`.

    `checking` is a try whose check was broken off by a crash; it counted.
    """

    verification_id: str
    outcome: Literal["checking", "verified", "refused", "locked", "wait", "unlocked"]
    channel: str
    session: str
    tried_at: Moment


class AuditRecord(Wire):
    """One thing that was done: by whom, to what, when, from where. `audit_id` is its chain and number there."""

    audit_id: str
    at: Moment
    actor: str
    action: str
    subject: str
    customer_id: str | None
    channel: str | None
    request_id: str | None
    details: dict[str, str | int | bool | None]


class AuditBreak(Wire):
    """The first row of a chain that is not as it was written, or is missing."""

    chain: int
    seq: int
    problem: Literal["changed", "missing", "unsealed", "beyond_the_end", "not_as_anchored"]


class AuditProof(Wire):
    """Whether the audit trail is as it was written. `anchor` names its present state.

    Keep anchors elsewhere: a later proof that is given one also shows whether the whole trail was put back to an
    earlier state.
    """

    whole: bool
    rows: int
    broken: list[AuditBreak]
    anchor: str
    checked_at: Moment
