"""HTTP of the media service."""

from fastapi import APIRouter

from services.media.routes import bulk, ledger, objects, recordings, sentiment

router = APIRouter()
for part in (objects, ledger, bulk, recordings, sentiment):
    router.include_router(part.router)
