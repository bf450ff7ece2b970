from dataclasses import replace

import pytest

from services.media.analysis import Identified, Transcript, build_interaction
from shared.schemas.interaction import Interaction
from tests.media.analysis.builders import MODIFIED, felt, settings, subject

NAME = "Auto0_GUID_000_AGENT_ChrisL_CUST_c-7_DT_2022-03-19T06-01-22_Mono.wav"


def built(name: str, known: dict[str, object] | None = None, **given: object) -> Interaction:
    transcript = Transcript(kind="call", separation="participant", utterances=[felt("a", 0, 1, 0, 0)])
    about = replace(subject(**(known or {})), name=name)
    return build_interaction(transcript, Identified("transcribe"), about, settings(**given), audio=None)


def when(name: str, **given: object) -> str:
    return built(name, **given).started_at.isoformat()


def test_the_patterns_of_the_reference_solution_are_the_default() -> None:
    """19 March 2022 is summer time in Los Angeles: 06:01:22 there is 13:01:22 UTC."""
    found = built(NAME)
    assert (found.guid, found.agent, found.customer) == ("000", "ChrisL", "c-7")
    assert found.started_at.isoformat() == "2022-03-19T13:01:22+00:00"


def test_a_side_car_wins_over_the_name() -> None:
    found = built(NAME, {"agent": "Kim", "conversation_time": "2026-01-01T00:00:00Z"})
    assert (found.agent, found.guid) == ("Kim", "000")
    assert found.started_at.year == 2026


def test_conversation_location_is_the_zone_of_the_name() -> None:
    assert when(NAME, conversation_location="Europe/Berlin") == "2022-03-19T05:01:22+00:00"
    assert when(NAME, conversation_location="UTC") == "2022-03-19T06:01:22+00:00"


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    """On 6 November 2022 01:30 comes at 08:30 UTC in summer time, and again at 09:30."""
    assert when("x_2022-11-06T01-30-00.wav") == "2022-11-06T08:30:00+00:00"


@pytest.mark.parametrize("name", ["call.wav", "x_2022-02-30T06-01-22.wav", "_GUID__AGENT__.wav", ""])
def test_what_a_name_does_not_say_is_not_known(name: str) -> None:
    found = built(name)
    assert (found.guid, found.agent, found.started_at) == (None, None, MODIFIED)


def test_other_patterns_and_a_zone_in_the_name() -> None:
    given = {
        "filename_datetime_regex": r"(\d{8})_(\d{6})([+-]\d{4})",
        "filename_datetime_field_map": "%d%m%Y %H%M%S %z",
        "filename_agent_regex": r"^([a-z]+)-",
        "filename_guid_regex": "undefined",
        "filename_cust_regex": r"(?:c=(\d+))?",
    }
    found = built("kim-31122025_235959-0500_GUID_1_.wav", **given)
    assert (found.agent, found.guid, found.customer) == ("kim", None, None)
    assert found.started_at.isoformat() == "2026-01-01T04:59:59+00:00"


def test_without_a_pattern_for_the_time_the_objects_own_counts() -> None:
    assert built(NAME, filename_datetime_regex="undefined").started_at == MODIFIED
