import asyncio
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlmodel import select

from services.accounts.store import CustomerRow, FormerPinRow
from services.accounts.weak_pins import weakness
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, on_sqlite, open_bank

GOOD = "7091"


async def change(
    bank: Bank, customer_id: str, new_pin: str, *, current: str = MAYAS_PIN, key: str | None = None
) -> httpx.Response:
    body = {"current_pin": current, "new_pin": new_pin, "channel": "mobile", "session": "mobile:1"}
    headers = {"idempotency-key": key or uuid4().hex}
    return await bank.http.post(f"/customers/{customer_id}/pin", json=body, headers=headers)


async def row_of(bank: Bank, customer_id: str) -> CustomerRow:
    async with bank.database.reading() as session:
        return await session.get_one(CustomerRow, customer_id)


async def test_new_pin_is_the_only_one_that_is_right(bank: Bank, maya: str) -> None:
    answer = await change(bank, maya, GOOD)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await bank.verify(MAYA, GOOD)).outcome == "verified"
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "refused"
    assert (await row_of(bank, maya)).cooling_off_until == bank.clock.now + timedelta(hours=24)
    (told,) = [entry for entry in await bank.audit(maya) if entry["action"] == "pin.changed"]
    assert (told["actor"], told["channel"], told["details"]) == (f"customer:{maya}", "mobile", {})


async def test_cooling_off_lasts_as_long_as_it_is_set(tmp_path: Path, data_dir: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'accounts.sqlite'}"
    async with open_bank(url, data_dir, pin_cooling_off_hours=2) as bank:
        maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
        await change(bank, maya, GOOD)
        assert (await row_of(bank, maya)).cooling_off_until == bank.clock.now + timedelta(hours=2)


@on_sqlite
async def test_payments_to_others_are_held_small_for_a_day(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 100_01)
    await change(bank, maya, GOOD)
    held = await bank.pay(maya, order)
    assert (held.status_code, held.json()["code"]) == (409, "cooling_off")
    bank.clock.advance(hours=24)
    assert (await bank.pay(maya, order)).status_code == 201


async def test_wrong_present_pin_counts_as_a_try(bank: Bank, maya: str) -> None:
    answers = []
    for number in range(6):
        bank.clock.advance(seconds=4)
        answers.append((await change(bank, maya, GOOD, current=f"999{number}")).json())
    assert {answer["status"] for answer in answers} == {409}
    assert [answer["code"] for answer in answers] == ["wrong_pin"] * 4 + ["locked"] * 2
    assert [answer["attempts_left"] for answer in answers[:4]] == [4, 3, 2, 1]
    assert answers[4]["locked_until"] == (bank.clock.now + timedelta(minutes=15, seconds=-4)).isoformat()
    assert (await change(bank, maya, GOOD)).json()["code"] == "locked"
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "locked"
    assert bank.pins.checked == 5


@on_sqlite
async def test_try_that_comes_too_early_is_told_when(bank: Bank, maya: str) -> None:
    for number in range(3):
        await change(bank, maya, GOOD, current=f"999{number}")
    early = (await change(bank, maya, GOOD)).json()
    assert (early["code"], early["retry_at"]) == ("wait", (bank.clock.now + timedelta(seconds=1)).isoformat())
    bank.clock.advance(seconds=1)
    assert (await change(bank, maya, GOOD)).status_code == 204


@on_sqlite
@pytest.mark.parametrize("pin", ["1111", "1234", "1985", "0100", "246", "24680", "abcd", "２４６８", ""])
async def test_weak_pin_costs_no_try(bank: Bank, maya: str, pin: str) -> None:
    for _ in range(6):
        answer = await change(bank, maya, pin, current="9999")
        assert (answer.status_code, answer.json()["code"]) == (422, "weak_pin")
    assert bank.pins.checked == 0
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "verified"


@on_sqlite
async def test_beginning_and_end_of_the_customers_numbers_are_weak(bank: Bank, maya: str) -> None:
    number = await bank.customer_number(maya)
    for part in (number[:4], number[4:]):
        assert (await change(bank, maya, part)).json()["code"] == "weak_pin"


async def test_present_pin_and_the_three_before_it_are_refused(bank: Bank, maya: str) -> None:
    worn = [MAYAS_PIN, "7091", "8362", "5927", "6038"]
    for before, after in pairwise(worn):
        bank.clock.advance(days=2)
        assert (await change(bank, maya, after, current=before)).status_code == 204
    assert [(await change(bank, maya, pin, current="6038")).status_code for pin in worn[1:]] == [422] * 4
    async with bank.database.reading() as session:
        kept = (await session.execute(select(FormerPinRow))).scalars().all()
    assert len(kept) == 3
    assert all(row.pin_hash.startswith("$argon2id$") for row in kept)
    assert (await change(bank, maya, "4815", current="6038")).status_code == 204


