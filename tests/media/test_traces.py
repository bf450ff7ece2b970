"""Traces of the pipeline, as a collector gets them: each run of an object is one, whoever takes its steps."""

from pydantic import AnyHttpUrl

from services.media.settings import MediaSettings
from shared.traces import Traces
from tests.media.conftest import pipeline_of
from tests.shared.collector import collecting


async def test_steps_of_one_object_are_one_trace_without_its_name(settings: MediaSettings) -> None:
    with collecting() as collector:
        traced = settings.model_copy(update={"traces_url": AnyHttpUrl(collector.url)})
        async with Traces(traced, "media").open(), pipeline_of(traced) as pipeline:
            good, crashed = await pipeline.sent(("Maya.json", b'{"n": 1}'), ("crash.json", b'"crash"'))
    assert (good.fate, crashed.fate) == ("done", "failed")
    steps = [span for span in collector.spans if span.kind == "consumer"]
    traces = {trace: [span for span in steps if span.trace_id == trace] for trace in {span.trace_id for span in steps}}
    by_end = {spans[-1].name: spans for spans in traces.values()}
    assert [span.name for span in by_end["media index"]] == ["media identify", "media analyse", "media index"]
    assert not any(span.failed for span in by_end["media index"])
    assert [span.name for span in by_end["media settle"]] == ["media identify", "media analyse", "media settle"]
    assert [span.attributes.get("error.type") for span in by_end["media settle"]] == [None, "died", None]
    assert "POST /objects" in {span.name for span in collector.spans}
    words = "".join(span.words for span in collector.spans)
    assert not [told for told in ("Maya", "crash.json", good.entry_id, good.interaction_id) if told in words]
