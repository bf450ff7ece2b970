"""Reads bots from a file or a folder, in whichever form they come."""

from dataclasses import dataclass
from pathlib import Path

from services.lex.definition.archive import read_archive
from services.lex.definition.described import described
from services.lex.definition.documents import LARGEST_FILE, Document, Documents, Source
from services.lex.definition.faults import DefinitionError, DefinitionWarning, Place, reason
from services.lex.definition.folder import read_folder
from services.lex.definition.layout import bot_folders
from services.lex.definition.model import BotDefinition
from services.lex.definition.v1 import convert_v1, resource_of
from services.lex.definition.v2 import Reader

_ZIP = b"PK"


@dataclass(frozen=True, slots=True)
class Reading:
    """The bots of one source, and what of them works less here than in Amazon Lex."""

    bots: list[BotDefinition]
    warnings: list[DefinitionWarning]


def read(path: Path) -> Reading:
    """The bots in a V2 export (zip or tree), a V1 export (zip or JSON), or dumps of the V2 model API (zip or folder).

    Raises DefinitionError, which names file and place, for what cannot be read, is refused, or holds no bot.
    """
    reading = look(path)
    if not reading.bots:
        raise DefinitionError(f"{path}: holds no bot (a folder with Bot.json or BotLocales, a V1 export, or API dumps)")
    return reading


def look(path: Path) -> Reading:
    """As `read`, but no bot is no error."""
    reading = read_source(_source(path))
    _check_identifiers(reading.bots, str(path))
    return reading


def read_bots(folder: Path) -> list[BotDefinition]:
    """As `read`, where the warnings are of no interest."""
    return read(folder).bots


def read_source(source: Source) -> Reading:
    """The bots of a source, in order of their place in it; none is no error here."""
    reader = Reader(source)
    bots = [reader.bot(folder) for folder in bot_folders(source.paths)]
    warnings = reader.warnings
    for written in [] if bots else _converted(source, warnings):
        converted = Reader(written)
        bots += [converted.bot(folder) for folder in bot_folders(written.paths)]
        warnings += converted.warnings
    return Reading(bots, warnings)


def _source(path: Path) -> Documents:
    try:
        if path.is_dir():
            return read_folder(path)
        if path.stat().st_size > LARGEST_FILE and path.suffix.lower() != ".zip":
            raise DefinitionError(f"{path}: larger than {LARGEST_FILE} bytes")
        with path.open("rb") as file:
            if file.read(2) == _ZIP or path.suffix.lower() == ".zip":
                return read_archive(path)
        return Documents(str(path.parent), path.stem, {path.name: path.read_bytes()})
    except (OSError, ValueError) as error:
        raise DefinitionError(f"{path}: cannot be read: {reason(error)}") from error


def _converted(source: Source, warnings: list[DefinitionWarning]) -> list[Source]:
    """V1 exports or API dumps, brought into the layout of V2. Raises DefinitionError."""
    place = Place(source.where(""), warnings)
    documents: dict[str, Document] = {path: source.load(path) for path in source.paths}
    resources = {path: found for path, document in documents.items() if (found := resource_of(document))}
    if resources:
        return [*convert_v1(source, resources, place)]
    dump = described(source, documents, place)
    return [dump] if dump else []


def _check_identifiers(bots: list[BotDefinition], where: str) -> None:
    seen: dict[str, str] = {}
    for bot in bots:
        if bot.identifier in seen:
            raise DefinitionError(f"{where}: {seen[bot.identifier]} and {bot.name} share the id {bot.identifier}")
        seen[bot.identifier] = bot.name
