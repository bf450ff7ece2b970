"""HTTP of the media service."""

from fastapi import APIRouter

from services.media.routes import (
    bulk,
    categories,
    corrections,
    direct_uploads,
    erasures,
    ledger,
    objects,
    recordings,
    sentiment,
)

router = APIRouter()
for part in (objects, direct_uploads, ledger, bulk, erasures, recordings, corrections, categories, sentiment):
    router.include_router(part.router)
