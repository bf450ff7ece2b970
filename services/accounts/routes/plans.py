"""Plans, who they suit, and the customers' choice of them."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.accounts.audit import by
from services.accounts.routes.parts import Accounts, AdminCaller, SupervisorCaller
from shared.auth import ServiceCaller
from shared.schemas.accounts import CustomerId
from shared.schemas.mortgages import MOST_PRINCIPAL
from shared.schemas.plans import ChosenPlan, Plan, PlanId, PlanKind, PlanRecommendation, PlanTerms

router = APIRouter()


@router.get("/plans")
async def list_plans(caller: ServiceCaller, accounts: Accounts) -> list[Plan]:
    return await accounts.plans.offered()


@router.get("/catalogue")
async def list_catalogue(caller: SupervisorCaller, accounts: Accounts) -> list[Plan]:
    return await accounts.plans.catalogue()


@router.put("/plans/{plan_id}")
async def put_plan(caller: AdminCaller, accounts: Accounts, plan_id: PlanId, terms: PlanTerms) -> Plan:
    return await accounts.plans.put(plan_id, terms, by=by(caller))


@router.get("/customers/{customer_id}/plan-recommendations")
async def recommend_plans(
    caller: ServiceCaller,
    accounts: Accounts,
    customer_id: CustomerId,
    kind: PlanKind | None = None,
    amount: Annotated[int | None, Query(ge=1, le=MOST_PRINCIPAL, description="minor units")] = None,
) -> list[PlanRecommendation]:
    return await accounts.plans.recommended(customer_id, kind=kind, minor_units=amount)


@router.get("/customers/{customer_id}/chosen-plans")
async def list_chosen_plans(caller: ServiceCaller, accounts: Accounts, customer_id: CustomerId) -> list[ChosenPlan]:
    return await accounts.applications.chosen(customer_id)
