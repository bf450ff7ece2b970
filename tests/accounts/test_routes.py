import inspect
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args, get_type_hints

import httpx
import pytest
from fastapi.routing import APIRoute

from services.accounts.main import create_app
from services.accounts.routes import ROUTERS
from shared.callers import Caller
from tests.accounts.bank import cheap_settings
from tests.conftest import internal_headers, served, staff, without_chance

IDS = {
    "customer_id": "C-0000000000",
    "receipt_id": "R-0",
    "account_id": "AC-0",
    "plan_id": "plan",
    "application_id": "A-0000000000",
    "payee_id": "P-0",
    "month": "2026-01",
    "link_id": "L-0",
    "channel": "web",
    "address": "a" * 32,
}
FOR_STAFF = {
    "/customers/C-0000000000/unlock",
    "/customers/C-0000000000/verifications",
    "/audit",
    "/audit/proof",
    "/catalogue",
    "/imports/customers",
    "/plans/plan",
    "/applications",
    "/applications/A-0000000000/decision",
    "/ledger/proof",
}
FOR_BOTH = {"/customers/C-0000000000/links", "/customers/C-0000000000/links/L-0"}
PATHS = [
    (method, route.path.format_map(IDS))
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
]


@pytest.fixture
async def http(data_dir: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(cheap_settings(data_dir, demo_bank=False))) as http:
        yield http


async def test_every_route_needs_a_token_meant_for_it(http: httpx.AsyncClient) -> None:
    for method, path in PATHS:
        for headers in ({}, {"authorization": "Bearer x"}, internal_headers("insights")):
            answer = await http.request(method, path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"


async def test_every_route_refuses_the_wrong_caller(http: httpx.AsyncClient) -> None:
    for method, path in PATHS:
        others = [Caller("customer", "session"), staff("agent")]
        if path not in FOR_BOTH:
            others.append(Caller("service", "bot") if path in FOR_STAFF else staff("admin"))
        for other in others:
            answer = await http.request(method, path, headers=internal_headers("accounts", other))
            assert answer.status_code == 403


def test_every_route_has_a_caller() -> None:
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        hints = get_type_hints(route.endpoint, include_extras=True)
        assert "caller" in inspect.signature(route.endpoint).parameters
        assert get_args(hints["caller"])[0] is Caller


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"phone": "555-0100", "pin": "8642", "session": "s"}', "/phone"),
        ('{"phone": "+15555550100", "pin": 8642, "session": "s"}', "/pin"),
        ('{"phone": "+15555550100", "pin": "8642"}', "/session"),
        ('{"phone": "+15555550100", "pin": "8642", ', None),
        ("[8642]", ""),
        ("", ""),
    ],
)
async def test_bad_body_is_a_problem_that_does_not_repeat_it(
    http: httpx.AsyncClient, body: str, pointer: str | None
) -> None:
    headers = {"content-type": "application/json", **internal_headers("accounts")}
    answer = await http.post("/verifications", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert len(pointers) == 1
    assert pointer in (None, pointers[0])
    assert "8642" not in without_chance(answer.text)


async def test_bad_customer_id_is_invalid(http: httpx.AsyncClient) -> None:
    answer = await http.get("/customers/maya/accounts", headers=internal_headers("accounts"))
    assert answer.status_code == 422


async def test_probes_answer_without_a_token(http: httpx.AsyncClient) -> None:
    for path in ("/health", "/ready", "/metrics"):
        assert (await http.get(path)).status_code == 200
