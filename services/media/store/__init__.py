"""The tables of media and every query on them."""

from services.media.store.contents import claim_content
from services.media.store.ledger import (
    DATABASE_AWAY,
    UNFINISHED,
    add_new,
    arrivals,
    entries,
    entry,
    in_work,
    known,
    mark_queued,
    startable,
    unfinished_queued,
)
from services.media.store.tables import (
    BulkRow,
    ContentRow,
    LedgerRow,
    MediaTable,
    StepRow,
    UploadRow,
    digest,
    new_row,
    now,
)
from services.media.store.uploads import claim_upload, complete_upload
from services.media.store.way import (
    begin_again,
    is_replaced,
    progress,
    set_aside_at,
    set_customer,
    steps_of,
)

__all__ = [
    "DATABASE_AWAY",
    "UNFINISHED",
    "BulkRow",
    "ContentRow",
    "LedgerRow",
    "MediaTable",
    "StepRow",
    "UploadRow",
    "add_new",
    "arrivals",
    "begin_again",
    "claim_content",
    "claim_upload",
    "complete_upload",
    "digest",
    "entries",
    "entry",
    "in_work",
    "is_replaced",
    "known",
    "mark_queued",
    "new_row",
    "now",
    "progress",
    "set_aside_at",
    "set_customer",
    "startable",
    "steps_of",
    "unfinished_queued",
]
