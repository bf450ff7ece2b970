"""The recording of an interaction for people to listen to: the copy that was made for them, or the original."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from services.media.settings import MediaSettings
from shared.blobs import BlobInfo, Blobs
from shared.errors import NotFound
from shared.schemas.interaction import Interaction

_REMEMBERED = 500
_MISSING = "There is no recording to listen to."


@dataclass(frozen=True)
class Playable:
    """An object and what browsers know it by."""

    info: BlobInfo
    media_type: str


@dataclass(frozen=True)
class _Place:
    """Where the recording lies. `not_after` is when it was analysed: what came to its key later is another one."""

    bucket: str
    key: str
    media_type: str
    not_after: datetime | None


class Recordings:
    """Reads of each result what is to be played, and remembers it, as players ask again and again for a part."""

    def __init__(self, settings: MediaSettings, blobs: Blobs) -> None:
        self._settings = settings
        self._blobs = blobs
        self._places: OrderedDict[tuple[str, str], _Place | None] = OrderedDict()

    async def find(self, interaction_id: str) -> Playable:
        """Raises NotFound for an interaction that is not known, has no sound, or whose recording is gone.

        The original is given out only where the result says that nothing was hidden in it.
        """
        settings = self._settings
        key = f"{settings.output_bucket_parsed_results}/{interaction_id}.json"
        try:
            result = await self._blobs.head(settings.output_bucket_name, key)
        except NotFound:
            raise NotFound(_MISSING) from None
        place = await self._place(result)
        if place is None:
            raise NotFound(_MISSING)
        try:
            info = await self._blobs.head(place.bucket, place.key)
        except NotFound:
            raise NotFound(_MISSING) from None
        if place.not_after is not None and info.modified > place.not_after:
            raise NotFound("The recording was replaced by another one, which is not analysed yet.")
        return Playable(info, place.media_type)

    async def read(self, playable: Playable, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from `first` to `last`. Raises NotFound before the first of them, should they be gone by now."""
        pieces = self._blobs.stream(playable.info, first, last)
        return _with(await anext(pieces), pieces)

    async def _place(self, result: BlobInfo) -> _Place | None:
        known = (result.key, result.etag)
        if known not in self._places:
            document = Interaction.model_validate_json(await self._blobs.get(result.bucket, result.key))
            self._places[known] = self._place_of(document)
            while len(self._places) > _REMEMBERED:
                self._places.popitem(last=False)
        self._places.move_to_end(known)
        return self._places[known]

    def _place_of(self, document: Interaction) -> _Place | None:
        recording, source = document.recording, document.source
        if recording is None:
            return None
        if recording.copied is None:
            return _Place(source.bucket, source.key, recording.media_type, document.processed_at)
        key = copy_key(self._settings, document.interaction_id)
        return _Place(self._settings.input_bucket_name, key, recording.media_type, None)


async def _with(piece: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield piece
    async for further in pieces:
        yield further


def copy_key(settings: MediaSettings, interaction_id: str) -> str:
    """Of the copy in the input bucket."""
    return f"{settings.input_bucket_audio_playback}/{interaction_id}.mp3"
