"""Parameters of the seed that are seen in a running pipeline only."""

import json

import pytest

from services.media.settings import MediaSettings
from tests.media.conftest import pipeline_of
from tests.media.fakes import transcript


async def test_a_new_list_counts_for_the_next_interaction(settings: MediaSettings) -> None:
    """EntityStringMap, SupportFilesBucketName: a list that cannot be used changes nothing."""
    async with pipeline_of(settings, real=True) as pipeline:
        for number, terms in enumerate(("card,PRODUCT", "angry,MOOD", "broken")):
            content = f"Text,Type\n{terms}\n".encode()
            await pipeline.blobs.put(settings.support_files_bucket_name, "simple-entity-list-en.csv", content)
            [entry] = await pipeline.sent((f"call-{number}.json", transcript(number)))
            assert entry.fate == "done"
        found = [[(one.type, one.values) for one in document.entities] for document in pipeline.index.documents]
    assert found == [[("PRODUCT", ["card"])], [("MOOD", ["angry"])], [("MOOD", ["angry"])]]


async def test_the_log_names_the_workflow_that_settled_an_object(
    settings: MediaSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """StepFunctionName: by default the seed's."""
    assert settings.step_function_name == "PostCallAnalyticsWorkflow"
    async with pipeline_of(settings.model_copy(update={"step_function_name": "Bank-2"})) as pipeline:
        good, bad = await pipeline.sent(("good.json", transcript(1)), ("empty.json", b""))
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    settled = [one for one in logged if one["event"] == "object.settled"]
    assert {(one["entry_id"], one["workflow"]) for one in settled} == {
        (good.entry_id, "Bank-2"),
        (bad.entry_id, "Bank-2"),
    }
