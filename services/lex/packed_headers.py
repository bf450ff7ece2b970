"""Header values of the runtime API: base64 of gzip of JSON, bounded on unpacking.

Source: API reference of Lex V2, RecognizeUtterance and PutSession.
"""

import base64
import binascii
import gzip
import zlib
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from services.lex.errors import ValidationFailed

_LARGEST = 128 * 1024
_GZIP = 16 + zlib.MAX_WBITS
T = TypeVar("T")


def packed(document: bytes) -> str:
    """The JSON document as a header value."""
    return base64.b64encode(gzip.compress(document, compresslevel=1, mtime=0)).decode()


def unpacked(value: str, kind: TypeAdapter[T], name: str) -> T:
    """The document in a header value. Raises ValidationFailed when it is malformed, or too large once unpacked."""
    try:
        content = _gunzipped(base64.b64decode(value.strip(), validate=True))
    except (binascii.Error, ValueError, zlib.error) as error:
        raise ValidationFailed(f"The header {name} is not base64 of gzip of JSON.") from error
    try:
        return kind.validate_json(content)
    except ValidationError as error:
        places = sorted({"/" + "/".join(str(part) for part in item["loc"]) for item in error.errors()})
        raise ValidationFailed(f"The header {name} is not valid at {', '.join(places)}.") from error


def _gunzipped(data: bytes) -> bytes:
    """Raises ValueError for data that ends early, goes on after its end, or grows beyond the bound."""
    stream = zlib.decompressobj(_GZIP)
    content = stream.decompress(data, _LARGEST)
    if not stream.eof or stream.unused_data:
        raise ValueError("not one whole gzip stream within the bound")
    return content
