import asyncio
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from services.accounts.store import ContextRow
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, JsonBody, on_sqlite, open_bank
from tests.conftest import without_chance

PAYMENT: JsonBody = {
    "intent": "MakePayment",
    "slots": {"Payee": "City Power", "Amount": "USD 25.00", "FromAccount": None},
    "channel": "sms",
    "session": "sms:1",
}


async def save(bank: Bank, customer_id: str, **changes: object) -> httpx.Response:
    return await bank.http.put(f"/customers/{customer_id}/context", json=PAYMENT | changes)


async def kept(bank: Bank, customer_id: str) -> httpx.Response:
    return await bank.http.get(f"/customers/{customer_id}/context")


async def test_what_the_customer_was_doing_is_kept_for_a_day(bank: Bank, maya: str) -> None:
    assert (await kept(bank, maya)).status_code == 404
    saved = await save(bank, maya)
    assert saved.status_code == 200
    assert saved.json() == PAYMENT | {"saved_at": "2026-03-10T09:30:00Z", "expires": "2026-03-11T09:30:00Z"}
    bank.clock.advance(hours=23, minutes=59)
    assert (await kept(bank, maya)).json() == saved.json()
    bank.clock.advance(minutes=1)
    assert (await kept(bank, maya)).status_code == 404


async def test_context_is_kept_as_long_as_it_is_set(tmp_path: Path, data_dir: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'accounts.sqlite'}"
    async with open_bank(url, data_dir, context_hours=2) as bank:
        maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
        assert (await save(bank, maya)).json()["expires"] == "2026-03-10T11:30:00Z"


async def test_later_context_takes_the_place_of_the_earlier(bank: Bank, maya: str) -> None:
    await save(bank, maya)
    await save(bank, maya, intent="OpenAccount", slots={}, channel="web", session="web:1")
    found = (await kept(bank, maya)).json()
    assert (found["intent"], found["slots"], found["channel"]) == ("OpenAccount", {}, "web")


async def test_contexts_of_one_customer_saved_at_once_leave_one(bank: Bank, maya: str) -> None:
    answers = await asyncio.gather(*(save(bank, maya, session=f"sms:{number}") for number in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(await rows(bank)) == 1
    assert len([entry for entry in await bank.audit(maya) if entry["action"] == "context.saved"]) == 8


async def test_context_is_forgotten(bank: Bank, maya: str) -> None:
    await save(bank, maya)
    for _ in range(2):
        assert (await bank.http.delete(f"/customers/{maya}/context")).status_code == 204
        assert (await kept(bank, maya)).status_code == 404
    assert [entry["action"] for entry in await bank.audit(maya)][:2] == ["context.forgotten", "context.saved"]


async def test_contexts_that_are_over_are_cleared_away(bank: Bank, maya: str, theo: str) -> None:
    await save(bank, maya)
    bank.clock.advance(days=2)
    await save(bank, theo)
    assert [row.customer_id for row in await rows(bank)] == [theo]


@on_sqlite
@pytest.mark.parametrize(
    "slots",
    [
        {"Pin": "2468"},
        {"Pin": None},
        {"NewPin": "7091"},
        {"newPin": "7091"},
        {"current_pin": "7091"},
        {"PIN": "7091"},
        {"PINCode": "7091"},
        {"CardCVV": "123"},
        {"Password": "x"},
        {"Payee": "{Pin}"},
        {"Payee": "****"},
        {"Payee": "x" * 501},
        {"Payee": "a\0b"},
        {"Pay\0ee": "x"},
        {"": "x"},
        {"Payee": 7},
        {f"Slot{number}": "x" for number in range(51)},
    ],
)
async def test_secret_is_not_kept(bank: Bank, maya: str, slots: dict[str, object]) -> None:
    answer = await save(bank, maya, slots=slots)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    for secret in ("2468", "7091"):
        assert secret not in without_chance(answer.text)
    assert await rows(bank) == []


@on_sqlite
async def test_names_that_only_sound_like_secrets_are_kept(bank: Bank, maya: str) -> None:
    slots = {"SpinClass": "x", "Opinion": "{not one} word", "ShoppingPlace": "***a***"}
    assert (await save(bank, maya, slots=slots)).json()["slots"] == slots


@on_sqlite
async def test_unknown_customer_has_no_context(bank: Bank) -> None:
    path = "/customers/C-0000000000/context"
    answers = [await bank.http.put(path, json=PAYMENT), await bank.http.get(path), await bank.http.delete(path)]
    assert [answer.status_code for answer in answers] == [404] * 3


async def rows(bank: Bank) -> list[ContextRow]:
    async with bank.database.reading() as session:
        return list((await session.execute(select(ContextRow))).scalars())
