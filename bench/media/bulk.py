"""What it takes to have a bulk of many objects in the ledger: `python -m bench.media.bulk [OBJECTS]`.

Time, processor time and growth of the process's memory for the listing; then what one release costs while all of it
is held, which is what a worker does once a second.
"""

import asyncio
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from services.media.bulk import Bulks, BulkWork
from services.media.settings import MediaSettings
from shared.blobs import FolderBlobs
from shared.db import open_database
from shared.schemas.bulk import NewBulk
from tests.media.servers import postgres_of

OBJECTS = 100_000
_FOLDERS = 100
_RELEASES = 50


def main() -> None:
    objects = int(sys.argv[1]) if len(sys.argv) > 1 else OBJECTS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = MediaSettings(data_dir=folder)
        lay_out(folder / "objects" / settings.bulk_upload_bucket, objects)
        print("| database | objects | listed in | processor time each | memory it grew by | one release |")
        print("|---|---|---|---|---|---|")
        url = f"sqlite+aiosqlite:///{folder}/media.sqlite"
        print(asyncio.run(measured("SQLite", settings, url, objects)))
        data = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        server = stack.enter_context(postgres_of(Path(data)))
        print(asyncio.run(measured("PostgreSQL", settings, server.url, objects)))


def lay_out(bucket: Path, objects: int) -> None:
    for number in range(objects):
        path = bucket / f"{number % _FOLDERS:02}" / f"call {number:07}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


async def measured(name: str, settings: MediaSettings, url: str, objects: int) -> str:
    async with open_database(url, "services.media") as database:
        blobs = FolderBlobs(settings.data_dir / "objects")
        work = BulkWork(settings=settings, database=database, blobs=blobs, released=lambda: None)
        bulks = Bulks(settings=settings, database=database, wake=work.wake)
        bulk = await bulks.start(NewBulk(), subject="bench")
        memory, processor, began = peak_memory(), time.process_time(), time.monotonic()
        while await work.list_more():
            pass
        seconds, spent = time.monotonic() - began, time.process_time() - processor
        grew = (peak_memory() - memory) / 1024
        assert (await bulks.bulk(bulk.bulk_id)).counts.held == objects
        released = time.monotonic()
        for _ in range(_RELEASES):
            await work.release()
        each = (time.monotonic() - released) / _RELEASES
    return (
        f"| {name} | {objects:,} | {seconds:.1f} s | {1000 * spent / objects:.2f} ms | {grew:.0f} MiB "
        f"| {1000 * each:.0f} ms |"
    )


def peak_memory() -> int:
    """KiB, of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