async def test_of_several_changes_at_once_one_counts(hasty: Bank) -> None:
    bank, maya = hasty, (await hasty.verify(MAYA, MAYAS_PIN)).customer_id or ""
    answers = await asyncio.gather(*(change(bank, maya, pin) for pin in ("7091", "8362", "5927")))
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409]
    new = next(pin for pin, answer in zip(("7091", "8362", "5927"), answers, strict=True) if answer.status_code == 204)
    assert (await bank.verify(MAYA, new)).outcome == "verified"
    async with bank.database.reading() as session:
        assert len((await session.execute(select(FormerPinRow))).scalars().all()) == 1


async def test_change_that_is_sent_again_is_made_once(bank: Bank, maya: str) -> None:
    assert [(await change(bank, maya, GOOD, key="k")).status_code for _ in range(3)] == [204] * 3
    assert bank.pins.checked == 2  # the current PIN, and whether the new one is new: the first time only
    assert [entry["action"] for entry in await bank.audit(maya)].count("pin.changed") == 1
    assert (await change(bank, maya, "8362", current=GOOD, key="other")).status_code == 204
    assert (await change(bank, maya, GOOD, key="k")).status_code == 204
    assert (await bank.verify(MAYA, "8362")).outcome == "verified"


@on_sqlite
@pytest.mark.parametrize(("current", "new_pin"), [(GOOD, "8362"), (MAYAS_PIN, "8362"), ("9999", GOOD)])
async def test_key_of_another_change_is_refused(bank: Bank, maya: str, current: str, new_pin: str) -> None:
    await change(bank, maya, GOOD, key="k")
    answer = await change(bank, maya, new_pin, current=current, key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert (await bank.verify(MAYA, GOOD)).outcome == "verified"


async def test_same_change_many_times_at_once_is_one(hasty: Bank) -> None:
    maya = (await hasty.verify(MAYA, MAYAS_PIN)).customer_id or ""
    answers = await asyncio.gather(*(change(hasty, maya, GOOD, key="k") for _ in range(4)))
    assert [answer.status_code for answer in answers] == [204] * 4
    assert [entry["action"] for entry in await hasty.audit(maya)].count("pin.changed") == 1
    assert (await hasty.verify(MAYA, GOOD)).outcome == "verified"


@on_sqlite
async def test_refused_change_may_be_sent_again_under_its_key(bank: Bank, maya: str) -> None:
    assert (await change(bank, maya, "1234", key="k")).status_code == 422
    assert (await change(bank, maya, GOOD, key="k")).status_code == 204


@on_sqlite
async def test_change_needs_a_key(bank: Bank, maya: str) -> None:
    body = {"current_pin": MAYAS_PIN, "new_pin": GOOD, "channel": "mobile", "session": "mobile:1"}
    assert (await bank.http.post(f"/customers/{maya}/pin", json=body)).status_code == 422


@on_sqlite
async def test_unknown_customer_is_not_found(bank: Bank) -> None:
    assert (await change(bank, "C-0000000000", GOOD)).status_code == 404


async def test_pin_that_was_checked_while_it_was_changed_is_refused(bank: Bank, maya: str) -> None:
    """The old PIN is being checked when the new one takes its place."""
    began, go_on = asyncio.Event(), asyncio.Event()
    bank.pins.pause = (began, go_on)
    slow = asyncio.create_task(bank.verify(MAYA, MAYAS_PIN))
    await began.wait()
    bank.pins.pause = None
    assert (await change(bank, maya, GOOD)).status_code == 204
    go_on.set()
    assert (await slow).outcome == "refused"


@pytest.mark.parametrize(
    "pin", ["0000", "9999", "0123", "9876", "7890", "2468", "9753", "1212", "4455", "1900", "2099", "2580", "0852"]
)
def test_pins_that_are_guessed_first_are_weak(pin: str) -> None:
    assert weakness(pin)


def test_most_pins_are_not_weak() -> None:
    weak = [pin for pin in (f"{number:04d}" for number in range(10_000)) if weakness(pin, "+15555550100", "48151623")]
    assert 400 < len(weak) < 500
    assert {"0100", "4815", "1623"} <= set(weak)
    assert not {"7091", "8362", "1471", "2019"[::-1]} & set(weak)
