"""The ingest ledger: the fate of every object that media has seen."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Moment, Wire

Fate = Literal["waiting", "running", "done", "duplicate", "rejected", "failed", "cancelled", "erased"]
Step = Literal["identify", "prepare", "transcribe", "analyse", "write", "index"]
SourceKind = Literal["audio", "transcribe", "lex_log", "connect_chat", "call_analytics", "result"]


class LedgerEntry(Wire):
    """`reason_code` and `reason` (a sentence for people) are set when rejected or failed.

    `duplicate_of` is the entry that came first; `interaction_id` is set once there is a result.
    """

    entry_id: str
    bucket: str
    key: str
    name: str = Field(description="the file's own name")
    size: int
    fate: Fate
    step: Step | None = None
    attempt: int = 1
    run: int = Field(1, description="counted from 1: each retry is a new run")
    kind: SourceKind | None = None
    reason_code: str | None = None
    reason: str | None = None
    duplicate_of: str | None = None
    interaction_id: str | None = None
    bulk_id: str | None = None
    released_at: Moment | None = Field(None, description="when its bulk let it in; null while it is held")
    seconds_heard: float | None = Field(None, description="of the recording, while it is transcribed")
    seconds_total: float | None = None
    stuck_code: str | None = Field(None, description="set while the entry does not move as it should")
    stuck_at: Moment | None = None
    seen_at: Moment
    updated_at: Moment


class LedgerStep(Wire):
    """One attempt of one step. `outcome` is null while it lasts, then `done` or a reason code."""

    run: int
    step: Step
    attempt: int
    times: int = Field(1, description="it was begun: more than once when a worker died in it")
    started_at: Moment
    ended_at: Moment | None = None
    seconds: float | None = None
    outcome: str | None = None


class LedgerDetail(LedgerEntry):
    """An entry with every step of every run, in the order they began. `retryable` says whether a retry is taken."""

    steps: list[LedgerStep]
    retryable: bool


class ReasonCount(Wire):
    """`reason` is the sentence of the newest of them."""

    fate: Fate
    reason_code: str
    reason: str | None
    entries: int


class LedgerCounts(Wire):
    """Entries by fate; those that wait and are held for a bulk are counted as `held`. Reasons come most first."""

    fates: dict[str, int]
    stuck: int
    reasons: list[ReasonCount]


class Retried(Wire):
    """`left` entries with the reason were not taken: their object was erased, or has a newer version with a result."""

    retried: int
    left: int


class MissingCall(Wire):
    """A call that was expected. `fate` is null when the ledger has nothing of it."""

    call_id: str
    fate: Fate | None = None
    entry_id: str | None = None
    reason: str | None = None


class Reconciliation(Wire):
    """Expected calls against the ledger: `missing` were never seen, `failed` and `open` have no result (yet).

    `unexpected` are the names of what came in within the time that was asked for and is not on the list. The lists
    hold the first thousand of each; the counts are whole.
    """

    expected: int
    done: int
    counts: dict[str, int]
    missing: list[str]
    failed: list[MissingCall]
    open: list[MissingCall]
    unexpected: list[MissingCall]
    bad_rows: list[str] = Field(description="rows of the list that cannot be used, each with its number and why")


class UploadMetadata(Wire):
    """What is known of an interaction beside its file; the side-car `<name>.metadata.json` has the same shape."""

    guid: str | None = Field(None, max_length=128)
    agent: str | None = Field(None, max_length=128)
    customer: str | None = Field(None, max_length=128)
    channel: str | None = Field(None, max_length=32)
    language: str | None = Field(None, pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")
    conversation_time: Moment | None = None
    roles: dict[str, Literal["AGENT", "CALLER", "BOT", "IVR"]] | None = Field(
        None, description="speaker or channel label (spk_0, ch_1) to role"
    )
