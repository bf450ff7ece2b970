"""Uploads that go to the object store directly: offered, and taken in when they have arrived."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

from services.media import store
from services.media.copies import SIDE_CAR
from services.media.names import safe_name
from services.media.settings import MediaSettings
from services.media.sources import is_source, is_text
from shared.blobs import BlobInfo, Blobs
from shared.errors import Conflict, NotFound, PayloadTooLarge
from shared.schemas.ledger import LedgerEntry, UploadMetadata
from shared.schemas.uploads import UploadForm

TakeIn = Callable[[BlobInfo], Awaitable[LedgerEntry]]
_NOT_HERE = "This object store takes no direct uploads: send the file to the upload API."


class DirectUploads:
    """`take_in` enters an object in the ledger, once."""

    def __init__(self, settings: MediaSettings, blobs: Blobs, take_in: TakeIn) -> None:
        self._settings = settings
        self._blobs = blobs
        self._take_in = take_in

    async def offer(self, name: str, size: int, metadata: UploadMetadata | None) -> UploadForm:
        """A form for this file alone. Its side-car is stored first: whoever sees the object sees what is known of it.

        Raises PayloadTooLarge, and Conflict where the store takes uploads from nobody but us.
        """
        if size > self._settings.max_upload_bytes:
            raise PayloadTooLarge(f"A file may have at most {self._settings.max_upload_bytes} bytes.")
        bucket, now = self._settings.input_bucket_name, store.now()
        folder = f"{self._settings.input_bucket_raw_audio}/{now:%Y/%m/%d}/{secrets.token_hex(8)}"
        key = f"{folder}/{safe_name(name).replace('$', '_')}"  # S3 would put words of the caller's in place of ${these}
        seconds = self._settings.presigned_seconds
        form = await self._blobs.upload_form(bucket, key, size=size, seconds=seconds)
        if form is None:
            raise Conflict(_NOT_HERE)
        if metadata is not None:
            await self._blobs.put(bucket, key + SIDE_CAR, metadata.model_dump_json(exclude_none=True).encode())
        return UploadForm(key=key, url=form.url, fields=form.fields, expires_at=now + timedelta(seconds=seconds))

    async def arrived(self, key: str) -> LedgerEntry:
        """The entry of the object that was uploaded; the same however often it is asked for, and whoever tells of it.

        Raises NotFound while it is not there.
        """
        ours = key.startswith(f"{self._settings.input_bucket_raw_audio}/") and is_source(key) and is_text(key)
        if not ours or "\0" in key:
            raise NotFound("No upload was offered under this key.")
        return await self._take_in(await self._blobs.head(self._settings.input_bucket_name, key))
