"""Rules of categories and explanations of numbers, passed on for staff."""

import json

import pytest

from services.gateway.settings import GatewaySettings
from shared.callers import Caller
from tests.gateway.conftest import gateway, with_roles
from tests.gateway.test_relays import Behind, answers, refuses

CATEGORIES = "/api/v1/categories"
RULES = {"version": 3, "rules": [{"name": "Card", "conditions": [{"kind": "text", "phrases": ["card"]}]}]}


@pytest.mark.parametrize(
    ("method", "path", "arrives"),
    [("PUT", "", "/categories?"), ("POST", "/trial?limit=7", "/categories/trial?limit=7")],
)
async def test_supervisors_try_and_save_rules(settings: GatewaySettings, method: str, path: str, arrives: str) -> None:
    behind = Behind(answers({"version": 4}))
    async with gateway(settings, behind={settings.media_url: behind.app}) as client:
        theirs = await with_roles(client, "supervisor")
        answer = await client.request(method, CATEGORIES + path, json=RULES, headers=theirs)
        assert (answer.status_code, answer.json()) == (200, {"version": 4})
        url = behind.requests[-1].url
        assert (behind.requests[-1].method, f"{url.path}?{url.query}") == (method, arrives)
        assert behind.caller("media") == Caller("staff", "supervisor", frozenset({"supervisor"}))
        passed = json.loads(bytes(behind.received))
        assert (passed["version"], passed["rules"][0]["name"]) == (3, "Card")
        assert passed["rules"][0]["conditions"][0]["phrases"] == ["card"]
        others = await with_roles(client, "agent", "analyst")
        assert (await client.request(method, CATEGORIES + path, json=RULES, headers=others)).status_code == 403
        assert (await client.request(method, CATEGORIES + path, json=RULES)).status_code == 401
        assert len(behind.requests) == 1


async def test_that_others_have_saved_meanwhile_is_told(settings: GatewaySettings) -> None:
    async with gateway(settings, behind={settings.media_url: Behind(refuses(409)).app}) as client:
        answer = await client.put(CATEGORIES, json=RULES, headers=await with_roles(client, "admin"))
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert answer.json()["detail"] == "of the service"


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("PUT", "", {"rules": [{"name": "", "conditions": []}]}, "/rules/0/name"),
        ("PUT", "", {"rules": [{"name": "x", "conditions": [{"kind": "mood"}]}]}, "/rules/0/conditions/0"),
        ("PUT", "", {"rules": RULES["rules"] * 2}, ""),
        ("POST", "/trial?limit=501", RULES, "/limit"),
        ("POST", "/trial?limit=0", RULES, "/limit"),
        ("GET", "/versions/x", None, "/version"),
        ("GET", "/versions/1000000", None, "/version"),
    ],
)
async def test_rules_that_are_none_stop_at_the_door(
    settings: GatewaySettings, method: str, path: str, body: object, pointer: str
) -> None:
    behind = Behind(answers({}))
    async with gateway(settings, behind={settings.media_url: behind.app}) as client:
        theirs = await with_roles(client, "supervisor")
        answer = await client.request(method, CATEGORIES + path, json=body, headers=theirs)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert behind.requests == []


@pytest.mark.parametrize(
    "query", ["", "measure=mood", "measure=turn&turn=-1", "measure=turn&turn=x", "measure=average&speker=spk_0"]
)
async def test_a_number_that_is_none_is_not_asked_for(settings: GatewaySettings, query: str) -> None:
    behind = Behind(answers({}))
    async with gateway(settings, behind={settings.insights_url: behind.app}) as client:
        path = f"/api/v1/interactions/a/explanation?{query}"
        answer = await client.get(path, headers=await with_roles(client, "agent"))
        assert answer.status_code == 422
        assert (await client.get(path)).status_code == 401
    assert behind.requests == []
