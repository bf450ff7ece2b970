"""What can be wrong with a definition: an error refuses it, a warning says what of it works less than in Lex."""

from dataclasses import dataclass


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
        return f"{self.file}: {self.pointer}: {self.sentence} [{self.code}]"


def pointer(*parts: str | int) -> str:
    """The JSON pointer (RFC 6901) made of these steps."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


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
        return DefinitionError(f"{self.file}: {pointer(*self.steps)}: {sentence}")
