"""Corrections and exports of interactions, passed on for staff."""

import httpx

from services.gateway.settings import GatewaySettings
from shared.callers import Caller
from tests.gateway.conftest import gateway, with_roles
from tests.gateway.test_relays import Behind, answers

ROLES = "/api/v1/interactions/abc_1/roles"
SWAPPED = {"roles": {"spk_0": "CALLER", "spk_1": "AGENT"}}


async def put(settings: GatewaySettings, behind: Behind, role: str, body: object) -> httpx.Response:
    async with gateway(settings, behind={settings.media_url: behind.app}) as client:
        return await client.put(ROLES, json=body, headers=await with_roles(client, role))


async def test_supervisors_say_who_is_who(settings: GatewaySettings) -> None:
    behind = Behind(answers([{"speaker": "spk_0"}]))
    answer = await put(settings, behind, "supervisor", SWAPPED)
    assert (answer.status_code, answer.json()) == (200, [{"speaker": "spk_0"}])
    assert (behind.requests[-1].method, behind.requests[-1].url.path) == ("PUT", "/interactions/abc_1/roles")
    assert bytes(behind.received) == b'{"roles":{"spk_0":"CALLER","spk_1":"AGENT"}}'
    assert behind.caller("media") == Caller("staff", "supervisor", frozenset({"supervisor"}))


async def test_agents_do_not(settings: GatewaySettings) -> None:
    behind = Behind(answers([]))
    assert (await put(settings, behind, "agent", SWAPPED)).status_code == 403
    assert behind.requests == []


async def test_a_role_that_is_none_stops_at_the_door(settings: GatewaySettings) -> None:
    behind = Behind(answers([]))
    answer = await put(settings, behind, "supervisor", {"roles": {"spk_0": "BOSS"}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/roles/spk_0"
    assert behind.requests == []


async def test_an_export_is_for_all_staff(settings: GatewaySettings) -> None:
    behind = Behind(answers({"SpeechSegments": []}))
    async with gateway(settings, behind={settings.insights_url: behind.app}) as client:
        answer = await client.get("/api/v1/interactions/a b/export", headers=await with_roles(client, "agent"))
    assert (answer.status_code, answer.json()) == (200, {"SpeechSegments": []})
    assert behind.requests[-1].url.path == "/interactions/a b/export"


async def test_averages_are_for_all_staff(settings: GatewaySettings) -> None:
    behind = Behind(answers({"interactions": 0}))
    async with gateway(settings, behind={settings.insights_url: behind.app}) as client:
        theirs = await with_roles(client, "agent")
        answer = await client.get("/api/v1/averages?channel=web&channel=call&kind=call", headers=theirs)
        assert (answer.status_code, answer.json()) == (200, {"interactions": 0})
        assert (await client.get("/api/v1/averages?limit=3", headers=theirs)).status_code == 422
    url = behind.requests[-1].url
    assert f"{url.path}?{url.query}" == "/averages?channel=web&channel=call&kind=call"
    assert len(behind.requests) == 1
