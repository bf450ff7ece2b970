"""What staff do with plans, applications and imports: checked here, carried out by accounts."""

import json

import httpx
import pytest

from services.gateway.settings import GatewaySettings
from shared.callers import Caller
from tests.conftest import without_chance
from tests.gateway.conftest import gateway, signed_in, with_roles
from tests.gateway.test_relays import Behind, answers

DECISION = {"decision": "approved", "reason": "All is in order.", "amount": {"minor_units": 5}}
TERMS = {"kind": "savings", "name": "Young Saver", "summary": "First savings.", "rate_basis_points": 412.5}
BATCH = {
    "customers": [
        {"source": "U/ana", "first_name": "Ana", "last_name": "Ruiz", "phone": "+15555550190", "pin": "7305"}
    ],
    "dry_run": True,
}
KEY = {"idempotency-key": "k-1"}
DECIDE = "/api/v1/applications/A-7KQ2M9XWPA/decision"


@pytest.mark.parametrize(
    ("call", "arrives", "body", "role"),
    [
        ("GET /api/v1/plans", "/catalogue?", None, "supervisor"),
        ("PUT /api/v1/plans/young-saver", "/plans/young-saver?", TERMS, "admin"),
        ("GET /api/v1/applications?status=pending", "/applications?status=pending", None, "supervisor"),
        (f"POST {DECIDE}", "/applications/A-7KQ2M9XWPA/decision?", DECISION, "supervisor"),
        ("POST /api/v1/imports/customers", "/imports/customers?", BATCH, "admin"),
    ],
)
async def test_a_call_goes_on_with_what_was_said(
    settings: GatewaySettings, call: str, arrives: str, body: dict[str, object] | None, role: str
) -> None:
    method, path = call.split()
    behind = Behind(answers({"items": [1]}))
    async with gateway(settings, behind={settings.accounts_url: behind.app}) as client:
        theirs = await with_roles(client, role)
        answer = await client.request(method, path, json=body, headers=theirs | KEY)
        assert (answer.status_code, answer.json()) == (200, {"items": [1]})
        url = behind.requests[-1].url
        assert (behind.requests[-1].method, f"{url.path}?{url.query}") == (method, arrives)
        assert behind.caller("accounts") == Caller("staff", role, frozenset({role}))
        if body is not None:
            sent = json.loads(bytes(behind.received))
            assert {name: sent[name] for name in body if name not in ("amount", "customers")} == {
                name: body[name] for name in body if name not in ("amount", "customers")
            }
        refused = ["agent"] if role == "supervisor" else ["agent", "analyst", "supervisor"]
        others = await with_roles(client, *refused)
        assert (await client.request(method, path, json=body, headers=others | KEY)).status_code == 403
        assert (await client.request(method, path, json=body, headers=KEY)).status_code == 401
        assert len(behind.requests) == 1


async def test_pins_arrive_and_are_not_logged(settings: GatewaySettings, capsys: pytest.CaptureFixture[str]) -> None:
    behind = Behind(answers({"outcomes": []}))
    async with gateway(settings, behind={settings.accounts_url: behind.app}) as client:
        answer = await client.post("/api/v1/imports/customers", json=BATCH, headers=await signed_in(client))
        assert answer.status_code == 200
    assert json.loads(bytes(behind.received))["customers"][0]["pin"] == "7305"
    assert "7305" not in without_chance(capsys.readouterr().out)


async def test_the_key_of_a_decision_goes_on(settings: GatewaySettings) -> None:
    behind = Behind(answers({}))
    async with gateway(settings, behind={settings.accounts_url: behind.app}) as client:
        admin = await signed_in(client)
        assert (await client.post(DECIDE, json=DECISION, headers=admin | KEY)).status_code == 200
        assert behind.requests[-1].headers["idempotency-key"] == "k-1"
        assert (await client.post(DECIDE, json=DECISION, headers=admin)).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/api/v1/plans/Young Saver", TERMS),
        ("PUT", "/api/v1/plans/young-saver", TERMS | {"rate_basis_points": 1.255}),
        ("PUT", "/api/v1/plans/young-saver", {}),
        ("GET", "/api/v1/applications?status=lost", None),
        ("POST", "/api/v1/applications/a-1/decision", DECISION),
        ("POST", DECIDE, DECISION | {"reason": ""}),
        ("POST", "/api/v1/imports/customers", {"customers": []}),
        ("POST", "/api/v1/imports/customers", {"customers": [BATCH["customers"][0] | {"pin": 7305}]}),  # type: ignore[index]  # JSON
    ],
)
async def test_what_is_malformed_stays_here(
    settings: GatewaySettings, method: str, path: str, body: dict[str, object] | None
) -> None:
    behind = Behind(answers({}))
    async with gateway(settings, behind={settings.accounts_url: behind.app}) as client:
        answer = await client.request(method, path, json=body, headers=await signed_in(client) | KEY)
        assert isinstance(answer, httpx.Response)
        assert answer.status_code == 422
        assert "7305" not in without_chance(answer.text)
        assert not behind.requests
