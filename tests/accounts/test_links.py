import asyncio
from datetime import timedelta

import pytest

from tests.accounts.bank import MAYA, MAYAS_PIN, THEO, THEOS_PIN, Bank, on_sqlite
from tests.conftest import internal_headers, staff

ADDRESS = "f3a9" * 8
OTHER = "0b7c" * 8


async def link(bank: Bank, phone: str = MAYA, pin: str = MAYAS_PIN, *, address: str = ADDRESS) -> str:
    verification = await bank.verify(phone, pin, channel="sms", channel_address=address)
    return verification.outcome


async def linked(bank: Bank, address: str = ADDRESS, channel: str = "sms") -> dict[str, str] | None:
    answer = await bank.http.get(f"/links/{channel}/{address}")
    assert answer.status_code in (200, 404)
    return answer.json() if answer.status_code == 200 else None


async def links_of(bank: Bank, customer_id: str) -> list[dict[str, str]]:
    answer = await bank.http.get(f"/customers/{customer_id}/links")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, str]] = answer.json()
    return found


async def test_right_pin_links_the_address(bank: Bank, maya: str) -> None:
    since = bank.clock.now
    await link(bank)
    found = await linked(bank) or {}
    assert found == {"customer_id": maya, "first_name": "Maya", "locale": "en_US", "linked_at": found["linked_at"]}
    assert await linked(bank, channel="voice") is None
    assert await linked(bank, OTHER) is None
    bank.clock.advance(hours=1)
    await link(bank)
    (mine,) = await links_of(bank, maya)
    assert mine["channel"] == "sms"
    assert mine["linked_at"] == since.isoformat().replace("+00:00", "Z")
    assert mine["verified_at"] == (since + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert ADDRESS not in str(mine)


@on_sqlite
async def test_nothing_but_a_right_pin_links(bank: Bank, maya: str) -> None:
    assert await link(bank, pin="0000") == "refused"
    assert await link(bank, phone="+15555559999") == "refused"
    await bank.verify(MAYA, MAYAS_PIN, channel="sms")
    assert await linked(bank) is None
    assert await links_of(bank, maya) == []


async def test_another_customer_takes_the_address_over(bank: Bank, maya: str, theo: str) -> None:
    await link(bank)
    ((mine,), _) = await links_of(bank, maya), await links_of(bank, theo)
    bank.clock.advance(days=1)
    await link(bank, THEO, THEOS_PIN)
    assert (await linked(bank) or {})["customer_id"] == theo
    assert await links_of(bank, maya) == []
    (his,) = await links_of(bank, theo)
    assert his["link_id"] != mine["link_id"]
    lost, gained = (await bank.audit(maya))[0], (await bank.audit(theo))[0]
    assert (lost["action"], lost["actor"], lost["subject"]) == ("link.taken_over", f"customer:{theo}", mine["link_id"])
    assert (gained["action"], gained["actor"], gained["subject"]) == ("link.made", f"customer:{theo}", his["link_id"])


async def test_address_that_two_prove_at_once_is_one_customers(bank: Bank, maya: str, theo: str) -> None:
    proofs = [link(bank), link(bank, THEO, THEOS_PIN), link(bank), link(bank, THEO, THEOS_PIN)]
    assert await asyncio.gather(*proofs) == ["verified"] * 4
    owners = [await links_of(bank, maya), await links_of(bank, theo)]
    assert sorted(map(len, owners)) == [0, 1]
    assert (await bank.as_staff("GET", "/audit/proof", "admin")).json()["whole"]


async def test_customer_takes_a_link_back(bank: Bank, maya: str) -> None:
    await link(bank)
    await link(bank, address=OTHER)
    first = next(item for item in await links_of(bank, maya))
    path = f"/customers/{maya}/links/{first['link_id']}"
    assert (await bank.http.delete(path)).status_code == 204
    assert (await bank.http.delete(path)).status_code == 404
    assert len(await links_of(bank, maya)) == 1
    told = (await bank.audit(maya))[0]
    assert (told["action"], told["actor"], told["subject"]) == ("link.removed", f"customer:{maya}", first["link_id"])


async def test_link_that_is_removed_and_made_at_once_ends_whole(hasty: Bank) -> None:
    bank = hasty
    maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
    theo = (await bank.verify(THEO, THEOS_PIN)).customer_id or ""

    for _ in range(6):
        standing = [(owner, item["link_id"]) for owner in (maya, theo) for item in await links_of(bank, owner)]
        removals = [bank.http.delete(f"/customers/{owner}/links/{link_id}") for owner, link_id in standing]
        proofs = [link(bank), link(bank, THEO, THEOS_PIN), link(bank)]
        outcomes, removed = await asyncio.gather(asyncio.gather(*proofs), asyncio.gather(*removals))
        assert outcomes == ["verified"] * 3
        assert {answer.status_code for answer in removed} <= {204, 404}
    told = [entry["action"] for customer_id in (maya, theo) for entry in await bank.audit(customer_id)]
    left = len(await links_of(bank, maya)) + len(await links_of(bank, theo))
    assert left == told.count("link.made") - told.count("link.removed") - told.count("link.taken_over") <= 1
    assert told.count("link.made") > 1


@on_sqlite
async def test_supervisor_takes_a_link_back(bank: Bank, maya: str) -> None:
    await link(bank)
    headers = internal_headers("accounts", staff("supervisor"))
    (mine,) = (await bank.http.get(f"/customers/{maya}/links", headers=headers)).json()
    path = f"/customers/{maya}/links/{mine['link_id']}"
    assert (await bank.http.delete(path, headers=internal_headers("accounts", staff("agent")))).status_code == 403
    assert (await bank.http.delete(path, headers=headers)).status_code == 204
    assert (await bank.audit(maya))[0]["actor"] == "staff:pat"
    assert await linked(bank) is None


@on_sqlite
async def test_somebody_elses_link_is_not_found(bank: Bank, maya: str, theo: str) -> None:
    await link(bank)
    (mine,) = await links_of(bank, maya)
    assert (await bank.http.delete(f"/customers/{theo}/links/{mine['link_id']}")).status_code == 404
    assert await linked(bank) is not None


@on_sqlite
@pytest.mark.parametrize("path", ["/links/sms/+15555550100", "/links/s ms/" + ADDRESS, "/links/sms/" + "a" * 129])
async def test_address_that_is_no_keyed_hash_is_refused(bank: Bank, path: str) -> None:
    assert (await bank.http.get(path)).status_code == 422


@on_sqlite
async def test_links_of_an_unknown_customer_are_not_found(bank: Bank) -> None:
    assert (await bank.http.get("/customers/C-0000000000/links")).status_code == 404
