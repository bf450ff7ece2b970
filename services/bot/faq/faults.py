"""What is wrong with a FAQ file, collected row by row so that an editor sees all of it at once."""

from dataclasses import dataclass, field

from pydantic import JsonValue

from shared.errors import InvalidRequest
from shared.schemas.faq import FaqFault

MAX_SHOWN = 200


@dataclass(slots=True)
class Faults:
    """Errors refuse the file, warnings do not. None of them repeats what the file says."""

    errors: list[FaqFault] = field(default_factory=list)
    warnings: list[FaqFault] = field(default_factory=list)

    def error(self, row: int | None, column: str | None, detail: str) -> None:
        self.errors.append(FaqFault(row=row, column=column, detail=detail))

    def warning(self, row: int | None, column: str | None, detail: str) -> None:
        self.warnings.append(FaqFault(row=row, column=column, detail=detail))

    def refusal(self) -> InvalidRequest:
        """The errors as a problem: how many there are, and the first of them in the order of the file."""
        inside = sorted(self.errors, key=lambda fault: (fault.row is not None, fault.row or 0))
        shown: list[JsonValue] = [fault.model_dump(mode="json") for fault in inside[:MAX_SHOWN]]
        count = len(self.errors)
        detail = f"The file was not imported: it has {count} error{'s' if count > 1 else ''}."
        return InvalidRequest(detail, members={"code": "faq_not_valid", "error_count": count, "errors": shown})
