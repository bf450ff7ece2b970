"""Objects of every sort, by the fate that each must come to, and whether it all came out as it must."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import sha256

from shared.schemas.interaction import Interaction
from tests.media.fleet import Fleet

Files = Sequence[tuple[str, bytes]]


def mixture(count: int, *, start: int = 0) -> list[tuple[str, bytes]]:
    """Of twenty: nine transcripts, three logs, four recordings, two copies, one piece of junk, one empty file."""
    return [_object(number) for number in range(start, start + count)]


def _object(number: int) -> tuple[str, bytes]:
    match number % 20:
        case 0:
            return f"{number}.wav", b"no sound %d" % number
        case 1:
            return f"empty {number}.json", b""
        case 2 | 3:
            return f"copy {number}.json", b'{"n": %d}' % (number + 10)
        case 4 | 5 | 6 | 7:
            return f"{number}.wav", b"RIFF %d" % number
        case 8 | 9 | 10:
            return f"{number}.jsonl", b"[%d]" % number
        case _:
            return f"{number}.json", b'{"n": %d}' % number


def faults(fleet: Fleet, files: Files, *, audio_elsewhere: bool = False) -> list[str]:
    """Everything that is not as it must be; empty when nothing is lost, doubled or mistaken."""
    rows = {str(row["name"]): row for row in fleet.rows()}
    by_content: dict[bytes, list[str]] = defaultdict(list)
    for name, data in files:
        by_content[sha256(data).digest() if data else name.encode()].append(name)
    found = [f"{len(rows)} rows for {len(files)} objects"] if len(rows) != len(files) else []
    contents = dict(files)
    for names in by_content.values():
        fates = Counter(str(rows[name]["fate"]) for name in names if name in rows)
        if fates != _expected(contents[names[0]], len(names)):
            found.append(f"{names}: {dict(fates)} {[rows[name]['reason_code'] for name in names if name in rows]}")
    done = {str(row["interaction_id"]) for row in rows.values() if row["fate"] == "done"}
    # What a frozen worker had on its way may land after its successor's: the same result, of another moment.
    results, indexed = _without_time(fleet.results()), _without_time(fleet.indexed())
    if set(results) != done:
        found.append(f"{len(results)} results for {len(done)} that are done")
    if results != indexed:
        different = [name for name in results.keys() | indexed.keys() if results.get(name) != indexed.get(name)]
        found.append(f"index and results differ in {len(different)}")
    if audio_elsewhere:
        starts = {one.subject for one in fleet.effects("start")}
        heard = {name for name, data in files if data.startswith(b"RIFF")}
        if len(starts) != len(heard):
            found.append(f"{len(starts)} jobs for {len(heard)} recordings")
    return found


def _without_time(documents: dict[str, Interaction]) -> dict[str, Interaction]:
    return {name: one.model_copy(update={"processed_at": one.started_at}) for name, one in documents.items()}


def _expected(data: bytes, copies: int) -> Counter[str]:
    if b"poison" in data:
        return Counter({"failed": copies})
    if not data or data.startswith(b"no sound"):
        return Counter({"rejected": copies})
    return Counter({"done": 1, "duplicate": copies - 1}) if copies > 1 else Counter({"done": 1})
