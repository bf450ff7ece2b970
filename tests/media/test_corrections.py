"""Roles that a person puts right: in the result and the index at once, and after every later analysis."""

import json

import pytest
from pydantic import JsonValue

from services.media.analysis.relabelling import with_roles
from services.media.settings import MediaSettings
from shared.schemas.interaction import Interaction
from shared.schemas.ledger import LedgerEntry
from tests.conftest import internal_headers, staff
from tests.media.analysis.builders import MODIFIED, felt
from tests.media.analysis.test_interaction import built, call
from tests.media.conftest import RESULTS, Pipeline, pipeline_of
from tests.media.fakes import transcript

KEY = "originalAudio/branch/call.json"
SWAPPED = {"spk_0": "CALLER", "spk_1": "AGENT"}


def test_averages_trends_labels_and_warnings_follow() -> None:
    """p 0.7 is (0.7 - 0.4) / 0.6 = 0.5, n 0.7 is -0.5; in 40 s they are in the first and the last quarter.

    Before: agent (0.5 - 0.5) / 2 = 0, trend -0.5 - 0.5 = -1; caller 0.5 without a trend. After it is the other way.
    """
    before = built(
        call(felt("a", 0, 4, 0.7, 0.0), felt("b", 12, 18, 0.7, 0.0), felt("a", 36, 40, 0.0, 0.7), separation="voice")
    )
    first, second = ("agent", "caller") if before.speakers[0].role == "AGENT" else ("caller", "agent")
    assert (getattr(before, f"{first}_average"), getattr(before, f"{first}_trend")) == (0.0, -1.0)
    names = {"a": "CALLER", "b": "AGENT"} if first == "agent" else {"a": "AGENT", "b": "CALLER"}
    after = with_roles(before, names, ("Berater", "Kunde"), MODIFIED)
    assert (getattr(after, f"{second}_average"), getattr(after, f"{second}_trend")) == (0.0, -1.0)
    assert (getattr(after, f"{first}_average"), getattr(after, f"{first}_trend")) == (0.5, None)
    assert [one.role for one in after.turns] == [names["a"], names["b"], names["a"]]
    assert [(one.role_source, one.role_confidence) for one in after.speakers] == [("person", 1.0)] * 2
    assert {one.name for one in after.speakers} == {"Berater", "Kunde"}
    assert len(before.warnings) == len(after.warnings) + 1
    assert after.processed_at == MODIFIED
    assert with_roles(after, names, ("Berater", "Kunde"), MODIFIED) is after
    assert with_roles(before, {"nobody": "AGENT"}, ("A", "C"), MODIFIED) is before


def roles(document: Interaction) -> dict[str, tuple[str, str]]:
    return {one.speaker: (one.role, one.role_source) for one in document.speakers}


def stored(pipeline: Pipeline, interaction_id: str) -> Interaction:
    path = pipeline.root / RESULTS / "parsedFiles" / f"{interaction_id}.json"
    return Interaction.model_validate_json(path.read_bytes())


async def test_a_correction_outlives_the_next_analysis(settings: MediaSettings) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        pipeline.drop(KEY, transcript(1))
        [entry] = await pipeline.settled(1)
        assert entry.interaction_id is not None
        assert roles(stored(pipeline, entry.interaction_id)) == {
            "spk_0": ("AGENT", "inferred"),
            "spk_1": ("CALLER", "inferred"),
        }

        answer = await pipeline.client.put(f"/interactions/{entry.interaction_id}/roles", json={"roles": SWAPPED})

        assert answer.status_code == 200
        assert {one["speaker"]: one["role"] for one in answer.json()} == SWAPPED
        corrected = {"spk_0": ("CALLER", "person"), "spk_1": ("AGENT", "person")}
        assert roles(stored(pipeline, entry.interaction_id)) == corrected
        assert roles(pipeline.index.documents[-1]) == corrected
        assert pipeline.index.documents[-1].processed_at > pipeline.index.documents[0].processed_at

        pipeline.drop(KEY, transcript(2, "and something new"))
        [_, again] = await pipeline.settled(2)
        assert again.interaction_id == entry.interaction_id
        assert roles(stored(pipeline, entry.interaction_id)) == corrected
        assert roles(pipeline.index.documents[-1]) == corrected
        assert len(pipeline.index.documents[-1].turns) > 4


REFUSED: JsonValue = {
    "name": "Card refused",
    "kind": "issue",
    "conditions": [{"kind": "text", "role": "CALLER", "phrases": ["card was refused"]}],
}
READ_BACK: JsonValue = {
    "name": "Read back",
    "conditions": [{"kind": "text", "role": "AGENT", "phrases": ["card was refused"]}],
}


async def sorted_by_role(pipeline: Pipeline) -> list[LedgerEntry]:
    """A call that was sorted by the two rules."""
    headers = internal_headers("media", staff("supervisor"))
    rules = {"version": 0, "rules": [REFUSED, READ_BACK]}
    assert (await pipeline.client.put("/categories", json=rules, headers=headers)).status_code == 200
    return await pipeline.sent(("call.json", transcript(1)))


