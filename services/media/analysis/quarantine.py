"""What must not be stored: documents in which a second look still finds personal data."""

from services.media.analysis.leaks import Leaks, leaks_in
from services.media.analysis.source import RejectedSource


def release(*documents: bytes) -> list[Leaks]:
    """What the second look says of each document. Raises RejectedSource, so that nothing is stored, if it finds any.

    The source itself stays in the restricted place where failures lie.
    """
    known: dict[str, list[str]] = {}
    looked = [leaks_in(document, known) for document in documents]
    count = sum(leaks.count for leaks in looked)
    if count:
        kinds = ", ".join(sorted({kind for leaks in looked for kind in leaks.found}))
        raise RejectedSource(
            "personal_data_left",
            f"After personal data was hidden, a second look found more ({count} places: {kinds}). Nothing was stored.",
        )
    return looked
