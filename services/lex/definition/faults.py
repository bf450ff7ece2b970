"""What can be wrong with a definition: an error refuses it, a warning says what of it works less than in Lex."""

import zipfile
from dataclasses import dataclass
from json import JSONDecodeError


class DefinitionError(Exception):
    """The definition cannot be used; the message names the file and, as a JSON pointer, the place in it."""


@dataclass(frozen=True, slots=True)
class DefinitionWarning:
    """`code` names the kind, `pointer` is a JSON pointer into `file` ("" means the file as a whole)."""

    code: str
    file: str
    pointer: str
    sentence: str

    def __str__(self) -> str:
        return f"{located(self.file, self.pointer)}: {self.sentence} [{self.code}]"


def pointer(*parts: str | int) -> str:
    """The JSON pointer (RFC 6901) made of these steps."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def located(file: str, place: str) -> str:
    """A file and, unless it is meant as a whole, a place in it."""
    return f"{file}: {place}" if place else file


def reason(error: Exception) -> str:
    """Why a file could not be read or written; nothing of what stands in it."""
    match error:
        case JSONDecodeError():
            return f"line {error.lineno}, column {error.colno}"
        case UnicodeDecodeError():
            return "it is not UTF-8"
        case OSError() if error.strerror:
            return error.strerror
        case RecursionError():
            return "it is nested too deeply"
        case zipfile.BadZipFile():
            return "it is damaged"
    return type(error).__name__


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document, and the list that collects what is said about it and about the places inside."""

    file: str
    warnings: list[DefinitionWarning]
    steps: tuple[str | int, ...] = ()

    def at(self, *steps: str | int) -> "Place":
        return Place(self.file, self.warnings, (*self.steps, *steps))

    def warn(self, code: str, sentence: str) -> None:
        self.warnings.append(DefinitionWarning(code, self.file, pointer(*self.steps), sentence))

    def error(self, sentence: str) -> DefinitionError:
        return DefinitionError(f"{located(self.file, pointer(*self.steps))}: {sentence}")
