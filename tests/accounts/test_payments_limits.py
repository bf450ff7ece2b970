import asyncio
import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col

from services.accounts.store import CustomerRow
from shared.schemas.accounts import ChannelTrust
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, on_sqlite, open_bank


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["code"], body["detail"]


async def pay(bank: Bank, customer_id: str, cents: int, **changes: object) -> httpx.Response:
    order = await bank.order(customer_id, cents, **changes)  # type: ignore[arg-type]  the test names what it changes
    return await bank.pay(customer_id, order, key=uuid.uuid4().hex)


async def test_day_has_a_limit_over_all_accounts_and_channels(bank: Bank, maya: str) -> None:
    later = {"pay_on": "2026-03-12", "kind": "savings"}
    for cents in (10_000_00, 9_999_00):
        assert (await pay(bank, maya, cents, **later)).status_code == 201
    assert refusal(await pay(bank, maya, 5_001_01, **later, channel="mobile")) == (
        409, "limit_per_day", "You can pay at most $25,000.00 a day; $5,001.00 is left for that day."
    )  # fmt: skip
    assert (await pay(bank, maya, 5_001_00, **later)).status_code == 201
    assert (await pay(bank, maya, 1_00)).status_code == 201  # another day


async def test_what_was_cancelled_leaves_the_day_its_room(bank: Bank, maya: str) -> None:
    for memo in ("one", "two", "three"):
        answer = await pay(bank, maya, 400_00, channel="sms", memo=memo)
        assert answer.status_code == 201
        assert (await bank.cancel(maya, answer.json()["receipt_id"], key=memo)).status_code == 200


async def test_day_ends_where_the_bank_is(bank: Bank, maya: str) -> None:
    bank.clock.advance(hours=18, minutes=29)  # 2026-03-11 03:59 in UTC: the last minute of the tenth in New York
    for memo in ("one", "two"):
        assert (await pay(bank, maya, 500_00, channel="sms", memo=memo)).status_code == 201
    assert (await pay(bank, maya, 500_00, channel="sms", memo="three")).json()["code"] == "limit_per_channel"
    bank.clock.advance(minutes=1)
    assert (await pay(bank, maya, 500_00, channel="sms", memo="four")).status_code == 201


@pytest.mark.parametrize(
    ("channel", "per_payment", "per_day"),
    [("sms", 500, 1_000), ("slack", 500, 1_000), ("voice", 1_000, 2_000), ("connect", 1_000, 2_000)],
)
@on_sqlite
async def test_channel_has_limits_of_its_own(
    bank: Bank, maya: str, channel: str, per_payment: int, per_day: int
) -> None:
    assert refusal(await pay(bank, maya, per_payment * 100 + 1, channel=channel)) == (
        409, "limit_per_channel", f"On this channel a payment can be at most ${per_payment:,}.00."
    )  # fmt: skip
    assert (await pay(bank, maya, 2_000_00)).status_code == 201  # on the web: does not count here
    for memo in ("one", "two"):
        assert (await pay(bank, maya, per_payment * 100, channel=channel, memo=memo)).status_code == 201
    assert refusal(await pay(bank, maya, 1, channel=channel)) == (
        409, "limit_per_channel",
        f"On this channel you can pay at most ${per_day:,}.00 a day; $0.00 is left for that day.",
    )  # fmt: skip
    assert (await pay(bank, maya, 1)).status_code == 201


async def test_payments_at_once_do_not_outrun_the_days_limit(bank: Bank, maya: str) -> None:
    orders = [await bank.order(maya, 300_00, channel="sms", memo=str(place)) for place in range(8)]
    answers = await asyncio.gather(*(bank.pay(maya, order, key=f"k-{place}") for place, order in enumerate(orders)))
    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 5}
    assert await bank.balance(maya) == 5_240_18 - 900_00


@on_sqlite
async def test_unknown_channel_may_only_read(bank: Bank, maya: str) -> None:
    for channel in ("telegraph", "WEB ", "web2"):
        assert refusal(await pay(bank, maya, 1_00, channel=channel)) == (
            409, "channel_not_trusted", "Payments cannot be made here."
        )  # fmt: skip
    assert (await pay(bank, maya, 1_00, channel="Web")).status_code == 201


@on_sqlite
async def test_a_channel_has_one_limit_however_it_is_written(bank: Bank, maya: str) -> None:
    for channel in ("sms", "SMS"):
        assert (await pay(bank, maya, 500_00, channel=channel)).status_code == 201
    for channel in ("sms", "SMS", "Sms"):
        assert refusal(await pay(bank, maya, 1, channel=channel))[:2] == (409, "limit_per_channel")
    kept = (await bank.http.get(f"/customers/{maya}/payments")).json()["items"]
    assert {payment["channel"] for payment in kept} == {"sms"}


