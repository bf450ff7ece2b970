"""Reads zip archives of untrusted origin: an export of Lex, or whatever else was named so."""

import io
import stat
import zipfile
import zlib
from pathlib import Path

from services.lex.definition.documents import LARGEST_FILE, LARGEST_TOTAL, MOST_FILES, Documents
from services.lex.definition.faults import DefinitionError, reason

LARGEST_ARCHIVE = 32 * 1024 * 1024
_MOST_RATIO = 200
_SMALL = 1024 * 1024
_ENCRYPTED = 0x1
_CENTRAL_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NESTED = (".zip", ".jar", ".gz", ".tgz", ".7z", ".bz2", ".xz")


def read_archive(file: Path) -> Documents:
    """The JSON documents in the archive. Raises DefinitionError when it cannot be read whole and safely."""
    try:
        if file.stat().st_size > LARGEST_ARCHIVE:
            raise DefinitionError(f"{file.name}: larger than {LARGEST_ARCHIVE} bytes")
        return unzip(file.read_bytes(), file.name)
    except OSError as error:
        raise DefinitionError(f"{file.name}: cannot be read: {reason(error)}") from error


def unzip(raw: bytes, name: str) -> Documents:
    """The JSON documents in the bytes of an archive called `name`; entries that hide themselves are passed by.

    Raises DefinitionError for a broken or encrypted archive, a bomb (entries, size, ratio), a path that leaves the
    archive, a link, a name that occurs twice, an archive inside.
    """
    if raw.count(_CENTRAL_ENTRY) > MOST_FILES:
        raise DefinitionError(f"{name}: has more than {MOST_FILES} entries")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = _checked(archive.infolist(), name)
            return Documents(name, Path(name).stem, {path: _content(archive, entries[path], name) for path in entries})
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, LookupError) as error:
        raise DefinitionError(f"{name}: cannot be read as a zip archive: {reason(error)}") from error


def _checked(entries: list[zipfile.ZipInfo], name: str) -> dict[str, zipfile.ZipInfo]:
    """The entries to read, by path. All are checked, also those that are passed by."""
    seen: set[str] = set()
    total = 0
    for entry in entries:
        fault = _fault(entry)
        path = entry.filename.rstrip("/")
        if fault is None and path in seen:
            fault = "occurs twice"
        if fault:
            raise DefinitionError(f"{name}/{_shown(entry.filename)}: {fault}")
        seen.add(path)
        total += entry.file_size
    if total > LARGEST_TOTAL:
        raise DefinitionError(f"{name}: unpacks to more than {LARGEST_TOTAL} bytes")
    return {entry.filename: entry for entry in entries if wanted(entry.filename) and not entry.is_dir()}


def _fault(entry: zipfile.ZipInfo) -> str | None:
    return _name_fault(entry.filename, entry.orig_filename) or _content_fault(entry)


def _name_fault(name: str, original: str) -> str | None:
    parts = name.rstrip("/").split("/")
    if "\\" in original or any(ord(character) < 32 for character in original):
        return "a name may not hold NUL, backslashes or control characters"
    if name.startswith("/") or ":" in parts[0]:
        return "a name may not be absolute"
    if any(part in ("", ".", "..") for part in parts) or len(name) > 1000 or len(parts) > 30:
        return "a name may not lead out of the archive, have empty parts, or be endless"
    return "is an archive inside the archive" if name.lower().endswith(_NESTED) else None


def _content_fault(entry: zipfile.ZipInfo) -> str | None:
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if entry.compress_type not in _METHODS:
        return "is packed by a method other than deflate"
    if entry.file_size > max(_SMALL, entry.compress_size * _MOST_RATIO):
        return f"unpacks to more than {_MOST_RATIO} times its size"
    return None


def wanted(path: str) -> bool:
    """JSON documents, but none of what file systems and consoles leave beside them."""
    parts = path.split("/")
    hidden = any(part.startswith(".") or part in ("__MACOSX", "node_modules") for part in parts)
    return path.lower().endswith(".json") and parts[-1] != "ConversationFlow.json" and not hidden


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    if entry.file_size > LARGEST_FILE:
        raise DefinitionError(f"{name}/{entry.filename}: larger than {LARGEST_FILE} bytes")
    with archive.open(entry) as content:
        raw = content.read(LARGEST_FILE + 1)
    if len(raw) != entry.file_size:
        raise DefinitionError(f"{name}/{entry.filename}: is not as long as the archive says")
    return raw


def _shown(name: str) -> str:
    return name.encode("unicode_escape").decode()[:200]
