"""What may be done where: applications and PIN changes on every channel of the table, and on one that is not in it."""

from pathlib import Path

import httpx
import pytest

from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, on_sqlite, open_bank
from tests.accounts.test_applications import apply
from tests.accounts.test_identity_pin_change import GOOD

TRUSTED = ("web", "mobile", "lex", "Web")
OTHERS = ("slack", "connect-chat", "sms", "voice", "connect", "SMS", "telegraph", "unknown")


async def change_pin(bank: Bank, customer_id: str, channel: str, current: str = MAYAS_PIN) -> httpx.Response:
    body = {"current_pin": current, "new_pin": GOOD, "channel": channel, "session": "s-1"}
    headers = {"idempotency-key": "k-1"}
    return await bank.http.post(f"/customers/{customer_id}/pin", json=body, headers=headers)


@on_sqlite
@pytest.mark.parametrize("channel", TRUSTED)
async def test_where_applications_are_taken(bank: Bank, maya: str, channel: str) -> None:
    answer = await apply(bank, maya, {"plan_id": "cashback-card", "channel": channel})
    assert (answer.status_code, answer.json()["status"]) == (201, "pending")


@on_sqlite
@pytest.mark.parametrize("channel", OTHERS)
async def test_where_applications_are_refused(bank: Bank, maya: str, channel: str) -> None:
    order = {"plan_id": "cashback-card", "channel": channel}
    answer = await apply(bank, maya, order)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["action"]) == ("channel_not_trusted", "apply")
    assert problem["channels"] == ["web", "mobile", "lex"]
    assert problem["detail"] == "Applications cannot be made on this channel."
    assert (await bank.http.get(f"/customers/{maya}/applications")).json() == []
    assert "application.made" not in [entry["action"] for entry in await bank.audit(maya)]
    assert (await apply(bank, maya, order | {"channel": "web"})).status_code == 201  # the key was not used up


@on_sqlite
@pytest.mark.parametrize("channel", TRUSTED)
async def test_where_a_pin_is_changed(bank: Bank, maya: str, channel: str) -> None:
    assert (await change_pin(bank, maya, channel)).status_code == 204
    assert (await bank.verify(MAYA, GOOD)).outcome == "verified"


@on_sqlite
@pytest.mark.parametrize("channel", OTHERS)
@pytest.mark.parametrize("current", [MAYAS_PIN, "0000"])
async def test_where_a_pin_is_not_even_tried(bank: Bank, maya: str, channel: str, current: str) -> None:
    answer = await change_pin(bank, maya, channel, current)
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["action"]) == ("channel_not_trusted", "change_pin")
    assert problem["channels"] == ["web", "mobile", "lex"]
    assert problem["detail"] == "A PIN cannot be changed on this channel."
    assert bank.pins.checked == 0
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "verified"
    assert (await change_pin(bank, maya, "web")).status_code == 204


async def test_the_table_is_a_setting_for_these_too(tmp_path: Path, data_dir: Path) -> None:
    trust = {
        "sms": {"channel": "sms", "may": ["read", "apply"]},
        "WEB": {"channel": "web", "may": ["read", "change_pin"]},
    }
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}", data_dir, channel_trust=trust) as bank:
        maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
        order = {"plan_id": "cashback-card", "channel": "sms"}
        assert (await apply(bank, maya, order)).status_code == 201
        refused = await apply(bank, maya, order | {"channel": "web"}, "k-2")
        assert (refused.json()["code"], refused.json()["channels"]) == ("channel_not_trusted", ["mobile", "lex", "sms"])
        assert (await change_pin(bank, maya, "sms")).json()["code"] == "channel_not_trusted"
        assert (await change_pin(bank, maya, "web")).status_code == 204
