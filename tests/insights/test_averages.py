"""Averages over interactions: one like another, without those that are flagged."""

import httpx
import pytest
from pydantic import JsonValue

from tests.insights.documents import document, media

SILENT: JsonValue = [{"code": "silence", "sentence": "Nobody speaks in 90% of the call.", "share": 0.9}]


async def put(insights: httpx.AsyncClient, name: str, **members: JsonValue) -> None:
    answer = await insights.put(f"/interactions/{name}", json=document(name, **members), headers=media())
    assert answer.status_code == 204


async def told(insights: httpx.AsyncClient, **query: str) -> dict[str, JsonValue]:
    answer = await insights.get("/averages", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, JsonValue] = answer.json()
    return found


async def test_flagged_interactions_are_kept_out(insights: httpx.AsyncClient) -> None:
    """Caller's averages 0.5, -0.25 and none, and -1 that is flagged: (0.5 - 0.25) / 2 = 0.125. Trends: -0.5, 1 and
    0.25: 0.75 / 3 = 0.25. The agent's average is known of one, 0.4; the agent's trend of none."""
    await put(insights, "a", caller_average=0.5, caller_trend=-0.5, agent_average=0.4)
    await put(insights, "b", caller_average=-0.25, caller_trend=1.0, channel="web", kind="chat")
    await put(insights, "c", caller_average=None, caller_trend=0.25)
    await put(insights, "d", caller_average=-1.0, caller_trend=-2.0, agent_average=-1.0, quality=SILENT)
    assert await told(insights) == {
        "interactions": 3,
        "flagged": 1,
        "caller_average": {"mean": 0.125, "over": 2},
        "caller_trend": {"mean": 0.25, "over": 3},
        "agent_average": {"mean": 0.4, "over": 1},
        "agent_trend": {"mean": None, "over": 0},
    }
    assert (await told(insights, channel="web"))["caller_average"] == {"mean": -0.25, "over": 1}
    assert (await told(insights, kind="call"))["caller_average"] == {"mean": 0.5, "over": 1}


async def test_an_interaction_without_its_flag_counts_again(insights: httpx.AsyncClient) -> None:
    await put(insights, "d", caller_average=-1.0, quality=SILENT)
    assert (await told(insights))["caller_average"] == {"mean": None, "over": 0}
    await put(insights, "d", caller_average=-1.0, processed_at="2026-03-02T00:00:00Z")
    found = await told(insights)
    assert (found["interactions"], found["flagged"], found["caller_average"]) == (1, 0, {"mean": -1.0, "over": 1})


async def test_of_nothing_there_is_no_average(insights: httpx.AsyncClient) -> None:
    found = await told(insights, **{"from": "2030-01-01T00:00:00Z"})
    assert (found["interactions"], found["caller_average"]) == (0, {"mean": None, "over": 0})


async def test_the_list_shows_the_flags(insights: httpx.AsyncClient) -> None:
    await put(insights, "d", quality=SILENT)
    row = (await insights.get("/interactions")).json()["items"][0]
    assert row["quality"] == SILENT


@pytest.mark.parametrize("query", [{"limit": "3"}, {"chanel": "web"}, {"from": "yesterday"}])
async def test_a_parameter_that_is_none_is_refused(insights: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await insights.get("/averages", params=query)).status_code == 422
