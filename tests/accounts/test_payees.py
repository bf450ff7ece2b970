import asyncio
from pathlib import Path

import pytest

from services.accounts.payees import MOST_PAYEES
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, on_sqlite, open_bank

NUMBER = "440012345678"


async def test_payee_that_was_added_can_be_paid(bank: Bank, maya: str) -> None:
    answer = await bank.add_payee(maya, name="  Aunt Vera ")
    assert answer.status_code == 201
    payee = answer.json()
    assert (payee["name"], payee["kind"], payee["masked_number"]) == ("Aunt Vera", "external", "••••5678")
    assert payee["account_id"] is None
    assert (await bank.payees(maya))["Aunt Vera"].payee_id == payee["payee_id"]
    assert (await bank.pay(maya, await bank.order(maya, 5_00, payee="Aunt Vera"))).status_code == 201


async def test_number_is_kept_nowhere(tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'accounts.sqlite'}", data_dir, log_level="DEBUG") as bank:
        maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
        await bank.add_payee(maya)
        wrong = await bank.add_payee(maya, account_number=f"{NUMBER}?")
        stored = _stored(tmp_path)
    logged = capsys.readouterr()
    assert wrong.status_code == 422
    assert b"Aunt Vera" in stored
    for text in (stored.decode("latin-1"), logged.out, logged.err, wrong.text):
        assert NUMBER[:8] not in text


def _stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("accounts.sqlite*"))


async def test_same_request_adds_one_payee(bank: Bank, maya: str) -> None:
    answers = await asyncio.gather(*(bank.add_payee(maya) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    other = await bank.add_payee(maya, account_number="4400 1234 5679")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_same_number_is_one_payee_however_it_is_written(bank: Bank, maya: str, theo: str) -> None:
    await bank.add_payee(maya, account_number="de44-0012 3456 78")
    again = await bank.add_payee(maya, "a-2", name="Vera", account_number="DE4400123456 78")
    assert (again.status_code, again.json()["code"]) == (409, "payee_exists")
    assert (await bank.add_payee(theo, account_number="DE44001234567 8")).status_code == 201


async def test_removed_payee_is_kept_for_its_payments_only(bank: Bank, maya: str) -> None:
    payee_id = (await bank.add_payee(maya)).json()["payee_id"]
    order = await bank.order(maya, 5_00, payee="Aunt Vera")
    receipt_id = (await bank.pay(maya, order)).json()["receipt_id"]
    path = f"/customers/{maya}/payees/{payee_id}"
    for _ in range(2):
        assert (await bank.http.delete(path)).status_code == 204
    assert "Aunt Vera" not in await bank.payees(maya)
    assert (await bank.pay(maya, order, key="k-2")).status_code == 404
    assert (await bank.payment(maya, receipt_id)).payee_name == "Aunt Vera"
    assert (await bank.add_payee(maya, "a-2")).status_code == 201


async def test_payee_with_a_scheduled_payment_stays(bank: Bank, maya: str) -> None:
    payee_id = (await bank.add_payee(maya)).json()["payee_id"]
    order = await bank.order(maya, 5_00, payee="Aunt Vera", pay_on="2026-03-12")
    receipt_id = (await bank.pay(maya, order)).json()["receipt_id"]
    path = f"/customers/{maya}/payees/{payee_id}"
    answer = await bank.http.delete(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "payments_scheduled")
    await bank.cancel(maya, receipt_id)
    assert (await bank.http.delete(path)).status_code == 204


@on_sqlite
async def test_own_loan_stays(bank: Bank, maya: str) -> None:
    payee_id = (await bank.payees(maya))["Home Mortgage"].payee_id
    answer = await bank.http.delete(f"/customers/{maya}/payees/{payee_id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "own_account")


@on_sqlite
async def test_somebody_elses_payee_is_as_unknown_as_none(bank: Bank, maya: str, theo: str) -> None:
    payee_id = (await bank.add_payee(maya)).json()["payee_id"]
    answers = [await bank.http.delete(f"/customers/{theo}/payees/{each}") for each in (payee_id, "P-NONE")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert (await bank.add_payee("C-0000000000")).status_code == 404


@on_sqlite
async def test_only_some_channels_may_add_and_remove(bank: Bank, maya: str) -> None:
    refused = await bank.add_payee(maya, channel="sms")
    assert (refused.status_code, refused.json()["code"]) == (409, "channel_not_trusted")
    payee_id = (await bank.add_payee(maya, channel="mobile")).json()["payee_id"]
    path = f"/customers/{maya}/payees/{payee_id}"
    assert (await bank.http.delete(f"{path}?channel=slack")).json()["code"] == "channel_not_trusted"
    assert (await bank.http.delete(f"{path}?channel=mobile")).status_code == 204


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 61},
        {"name": "a\nb"},
        {"name": "a\x00b"},
        {"account_number": "123"},
        {"account_number": "- - - -"},
        {"account_number": "1" * 35},
        {"account_number": "12.34.56"},
        {"account_number": "１２３４５"},
        {"kind": "own_account"},
        {"channel": ""},
    ],
)
@on_sqlite
async def test_bad_order_is_refused(bank: Bank, maya: str, changes: dict[str, str]) -> None:
    answer = await bank.add_payee(maya, **changes)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@on_sqlite
async def test_payees_are_limited_in_number(bank: Bank, maya: str) -> None:
    there = len(await bank.payees(maya))
    for place in range(MOST_PAYEES - there):
        answer = await bank.add_payee(maya, f"a-{place}", account_number=f"{place:08d}")
        assert answer.status_code == 201
    answer = await bank.add_payee(maya, "one-more")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_payees")