@on_sqlite
async def test_preview_knows_the_limits(bank: Bank, maya: str) -> None:
    answer = await bank.preview(maya, await bank.order(maya, 500_01, channel="sms"))
    assert refusal(answer)[:2] == (409, "limit_per_channel")
    problem = answer.json()
    assert (problem["limit"], problem["left"], problem["currency"], problem["per"]) == (
        500_00,
        500_00,
        "USD",
        "payment",
    )


async def test_new_payee_has_a_limit_for_a_day(bank: Bank, maya: str) -> None:
    payee = (await bank.add_payee(maya)).json()
    assert payee["new_until"] == (bank.clock.now + timedelta(hours=24)).isoformat().replace("+00:00", "Z")
    assert refusal(await pay(bank, maya, 1_000_01, payee="Aunt Vera"))[:2] == (409, "new_payee_limit")
    assert (await pay(bank, maya, 1_000_00, payee="Aunt Vera")).status_code == 201
    for channel in ("sms", "voice"):
        assert refusal(await pay(bank, maya, 1_00, payee="Aunt Vera", channel=channel))[1] == "channel_not_trusted"
    bank.clock.advance(hours=24)
    assert (await bank.payees(maya))["Aunt Vera"].new_until is None
    assert (await pay(bank, maya, 1_000_01, payee="Aunt Vera")).status_code == 201
    assert (await pay(bank, maya, 1_00, payee="Aunt Vera", channel="sms")).status_code == 201


async def test_after_a_pin_change_payments_to_others_are_small(bank: Bank, maya: str) -> None:
    until = bank.clock.now + timedelta(hours=24)
    cooling = update(CustomerRow).where(col(CustomerRow.id) == maya).values(cooling_off_until=until)
    await bank.database.write(lambda session: session.execute(cooling))
    assert refusal(await pay(bank, maya, 100_01)) == (
        409, "cooling_off", "Your PIN was changed only lately; for now a payment to others can be at most $100.00."
    )  # fmt: skip
    assert (await pay(bank, maya, 100_00)).status_code == 201
    assert (await pay(bank, maya, 200_00, payee="Cashback Card")).status_code == 201
    bank.clock.advance(hours=24)
    assert (await pay(bank, maya, 100_01)).status_code == 201


@on_sqlite
async def test_table_is_shown_to_the_bot(bank: Bank) -> None:
    rows = [ChannelTrust.model_validate(row) for row in (await bank.http.get("/channel-trust")).json()]
    table = {row.channel: row for row in rows}
    assert set(table) == {"web", "mobile", "lex", "slack", "sms", "voice", "connect", "connect-chat"}
    assert (table["web"].per_payment, "add_payee" in table["web"].may) == (None, True)
    assert (table["sms"].per_payment, table["sms"].per_day, "add_payee" in table["sms"].may) == (
        500_00,
        1_000_00,
        False,
    )


async def test_table_and_limits_are_settings(tmp_path: Path, data_dir: Path) -> None:
    changes: dict[str, object] = {
        "channel_trust": '{"SMS": {"channel": "sms", "may": ["read"]}, '
        '"kiosk": {"channel": "kiosk", "may": ["read", "pay_known_payee"], "per_payment": 700}}',
        "payment_day_limit": 30_00,
        "new_payee_limit": 2_00,
        "new_payee_hours": 1,
    }
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}", data_dir, **_read(changes)) as bank:
        maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
        assert (await pay(bank, maya, 1_00, channel="sms")).json()["code"] == "channel_not_trusted"
        assert (await pay(bank, maya, 7_01, channel="kiosk")).json()["code"] == "limit_per_channel"
        assert (await pay(bank, maya, 7_00, channel="kiosk")).status_code == 201
        assert (await pay(bank, maya, 23_01)).json()["code"] == "limit_per_day"
        await bank.add_payee(maya)
        assert (await pay(bank, maya, 2_01, payee="Aunt Vera")).json()["code"] == "new_payee_limit"
        bank.clock.advance(hours=1)
        assert (await pay(bank, maya, 2_01, payee="Aunt Vera")).status_code == 201


def _read(changes: dict[str, object]) -> dict[str, object]:
    import json

    return {name: json.loads(value) if isinstance(value, str) else value for name, value in changes.items()}
