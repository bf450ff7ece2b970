from tests.media.conftest import RESULTS, SOURCES, Pipeline


async def test_upload_becomes_an_indexed_result(pipeline: Pipeline) -> None:
    [entry] = await pipeline.sent(("call one.json", b'{"n": 1}'))
    assert (entry.fate, entry.step, entry.kind, entry.name) == ("done", None, "transcribe", "call one.json")
    assert [document.interaction_id for document in pipeline.index.documents] == [entry.interaction_id]
    assert pipeline.files(RESULTS, "parsedFiles") == [f"parsedFiles/{entry.interaction_id}.json"]
    assert pipeline.files(RESULTS, "transcripts") == [f"transcripts/{entry.interaction_id}.json"]
    assert pipeline.files(SOURCES, "failedAudio") == []
