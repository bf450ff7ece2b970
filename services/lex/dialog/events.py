"""What happened on the paths of a turn, for the conversation log (`dialogEventLogs`)."""

from dataclasses import dataclass, field
from typing import NamedTuple

from services.lex.definition.parts import NextStep
from services.lex.dialog.conditions import Piece
from shared.schemas.lex import Message


class TriedBranch(NamedTuple):
    """A branch whose condition was looked at; `pieces` are the condition with what its references stood for then."""

    name: str
    expression: str
    pieces: tuple[Piece, ...]
    held: bool


@dataclass(slots=True)
class DialogEvent:
    """One path that was taken: the branches tried, as far as the first true one, what was said, and the next step.

    `label` is that of the dialog hook which the step asks.
    """

    tried: list[TriedBranch] = field(default_factory=list)
    label: str | None = None
    said: list[Message] = field(default_factory=list)
    step: NextStep | None = None
