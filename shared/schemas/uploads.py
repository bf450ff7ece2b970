"""Uploads that go from the caller to the object store directly."""

from pydantic import Field

from shared.schemas.base import Moment, Wire
from shared.schemas.ledger import UploadMetadata


class UploadRequest(Wire):
    """A file that is to be uploaded directly. `size` in bytes, exactly."""

    name: str = Field(min_length=1, max_length=1000, description="the file's own name")
    size: int = Field(ge=0)
    metadata: UploadMetadata | None = None


class UploadForm(Wire):
    """What takes one object of one name and size: `fields`, and after them the part `file`, by POST to `url`."""

    key: str
    url: str
    fields: dict[str, str]
    expires_at: Moment = Field(description="until when the upload must have begun")


class ArrivedUpload(Wire):
    key: str = Field(min_length=1, max_length=1024, description="as the form named it")
