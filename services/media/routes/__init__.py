"""HTTP of the media service."""

from fastapi import APIRouter

from services.media.routes import bulk, ledger, objects, sentiment

router = APIRouter()
for part in (objects, ledger, bulk, sentiment):
    router.include_router(part.router)
