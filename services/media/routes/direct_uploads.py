"""Files that go to the object store directly, not through us."""

from fastapi import APIRouter

from services.media.routes.objects import Uploader
from services.media.routes.parts import Service
from shared.schemas.ledger import LedgerEntry
from shared.schemas.uploads import ArrivedUpload, UploadForm, UploadRequest

router = APIRouter()


@router.post("/objects/presigned", status_code=201)
async def offer(asked: UploadRequest, caller: Uploader, service: Service) -> UploadForm:
    return await service.direct.offer(asked.name, asked.size, asked.metadata)


@router.post("/objects/presigned/arrived", status_code=202)
async def arrived(upload: ArrivedUpload, caller: Uploader, service: Service) -> LedgerEntry:
    return await service.direct.arrived(upload.key)
