"""A transcript through the whole analyser, its child processes too."""

from pathlib import Path

from services.media.analysis import Identified, Transcript
from services.media.ports import Analyser
from shared.schemas.interaction import Interaction
from tests.media.analysis.builders import subject


async def result_of(analyser: Analyser, transcript: Transcript, folder: Path) -> Interaction:
    """The result document; the files are in the folder."""
    files = {name: folder / f"{name}.json" for name in ("transcript", "result", "redacted")}
    files["transcript"].write_text(transcript.model_dump_json())
    await analyser.analyse(
        files["transcript"],
        Identified("transcribe"),
        subject(),
        audio=None,
        result=files["result"],
        redacted=files["redacted"],
    )
    return Interaction.model_validate_json(files["result"].read_bytes())
