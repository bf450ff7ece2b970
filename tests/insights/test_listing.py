"""The list: sorting, walking by cursor, filters."""

import base64
import json
from collections.abc import Sequence
from typing import get_args

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from shared.schemas.interaction import Channel, SortKey
from tests.insights.documents import Document, document, media

SORT_KEYS = get_args(SortKey)
ORDERS = ("asc", "desc")


async def fill(client: httpx.AsyncClient, documents: Sequence[Document]) -> None:
    for body in documents:
        answer = await client.put(f"/interactions/{body['interaction_id']}", json=body, headers=media())
        assert answer.status_code == 204, answer.text


async def ids(client: httpx.AsyncClient, **query: str | int | list[str]) -> list[str]:
    answer = await client.get("/interactions", params=query)
    assert answer.status_code == 200, answer.text
    return [row["interaction_id"] for row in answer.json()["items"]]


async def walk(client: httpx.AsyncClient, **query: str | int) -> list[str]:
    """The ids of every page, one after the other; each page but the last is full."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        params = query | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/interactions", params=params)).json()
        found += [row["interaction_id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            assert page["items"] or not found
            return found
        assert len(page["items"]) == query["limit"]


def expected(documents: Sequence[Document], sort: str, order: str) -> list[str]:
    """Nulls last in either order, ties by id in the same order."""

    def key(body: Document) -> tuple[JsonValue, JsonValue]:
        return (body[sort], body["interaction_id"])

    reverse = order == "desc"
    known = sorted((body for body in documents if body[sort] is not None), key=key, reverse=reverse)
    unknown = sorted(str(body["interaction_id"]) for body in documents if body[sort] is None)
    return [str(body["interaction_id"]) for body in known] + (unknown[::-1] if reverse else unknown)


MEASURE = st.one_of(st.none(), st.sampled_from([-1.0, -0.1, 0.0, 0.1, 0.3, 1.0]), st.floats(-1, 1))
MEMBERS = st.fixed_dictionaries(
    {
        "started_at": st.sampled_from(
            ["2026-03-01T10:00:00.000000Z", "2026-03-01T10:00:00.000001Z", "2026-02-28T23:59:59.000000Z"]
        ),
        "duration": st.sampled_from([0.0, 1.5, 3600.0]),
        "caller_average": MEASURE,
        "caller_trend": MEASURE,
        "agent_average": MEASURE,
        "agent_trend": MEASURE,
        "channel": st.sampled_from(get_args(Channel)),
        "turn_count": st.integers(0, 2),
    }
)
# Ids whose order depends on the alphabet of the database, were it not fixed.
IDS = ("a", "B", "b", "cé", "cf", "_", "10", "9", "a-b", "ab", "a b", "z")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    members=st.lists(MEMBERS, min_size=len(IDS), max_size=len(IDS)),
    sort=st.sampled_from(SORT_KEYS),
    order=st.sampled_from(ORDERS),
    limit=st.integers(1, 7),
)
async def test_pages_joined_are_the_sorted_whole(
    insights: httpx.AsyncClient, members: list[Document], sort: str, order: str, limit: int
) -> None:
    documents = [document(name, **values) for name, values in zip(IDS, members, strict=True)]
    await fill(insights, documents)  # replaces those of the example before
    assert await walk(insights, sort=sort, order=order, limit=limit) == expected(documents, sort, order)


async def test_every_sort_key_both_ways(insights: httpx.AsyncClient) -> None:
    documents = [
        document(
            "a", started_at="2026-01-01T00:00:00Z", duration=3.0, channel="web", turn_count=3, caller_average=None
        ),
        document("b", started_at="2026-01-02T00:00:00Z", duration=1.0, channel="sms", turn_count=3, caller_trend=None),
        document("c", started_at="2026-01-02T00:00:00Z", duration=2.0, channel="call", turn_count=1, agent_trend=0.5),
        document(
            "d", started_at="2026-01-03T00:00:00Z", duration=1.0, channel="chat", turn_count=20, agent_average=-1.0
        ),
        document(
            "e", started_at="2025-01-03T00:00:00Z", duration=10.0, channel="voice", turn_count=2, agent_average=1.0
        ),
    ]
    await fill(insights, documents)
    for sort in SORT_KEYS:
        for order in ORDERS:
            for limit in (1, 2, 5):
                assert await walk(insights, sort=sort, order=order, limit=limit) == expected(documents, sort, order)


async def test_newest_come_first_twenty_five_at_a_time(insights: httpx.AsyncClient) -> None:
    await fill(insights, [document(f"I-{n:02}", started_at=f"2026-03-01T10:{n:02}:00Z") for n in range(26)])
    assert await ids(insights) == [f"I-{n:02}" for n in range(25, 0, -1)]


async def test_interaction_put_during_a_walk_neither_repeats_nor_hides_others(insights: httpx.AsyncClient) -> None:
    await fill(insights, [document(name, started_at="2026-03-01T10:00:00Z") for name in "bdfh"])
    first = (await insights.get("/interactions", params={"limit": 2})).json()
    await fill(insights, [document(name, started_at="2026-03-01T10:00:00Z") for name in "aceg"])
    rest = await ids(insights, cursor=first["next_cursor"])
    assert [row["interaction_id"] for row in first["items"]] + rest == ["h", "f", "e", "d", "c", "b", "a"]


async def test_sentiment_at_its_borders(insights: httpx.AsyncClient) -> None:
    averages = {"up": 5e-324, "down": -5e-324, "zero": 0.0, "minus": -0.0, "none": None}
    await fill(insights, [document(name, caller_average=average) for name, average in averages.items()])
    assert await ids(insights, sentiment="positive") == ["up"]
    assert await ids(insights, sentiment="negative") == ["down"]
    assert await ids(insights, sentiment="neutral") == ["zero", "minus"]
    assert await ids(insights, sentiment="unknown") == ["none"]


async def test_dates_include_their_beginning_and_not_their_end(insights: httpx.AsyncClient) -> None:
    moments = [
        "2026-03-01T09:59:59.999999Z",
        "2026-03-01T10:00:00Z",
        "2026-03-01T10:59:59.999999Z",
        "2026-03-01T11:00:00Z",
    ]
    await fill(insights, [document(f"I-{n}", started_at=moment) for n, moment in enumerate(moments)])
    span = {"from": "2026-03-01T10:00:00Z", "to": "2026-03-01T11:00:00Z"}
    assert await ids(insights, **span) == ["I-2", "I-1"]
    assert await ids(insights, **{"from": span["to"]}) == ["I-3"]
    assert await ids(insights, to=span["from"]) == ["I-0"]
    assert await ids(insights, **{"from": span["to"], "to": span["from"]}) == []


async def test_dates_are_moments_in_any_zone(insights: httpx.AsyncClient) -> None:
    await fill(insights, [document("night", started_at="2026-03-01T00:30:00+02:00")])
    assert (await insights.get("/interactions")).json()["items"][0]["started_at"] == "2026-02-28T22:30:00Z"
    assert await ids(insights, **{"from": "2026-02-28T14:30:00-08:00"}) == ["night"]
    assert await ids(insights, **{"from": "2026-02-28T14:30:01-08:00"}) == []
    assert await ids(insights, to="2026-02-28T22:30:00.000001Z") == ["night"]


async def test_filters_of_channel_and_kind(insights: httpx.AsyncClient) -> None:
    kinds = {"call": "call", "web": "chat", "sms": "chat", "voice": "chat"}
    await fill(insights, [document(channel, channel=channel, kind=kind) for channel, kind in kinds.items()])
    assert await ids(insights, channel="web") == ["web"]
    assert await ids(insights, channel=["web", "call"]) == ["web", "call"]
    assert await ids(insights, kind="chat", channel=["web", "call"]) == ["web"]
    assert await ids(insights, kind="call") == ["call"]


async def test_filters_hold_on_every_page(insights: httpx.AsyncClient) -> None:
    documents = [document(f"I-{n}", channel="web" if n % 2 else "sms", caller_average=None) for n in range(9)]
    await fill(insights, documents)
    found = await walk(insights, sort="caller_average", order="asc", limit=2, channel="web", sentiment="unknown")
    assert found == ["I-1", "I-3", "I-5", "I-7"]


def forged(**members: JsonValue) -> str:
    whole = {"sort": "started_at", "order": "desc", "value": "2026-03-01T10:00:00Z", "interaction_id": "a"} | members
    return base64.urlsafe_b64encode(json.dumps(whole).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "no cursor",
        "é",
        "a" * 2000,
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 700).decode(),
        forged(value=None),
        forged(value="web"),
        forged(value="2026-03-01T10:00:00"),
        forged(value="0001-01-01T00:00:00+14:00"),
        forged(interaction_id="a\0"),
        forged(interaction_id=None),
        forged(sort="title"),
        forged(sort="duration"),
    ],
)
async def test_cursor_that_is_none_of_ours_is_refused(insights: httpx.AsyncClient, cursor: str) -> None:
    answer = await insights.get("/interactions", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["type"] == "https://omnilex.dev/problems/invalid-request"


@pytest.mark.parametrize(
    ("sort", "value"), [("turn_count", 1e300), ("turn_count", -1), ("duration", "x"), ("channel", "0")]
)
async def test_cursor_with_a_value_of_another_kind_is_refused(
    insights: httpx.AsyncClient, sort: str, value: str | float
) -> None:
    answer = await insights.get("/interactions", params={"sort": sort, "cursor": forged(sort=sort, value=value)})
    assert (answer.status_code, answer.json()["detail"]) == (422, "The cursor is not valid.")


@pytest.mark.parametrize("other", [{"sort": "duration"}, {"order": "asc"}, {"sort": "channel", "order": "asc"}])
async def test_cursor_of_another_order_is_refused(insights: httpx.AsyncClient, other: dict[str, str]) -> None:
    await fill(insights, [document("a"), document("b")])
    cursor = (await insights.get("/interactions", params={"limit": 1})).json()["next_cursor"]
    answer = await insights.get(
        "/interactions", params={"cursor": cursor, **other}, headers={"x-request-id": "request-0422"}
    )
    assert answer.status_code == 422
    assert answer.json() == {
        "type": "https://omnilex.dev/problems/invalid-request",
        "title": "The request is not valid",
        "status": 422,
        "detail": "The cursor belongs to a list sorted otherwise.",
        "request_id": "request-0422",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sort", "agent"),
        ("order", "up"),
        ("channel", "pigeon"),
        ("kind", "letter"),
        ("sentiment", "mixed"),
        ("from", "2026-03-01T10:00:00"),
        ("from", "2026-03-01"),
        ("to", "tomorrow"),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "many"),
        ("sentimnt", "positive"),
    ],
)
async def test_parameter_out_of_range_is_refused(insights: httpx.AsyncClient, name: str, value: str) -> None:
    answer = await insights.get("/interactions", params={name: value})
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert [(error["in"], error["pointer"].removesuffix("/0")) for error in errors] == [("query", f"/{name}")]
