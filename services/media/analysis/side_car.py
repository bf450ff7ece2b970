"""The file `<name>.metadata.json` beside an object: our own form, or the contact record that Amazon Connect wrote."""

from pydantic import ValidationError
from pydantic_core import from_json

from services.media.analysis.parsers.contact_record import is_contact_record, metadata_of
from services.media.analysis.source import RejectedSource
from shared.schemas.ledger import UploadMetadata


def read_side_car(raw: bytes) -> UploadMetadata:
    """What it says. Raises `RejectedSource` (`bad_metadata`) naming the fields that are wrong."""
    try:
        document = from_json(raw, allow_inf_nan=False)
        return metadata_of(document) if is_contact_record(document) else UploadMetadata.model_validate(document)
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in item["loc"]) or "document" for item in error.errors()})
        sentence = f"The side-car file is not valid metadata (at: {', '.join(fields[:5])})."
        raise RejectedSource("bad_metadata", sentence) from None
    except ValueError:
        raise RejectedSource("bad_metadata", "The side-car file is not JSON.") from None


def contact_in(raw: str) -> UploadMetadata | None:
    """What a contact record says; null for anything else. Raises `RejectedSource` (`bad_metadata`)."""
    try:
        document = from_json(raw)
    except ValueError:
        return None
    return metadata_of(document) if is_contact_record(document) else None
