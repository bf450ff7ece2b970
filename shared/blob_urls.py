"""Which object store a URL means: `folder:data/objects` or `s3:` (`s3:prefix-` puts a prefix before bucket names)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shared.blobs import Blobs, FolderBlobs


@asynccontextmanager
async def open_blobs(url: str) -> AsyncIterator[Blobs]:
    """The store the URL means, for the life of the block. Raises ValueError for an unknown scheme."""
    scheme, _, rest = url.partition(":")
    match scheme:
        case "folder":
            yield FolderBlobs(Path(rest))
        case "s3":
            from shared.aws import open_s3

            async with open_s3(rest) as blobs:
                yield blobs
        case _:
            raise ValueError("OMNILEX_BLOBS_URL must begin with folder: or s3:")
