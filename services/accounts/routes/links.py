"""Which channel addresses belong to whom."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.accounts.routes.parts import Accounts, ServiceOrSupervisor
from shared.auth import ServiceCaller
from shared.schemas.accounts import CustomerId
from shared.schemas.identity import ChannelAddress, ChannelName, Link, LinkedCustomer

router = APIRouter()


@router.get("/links/{channel}/{address}")
async def find_linked_customer(
    caller: ServiceCaller, accounts: Accounts, channel: ChannelName, address: ChannelAddress
) -> LinkedCustomer:
    return await accounts.links.customer_at(channel, address)


@router.get("/customers/{customer_id}/links")
async def list_links(caller: ServiceOrSupervisor, accounts: Accounts, customer_id: CustomerId) -> list[Link]:
    return await accounts.links.of(customer_id)


@router.delete("/customers/{customer_id}/links/{link_id}", status_code=204)
async def remove_link(
    caller: ServiceOrSupervisor,
    accounts: Accounts,
    customer_id: CustomerId,
    link_id: Annotated[str, Path(pattern=r"^[A-Z0-9-]{1,32}$")],
) -> None:
    """A service removes it on the customer's word."""
    await accounts.links.remove(customer_id, link_id, asked_by=caller)
