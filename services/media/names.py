"""Names of files as names of objects."""

import unicodedata

from services.media.copies import SIDE_CAR
from services.media.sources import is_source

_NAME_BYTES = 150


def safe_name(given: str) -> str:
    """The file's own name as an object's: no path, nothing unprintable, not hidden, no side-car, 150 bytes at most."""
    base = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in base if letter.isprintable()).strip().lstrip(".")
    if not is_source(name):
        name = name.removesuffix(SIDE_CAR) + ".json"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 16:
        stem, dot, ending = name, "", ""
    kept = stem.encode()[: _NAME_BYTES - len((dot + ending).encode())].decode(errors="ignore")
    return (kept + dot + ending).lstrip(".") or "unnamed"
