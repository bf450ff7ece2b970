"""How a file gets there: straight to the object store where it takes files, else through the gateway."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from services.cli.connection import Unreachable
from services.cli.gateway import Gateway
from shared.schemas.ledger import LedgerEntry, UploadMetadata
from shared.schemas.uploads import UploadForm, UploadRequest


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file that can be sent, with the JSON of its side-car if it has one."""

    path: Path
    metadata: str | None

    @property
    def name(self) -> str:
        """The file's name as text: one in no encoding gets replacement characters."""
        return os.fsencode(self.path.name).decode("utf-8", "replace")


@dataclass(slots=True)
class Delivery:
    """A parcel on its way, over all the tries that it takes: so it is taken once."""

    parcel: Parcel
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    stored: UploadForm | None = None


class Courier:
    """Asks once whether files may go directly; where the store cannot be reached from here, they go through us."""

    def __init__(self, gateway: Gateway, token: str) -> None:
        self._gateway = gateway
        self._token = token
        self._direct = True

    async def attempt(self, delivery: Delivery, opened: Callable[[], BinaryIO]) -> LedgerEntry:
        """One try. Raises Unreachable when another may succeed, CommandFailed when the file is refused."""
        if delivery.stored is None and self._direct:
            delivery.stored = await self._store(delivery.parcel, opened)
        if delivery.stored is not None:
            return await self._gateway.upload_arrived(self._token, delivery.stored.key)
        parcel = delivery.parcel
        with opened() as file:
            return await self._gateway.upload(
                self._token, parcel.name, file, metadata=parcel.metadata, idempotency_key=delivery.key
            )

    async def _store(self, parcel: Parcel, opened: Callable[[], BinaryIO]) -> UploadForm | None:
        """The form by which the file was stored; null where none can be."""
        metadata = UploadMetadata.model_validate_json(parcel.metadata) if parcel.metadata else None
        with opened() as file:
            size = os.fstat(file.fileno()).st_size
            request = UploadRequest(name=parcel.name[-1000:] or "unnamed", size=size, metadata=metadata)
            form = await self._gateway.offer_upload(self._token, request)
            if form is not None:
                try:
                    await self._gateway.send_form(form, parcel.name, file)
                except Unreachable:
                    form = None
        self._direct = form is not None
        return form
