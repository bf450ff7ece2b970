"""The rules by which interactions are sorted into categories, by media."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from fastapi.responses import StreamingResponse

from services.gateway.ports import RelayCall
from services.gateway.routes.callers import Service, StaffCaller, Supervisor
from services.gateway.routes.openapi import problems
from services.gateway.routes.relaying import json_call, passed_back
from shared.schemas.categories import CategoryRules, CategoryTrial

router = APIRouter(prefix="/api/v1/categories", tags=["categories"])
_TRIAL_SECONDS = 120.0  # hundreds of results are read
_CANCELLATION = {
    "name": "Wants to leave",
    "kind": "issue",
    "conditions": [
        {"kind": "text", "role": "CALLER", "phrases": ["close my account", "another bank"]},
        {"kind": "text", "role": "AGENT", "phrases": ["is there anything we can do"], "negated": True},
    ],
}
_ENDED_BADLY = {
    "name": "Ended badly",
    "conditions": [
        {"kind": "sentiment", "role": "CALLER", "labels": ["NEGATIVE"], "share": 0.5, "window": {"start": 75}},
    ],
}
_RULES = {"two rules": {"summary": "Two rules", "value": {"version": 3, "rules": [_CANCELLATION, _ENDED_BADLY]}}}
Rules = Annotated[CategoryRules, Body(openapi_examples=_RULES)]


@router.get(
    "",
    response_model=CategoryRules,
    summary="The rules of categories that are in force",
    responses=problems(401, 502, 503, 504),
)
async def rules_in_force(gateway: Service, caller: StaffCaller) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", "/categories", caller)))


@router.get(
    "/versions/{version}",
    response_model=CategoryRules,
    summary="An earlier version of the rules",
    responses=problems(401, 404, 422, 502, 503, 504),
)
async def rules_of_version(
    version: Annotated[int, Path(ge=0, lt=1_000_000, description="0 is what the product brings")],
    gateway: Service,
    caller: StaffCaller,
) -> StreamingResponse:
    return passed_back(await gateway.media.relay(RelayCall("GET", f"/categories/versions/{version}", caller)))


@router.put(
    "",
    response_model=CategoryRules,
    summary="Put other rules in force",
    responses=problems(400, 401, 403, 409, 413, 422, 502, 503, 504),
)
async def save_rules(rules: Rules, gateway: Service, caller: Supervisor) -> StreamingResponse:
    """For supervisors and admins. All rules, in place of those in force; `version` is the one they were made from.

    409 when somebody has saved others meanwhile. What is analysed from now on is sorted by them.
    """
    return passed_back(await gateway.media.relay(json_call("PUT", "/categories", caller, rules)))


@router.post(
    "/trial",
    response_model=CategoryTrial,
    summary="Try rules on the newest interactions",
    responses=problems(400, 401, 403, 413, 422, 502, 503, 504),
)
async def try_rules(
    rules: Rules,
    gateway: Service,
    caller: Supervisor,
    limit: Annotated[int, Query(ge=1, le=500, description="how many interactions")] = 100,
) -> StreamingResponse:
    """For supervisors and admins. What each rule would gain and lose against those in force. Nothing is changed."""
    call = json_call("POST", "/categories/trial", caller, rules)
    patient = replace(call, query=[("limit", str(limit))], seconds=_TRIAL_SECONDS)
    return passed_back(await gateway.media.relay(patient))
