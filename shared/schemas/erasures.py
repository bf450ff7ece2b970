"""Erasure: everything of one interaction or of one customer, and the certificate of what went."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.schemas.base import Moment, Wire

ErasureScope = Literal["interaction", "customer"]
ErasureState = Literal["running", "done"]
ErasedPart = Literal["source", "side_car", "playback", "transcript", "result", "index", "workflow", "ledger"]


class NewErasure(Wire):
    """Either of the two. `customer` is whom side-cars and conversation logs name."""

    interaction_id: str | None = Field(None, pattern=r"^[A-Za-z0-9_]{1,128}$")
    customer: str | None = Field(None, min_length=1, max_length=128)

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if (self.interaction_id is None) == (self.customer is None):
            raise ValueError("say either interaction_id or customer")
        return self


class ErasedCount(Wire):
    """`sha256` are the hashes of the objects that went, in no order; none for what is no object."""

    part: ErasedPart
    count: int
    bytes: int
    sha256: list[str]


class Certificate(Wire):
    """What went, without saying whose it was. `digest` is the SHA-256 of all that stands before it, as JSON."""

    erasure_id: str
    scope: ErasureScope
    subject_digest: str = Field(description="keyed hash of the id that was asked for")
    asked_by: str
    asked_at: Moment
    ended_at: Moment
    entries: list[str] = Field(description="ids of the ledger's entries, which are kept without what they said")
    parts: list[ErasedCount]
    digest: str


class Erasure(Wire):
    erasure_id: str
    scope: ErasureScope
    state: ErasureState
    asked_by: str
    asked_at: Moment
    updated_at: Moment
    ended_at: Moment | None = None
    entries: int = Field(description="of the ledger that are concerned, so far")
    attempts: int
    certificate: Certificate | None = Field(None, description="set when everything went")
