"""Sources of Amazon Connect through the whole pipeline, with the contact record that Connect wrote beside them."""

import json

from services.media.settings import MediaSettings
from shared.schemas.interaction import Interaction
from tests.media.analysis.test_call_analytics import lens, said
from tests.media.analysis.test_connect_chat import chat, entry
from tests.media.analysis.test_side_car import RECORD
from tests.media.conftest import RESULTS, Pipeline, pipeline_of

TALK = [entry(1, "CUSTOMER", "My card is lost"), entry(9, "AGENT", "I am sorry to hear that")]


def stored(pipeline: Pipeline, interaction_id: str | None) -> Interaction:
    path = pipeline.root / RESULTS / "parsedFiles" / f"{interaction_id}.json"
    return Interaction.model_validate_json(path.read_bytes())


async def test_a_chat_dropped_beside_its_contact_record(settings: MediaSettings) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        pipeline.drop("originalAudio/c-1.json.metadata.json", json.dumps(RECORD).encode())
        pipeline.drop("originalAudio/c-1.json", json.dumps(chat(*TALK)).encode())
        [entry_] = await pipeline.settled(1)
        assert (entry_.fate, entry_.kind) == ("done", "connect_chat")
        found = stored(pipeline, entry_.interaction_id)
        assert (found.agent, found.guid, found.channel, found.kind) == ("kim", "c-1", "connect", "chat")
        assert found.started_at.isoformat() == "2026-03-05T14:03:02+00:00"
        assert "5555550100" not in found.model_dump_json()
        assert [(turn.role, turn.response_gap) for turn in found.turns] == [("CALLER", None), ("AGENT", 8.0)]


async def test_an_upload_with_a_contact_record_as_its_metadata(settings: MediaSettings) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        call = json.dumps(lens(said("CUSTOMER", "My card is lost", 0, 900))).encode()
        [entry_] = await pipeline.sent(("lens.json", call), metadata=json.dumps(RECORD))
        assert (entry_.fate, entry_.kind) == ("done", "call_analytics")
        assert stored(pipeline, entry_.interaction_id).agent == "kim"
        answer = await pipeline.upload(("lens.json", call), metadata=json.dumps({**RECORD, "Agent": "kim"}))
        assert answer.status_code == 422
        assert answer.json()["detail"] == "The contact record beside the file is malformed: see Agent."


async def test_a_contact_record_alone_says_where_it_belongs(settings: MediaSettings) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        [entry_] = await pipeline.sent(("record.json", json.dumps(RECORD).encode()))
        assert (entry_.fate, entry_.reason_code) == ("rejected", "contact_record")
        assert "Put it beside the recording" in (entry_.reason or "")