async def test_categories_and_the_summary_follow_the_roles(settings: MediaSettings) -> None:
    """`spk_1`, the caller until it is put right, says in turn 1 that the card was refused."""
    async with pipeline_of(settings, real=True) as pipeline:
        [entry] = await sorted_by_role(pipeline)
        interaction_id = str(entry.interaction_id)
        found = [categories_of(stored(pipeline, interaction_id))]
        for corrected in (SWAPPED, {"spk_0": "AGENT", "spk_1": "CALLER"}):
            path = f"/interactions/{interaction_id}/roles"
            assert (await pipeline.client.put(path, json={"roles": corrected})).status_code == 200
            found.append(categories_of(stored(pipeline, interaction_id)))
            assert categories_of(pipeline.index.documents[-1]) == found[-1]
    said = "My card was refused and I am very angry"
    as_caller = ([("Card refused", [1])], ["Card refused"], ["Card refused"], f"Caller: {said}")
    as_agent = ([("Read back", [1])], ["Read back"], [], f"Agent: {said}")
    assert found == [as_caller, as_agent, as_caller]


def categories_of(document: Interaction) -> tuple[list[tuple[str, list[int]]], list[str], list[str], str]:
    """Of the whole and of turn 1, and the line of the summary that is about it."""
    turn = document.turns[1]
    [line] = [line for line in document.summary if "refused" in line]
    return [(one.name, one.turns) for one in document.categories], turn.categories, turn.issues, line


async def test_damaged_rules_stop_no_correction(settings: MediaSettings) -> None:
    """The version before them holds, as it does for analyses."""
    async with pipeline_of(settings, real=True) as pipeline:
        [entry] = await sorted_by_role(pipeline)
        await pipeline.blobs.put(settings.support_files_bucket_name, "categories/000002.json", b"{broken")
        answer = await pipeline.client.put(f"/interactions/{entry.interaction_id}/roles", json={"roles": SWAPPED})
        assert answer.status_code == 200
        assert categories_of(stored(pipeline, str(entry.interaction_id)))[1] == ["Read back"]


async def test_one_speaker_at_a_time(settings: MediaSettings) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        [entry] = await pipeline.sent(("call.json", transcript(1)))
        address = f"/interactions/{entry.interaction_id}/roles"
        assert (await pipeline.client.put(address, json={"roles": {"spk_0": "IVR"}})).status_code == 200
        answer = await pipeline.client.put(address, json={"roles": {"spk_1": "AGENT"}})
        found = {one["speaker"]: (one["role"], one["role_source"], one["name"]) for one in answer.json()}
        assert found == {"spk_0": ("IVR", "person", "IVR"), "spk_1": ("AGENT", "person", "Agent")}


async def test_what_cannot_be_put_right_says_why(settings: MediaSettings) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        [entry] = await pipeline.sent(("call.json", transcript(1)))
        address = f"/interactions/{entry.interaction_id}/roles"
        answer = await pipeline.client.put(address, json={"roles": {"spk_7": "AGENT"}})
        assert (answer.status_code, answer.json()["detail"]) == (422, "The interaction has no such speaker: spk_7.")
        for body in ({"roles": {}}, {"roles": {"spk_0": "BOSS"}}, {}, {"roles": {f"s{n}": "AGENT" for n in range(31)}}):
            assert (await pipeline.client.put(address, json=body)).status_code == 422
        missing = await pipeline.client.put("/interactions/none/roles", json={"roles": SWAPPED})
        assert (missing.status_code, missing.json()["detail"]) == (404, "There is no such interaction.")
        headers = internal_headers("media", staff("agent"))
        assert (await pipeline.client.put(address, json={"roles": SWAPPED}, headers=headers)).status_code == 403


@pytest.mark.parametrize("kept", [b"{broken", b'{"roles": {"spk_0": "BOSS"}}'])
async def test_a_damaged_correction_does_not_stop_the_analysis(settings: MediaSettings, kept: bytes) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        pipeline.drop(KEY, transcript(1))
        [entry] = await pipeline.settled(1)
        path = pipeline.root / RESULTS / "corrections" / f"{entry.interaction_id}.roles.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kept)
        pipeline.drop(KEY, transcript(2))
        [_, again] = await pipeline.settled(2)
        assert again.fate == "done"


async def test_who_said_it_is_kept(settings: MediaSettings) -> None:
    async with pipeline_of(settings, real=True) as pipeline:
        [entry] = await pipeline.sent(("call.json", transcript(1)))
        await pipeline.client.put(f"/interactions/{entry.interaction_id}/roles", json={"roles": SWAPPED})
        path = pipeline.root / RESULTS / "corrections" / f"{entry.interaction_id}.roles.json"
        kept = json.loads(path.read_bytes())
        assert kept["roles"] == SWAPPED
        assert kept["by"]
        assert kept["at"].endswith("Z")
