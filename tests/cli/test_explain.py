"""`omnilex explain` and `omnilex export`, run as a person runs them."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from services.media.analysis import Identified, Transcript, build_interaction
from services.media.analysis.categories import built_in, categorised
from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.summary import summarised
from shared.explanation import explain
from shared.schemas.explanation import Measure
from shared.schemas.interaction import Interaction, QualityFlag
from tests.cli.doors import Door
from tests.media.analysis.builders import felt, subject


@pytest.fixture(scope="module")
def document() -> Interaction:
    """Probabilities 0.7 give (0.7 - 0.4) / 0.6 = 0.5: the caller has -0.5 and 0.5, mean 0, trend 1."""
    said = [
        felt("spk_0", 0, 9, 0.7, 0, text="Thank you for calling, how can I help you today?"),
        felt("spk_1", 10, 19, 0, 0.7, text="I was charged a late fee twice and I am angry [b]."),
        felt("spk_1", 30, 40, 0.7, 0, text="Thank you for your help."),
    ]
    transcript = Transcript(kind="call", separation="channel", utterances=said)
    made = build_interaction(transcript, Identified("transcribe"), subject(), AnalysisSettings(), audio=None)
    sorted_out = categorised(made, built_in())
    flag = QualityFlag(code="clipping", sentence="The recording is too loud.", share=0.2)
    return sorted_out.model_copy(update={"summary": summarised(sorted_out), "quality": [flag]})


def door_of(document: Interaction, measure: Measure | None = None, **which: object) -> Door:
    path = f"GET /api/v1/interactions/{document.interaction_id}"
    answers: dict[str, JsonValue | tuple[int, str]] = {path: document.model_dump(mode="json")}
    if measure is not None:
        answers[f"{path}/explanation"] = explain(document, measure, **which).model_dump(mode="json")  # type: ignore[arg-type]
    return Door(answers)


def test_what_was_found_is_shown_with_the_way_to_its_reasons(document: Interaction, tmp_path: Path) -> None:
    told = door_of(document).run(tmp_path, "explain", document.interaction_id)
    assert told.code == 0, told.complained
    lines = told.printed.splitlines()
    assert lines[0] == "Not to be trusted (clipping): The recording is too loud."
    assert "  Caller: I was charged a late fee twice and I am angry [b]." in lines
    [fees] = [line.split() for line in lines if line.startswith("Fees")]
    assert fees == ["Fees", "issue", "2"]
    [caller] = [line.split() for line in lines if line.startswith("caller spk_1")]
    assert caller == ["caller", "spk_1", "0.00", "not", "known", "-0.50", "not", "known", "+0.50", "+1.00", "+1.00",
                      "2", "of", "2"]  # fmt: skip
    assert lines[-1] == f"Why: omnilex explain {document.interaction_id} --speaker spk_0 --measure average"


@pytest.mark.parametrize("whose", ["caller", "CALLER", "spk_1"])
def test_a_mean_is_told_with_its_turns_thresholds_and_denominator(
    document: Interaction, tmp_path: Path, whose: str
) -> None:
    door = door_of(document, "average", speaker="spk_1")
    told = door.run(tmp_path, "explain", document.interaction_id, "--speaker", whose)
    assert door.asked[-1][2] == {"measure": "average", "speaker": "spk_1"}
    lines = told.printed.splitlines()
    assert lines[0] == "The average of caller spk_1 is 0.00."
    assert "  divided by  2" in lines
    assert "  thresholds  negative 0.4, positive 0.4" in lines
    [second] = [line.split() for line in lines if line.startswith("2 ")]
    assert second[:5] == ["2", "00:10", "-0.50", "0.00", "0.70"]
    assert "I was charged a late fee twice and I am angry [b]." in told.printed


def test_turns_are_counted_from_one(document: Interaction, tmp_path: Path) -> None:
    door = door_of(document, "turn", turn=2)
    told = door.run(tmp_path, "explain", document.interaction_id, "--turn", "3")
    assert door.asked == [
        (
            "GET",
            f"/api/v1/interactions/{document.interaction_id}/explanation",
            {"measure": "turn", "turn": "2"},
            None,
        )
    ]
    assert told.printed.splitlines()[0] == "The score of turn 3 is +0.50."


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--measure", "mood"], "must be one of: average, quarter_1"),
        (["--measure", "average"], "needs --speaker"),
        (["--turn", "0"], "Invalid value for '--turn'"),
        (["--turn", "1", "--speaker", "caller"], "say either --turn or"),
    ],
)
def test_what_names_no_number_is_refused(tmp_path: Path, arguments: list[str], why: str) -> None:
    door = Door({})
    told = door.run(tmp_path, "explain", "I-1", *arguments)
    assert told.code == 2
    assert why in told.complained
    assert door.asked == []


def test_a_speaker_that_is_not_there_is_told_with_those_who_are(document: Interaction, tmp_path: Path) -> None:
    told = door_of(document).run(tmp_path, "explain", document.interaction_id, "--speaker", "bot")
    assert (told.code, told.printed) == (1, "")
    assert "There is no speaker bot. Known: spk_0 (agent), spk_1 (caller)." in told.complained


def test_exports_are_printed_or_written(tmp_path: Path) -> None:
    door = Door({f"GET /api/v1/interactions/I-{one}/export": {"SpeechSegments": [one], "ä": 1} for one in (1, 2)})
    assert json.loads(door.run(tmp_path, "export", "I-1").printed) == {"SpeechSegments": [1], "ä": 1}
    told = door.run(tmp_path, "export", "I-1", "I-2", "--into", str(tmp_path / "bi" / "reports"))
    assert told.code == 0
    written = {path.name: json.loads(path.read_text()) for path in (tmp_path / "bi" / "reports").iterdir()}
    assert {name: content["SpeechSegments"] for name, content in written.items()} == {"I-1.json": [1], "I-2.json": [2]}


def test_exports_that_fail_say_why(tmp_path: Path) -> None:
    missing = Door({}).run(tmp_path, "export", "I-1")
    assert (missing.code, missing.printed) == (1, "")
    assert "There is nothing of the kind." in missing.complained
    several = Door({}).run(tmp_path, "export", "I-1", "I-2")
    assert several.code == 2
    assert "--into" in several.complained
    (tmp_path / "file").touch()
    door = Door({"GET /api/v1/interactions/I-1/export": {}})
    blocked = door.run(tmp_path, "export", "I-1", "--into", str(tmp_path / "file"))
    assert blocked.code == 1
    assert "Cannot write to" in blocked.complained
