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
