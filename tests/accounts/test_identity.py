import asyncio
from collections import Counter
from pathlib import Path

import pytest

from services.accounts.demo_bank import DemoCustomer
from tests.accounts.bank import MAYA, MAYAS_PIN, NOBODY, THEO, THEOS_PIN, Bank, on_sqlite, open_bank


@on_sqlite
async def test_right_pin_names_the_customer(bank: Bank) -> None:
    verification = await bank.verify(MAYA, MAYAS_PIN)
    assert verification.outcome == "verified"
    assert verification.first_name == "Maya"
    assert verification.customer_id is not None
    assert verification.attempts_left is None


async def test_wrong_pins_count_down_and_lock_over_all_channels(bank: Bank) -> None:
    for left in (4, 3, 2, 1):
        refused = await bank.verify(MAYA, "0000", channel=f"channel-{left}", session=f"s-{left}")
        assert (refused.outcome, refused.attempts_left, refused.locked_until) == ("refused", left, None)
        assert refused.customer_id is None
        assert refused.first_name is None
    locked = await bank.verify(MAYA, "0000", channel="voice")
    assert locked.outcome == "locked"
    assert locked.locked_until is not None
    assert (locked.locked_until - bank.clock.now).total_seconds() == 15 * 60


async def test_right_pin_does_not_open_a_lock_and_is_not_checked(bank: Bank) -> None:
    for _ in range(5):
        await bank.verify(MAYA, "0000")
    bank.clock.advance(minutes=14, seconds=59)
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "locked"
    assert bank.pins.checked == 5


@on_sqlite
async def test_lock_of_one_customer_leaves_others_alone(bank: Bank) -> None:
    for _ in range(5):
        await bank.verify(MAYA, "0000")
    assert (await bank.verify(THEO, THEOS_PIN)).outcome == "verified"


async def test_counting_starts_anew_when_the_lock_ends(bank: Bank) -> None:
    for _ in range(6):
        await bank.verify(MAYA, "0000")
    bank.clock.advance(minutes=15)
    assert (await bank.verify(MAYA, "0000")).attempts_left == 4
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "verified"


async def test_right_pin_resets_the_count(bank: Bank) -> None:
    for _ in range(4):
        await bank.verify(MAYA, "0000")
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "verified"
    assert (await bank.verify(MAYA, "0000")).attempts_left == 4


async def test_parallel_tries_never_outrun_the_lock(bank: Bank) -> None:
    answers = await asyncio.gather(*(bank.verify(MAYA, f"{pin:04d}") for pin in range(20)))
    assert bank.pins.checked == 5
    assert all(answer.outcome in ("refused", "locked") for answer in answers)
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "locked"
    assert Counter(row.outcome for row in await bank.verifications()) == {"refused": 5, "locked": 16}


async def test_unknown_number_behaves_like_a_known_one(bank: Bank) -> None:
    known = [await bank.verify(MAYA, "0000") for _ in range(6)]
    unknown = [await bank.verify(NOBODY, "0000") for _ in range(6)]
    assert unknown == known
    assert bank.pins.checked == 10
    bank.clock.advance(minutes=15)
    assert (await bank.verify(NOBODY, "0000")).attempts_left == 4


async def test_unknown_number_is_not_stored(tmp_path: Path, data_dir: Path) -> None:
    file = tmp_path / "accounts.sqlite"
    async with open_bank(f"sqlite+aiosqlite:///{file}", data_dir) as bank:
        await bank.verify(NOBODY, "0000")
    assert NOBODY[2:].encode() not in _stored(tmp_path)


@on_sqlite
async def test_malformed_pin_counts_as_wrong(bank: Bank, people: list[DemoCustomer]) -> None:
    malformed = ["", "246", "24680", "2 468", "abcd", "２４６８", "24\x0068"]
    for person, pin in zip(people, malformed, strict=False):
        refused = await bank.verify(person.phone, pin)
        assert (refused.outcome, refused.attempts_left) == ("refused", 4)


async def test_supervisor_unlocks(bank: Bank, maya: str) -> None:
    for _ in range(5):
        await bank.verify(MAYA, "0000")
    answer = await bank.unlock(maya, "supervisor")
    assert answer.status_code == 204
    assert (await bank.verify(MAYA, "0000")).attempts_left == 4
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "verified"
    unlocking = [row for row in await bank.verifications() if row.outcome == "unlocked"]
    assert [(row.subject, row.session) for row in unlocking] == [(maya, "pat")]


@on_sqlite
async def test_other_staff_cannot_unlock(bank: Bank, maya: str) -> None:
    assert (await bank.unlock(maya, "agent", "analyst")).status_code == 403


@on_sqlite
async def test_unlocking_an_unknown_customer_is_not_found(bank: Bank) -> None:
    assert (await bank.unlock("C-0000000000", "admin")).status_code == 404


async def test_each_try_leaves_a_record(bank: Bank) -> None:
    await bank.verify(MAYA, "0000", channel="sms", session="sms:abc")
    customer_id = (await bank.verify(MAYA, MAYAS_PIN, channel="voice", session="v-1")).customer_id
    records = {row.outcome: row for row in await bank.verifications()}
    assert {outcome: (row.subject, row.channel, row.session) for outcome, row in records.items()} == {
        "refused": (customer_id, "sms", "sms:abc"),
        "verified": (customer_id, "voice", "v-1"),
    }
    assert all(row.tried_at == bank.clock.now for row in records.values())


async def test_pin_is_in_no_log_and_no_file(tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'accounts.sqlite'}", data_dir, log_level="DEBUG") as bank:
        await bank.verify(MAYA, MAYAS_PIN)
        await bank.verify(MAYA, "secret-13579")
        await bank.verify(NOBODY, "secret-13579")
        too_long = {"phone": MAYA, "pin": "secret-13579-secret-13579", "session": "s"}
        refused = await bank.http.post("/verifications", json=too_long)
        stored = _stored(tmp_path)  # with the write-ahead log, which closing would fold in
    logged = capsys.readouterr()
    assert refused.status_code == 422
    assert "identity.verified" in logged.out
    for text in (logged.out, logged.err, refused.text, stored.decode("latin-1")):
        assert MAYAS_PIN not in text
        assert "13579" not in text
    assert b"$argon2id$" in stored


def _stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("accounts.sqlite*"))
