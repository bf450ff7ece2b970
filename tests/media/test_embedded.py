"""The pipeline with the real analysis in its child processes."""

from services.media.analysis import Transcript
from services.media.settings import MediaSettings
from tests.conftest import without_chance
from tests.media.conftest import RESULTS, pipeline_of
from tests.media.fakes import transcript

CARD = "4111 1111 1111 1111"


async def test_real_analysis_scores_refuses_and_keeps_no_personal_data(settings: MediaSettings) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        call, text, other = await pipeline.sent(
            ("call.json", transcript(1, f"My card is {CARD}")), ("notes.wav", b"only text\n"), ("x.json", b"{}")
        )
        transcripts = await pipeline.blobs.get(RESULTS, f"transcripts/{call.interaction_id}.json")
        result = await pipeline.blobs.get(RESULTS, f"parsedFiles/{call.interaction_id}.json")
    assert (call.fate, text.fate, other.fate) == ("done", "rejected", "rejected")
    assert text.reason == "The file is named .wav but holds text."
    [document] = pipeline.index.documents
    assert document.caller_average is not None
    assert document.caller_average < 0
    assert any("[PII:CARD]" in one.text for one in Transcript.model_validate_json(transcripts).utterances)
    assert "1111" not in without_chance(transcripts + result)
    everywhere = [path for path in settings.data_dir.rglob("*") if path.is_file() and path.name != call.name]
    assert not [path for path in everywhere if b"1111 1111" in path.read_bytes()]


async def test_time_limit_of_the_analysis_ends_in_the_ledger(settings: MediaSettings) -> None:
    hurried = settings.model_copy(update={"analysis_timeout_seconds": 0.001})
    async with pipeline_of(hurried, real=True) as pipeline:
        [entry] = await pipeline.sent(("call.json", transcript(1)))
    assert (entry.fate, entry.reason_code, entry.attempt) == ("failed", "timeout", 1)
