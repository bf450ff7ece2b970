import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from services.accounts.demo_people import DemoCustomer
from tests.accounts.bank import MAYA, MAYAS_PIN, NOBODY, THEO, THEOS_PIN, Bank, on_sqlite, open_bank
from tests.conftest import without_chance


@on_sqlite
async def test_right_pin_names_the_customer(bank: Bank) -> None:
    verification = await bank.verify(MAYA, MAYAS_PIN)
    assert verification.outcome == "verified"
    assert verification.first_name == "Maya"
    assert verification.customer_id is not None
    assert verification.attempts_left is None


async def test_wrong_pins_count_down_and_lock_over_all_channels(bank: Bank) -> None:
    for left in (4, 3, 2, 1):
        bank.clock.advance(seconds=4)
        refused = await bank.verify(MAYA, "0000", channel=f"channel-{left}", session=f"s-{left}")
        assert (refused.outcome, refused.attempts_left, refused.locked_until) == ("refused", left, None)
        assert refused.customer_id is None
        assert refused.first_name is None
    bank.clock.advance(seconds=4)
    locked = await bank.verify(MAYA, "0000", channel="voice")
    assert locked.outcome == "locked"
    assert locked.locked_until is not None
    assert (locked.locked_until - bank.clock.now).total_seconds() == 15 * 60


async def test_right_pin_does_not_open_a_lock_and_is_not_checked(bank: Bank) -> None:
    await bank.wrong_pins(5)
    bank.clock.advance(minutes=14, seconds=59)
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "locked"
    assert bank.pins.checked == 5


@on_sqlite
async def test_lock_of_one_customer_leaves_others_alone(bank: Bank) -> None:
    await bank.wrong_pins(5)
    assert (await bank.verify(THEO, THEOS_PIN)).outcome == "verified"


async def test_counting_starts_anew_when_the_lock_ends(bank: Bank) -> None:
    await bank.wrong_pins(6)
    bank.clock.advance(minutes=15)
    assert (await bank.verify(MAYA, "0000")).attempts_left == 4
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "verified"


async def test_right_pin_resets_the_count(bank: Bank) -> None:
    await bank.wrong_pins(4)
    bank.clock.advance(seconds=4)
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "verified"
    assert (await bank.verify(MAYA, "0000")).attempts_left == 4


async def test_parallel_tries_never_outrun_the_lock(hasty: Bank) -> None:
    bank = hasty
    answers = await asyncio.gather(*(bank.verify(MAYA, f"{pin:04d}") for pin in range(20)))
    assert bank.pins.checked == 5
    assert all(answer.outcome in ("refused", "locked") for answer in answers)
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "locked"
    assert Counter(row.outcome for row in await bank.verifications()) == {"refused": 5, "locked": 16}


async def test_unknown_number_behaves_like_a_known_one(bank: Bank) -> None:
    for number in (MAYA, NOBODY):
        answers = [await bank.verify(number, "0000") for _ in range(4)] + await bank.wrong_pins(3, number)
        assert [(answer.outcome, answer.attempts_left) for answer in answers] == [
            ("refused", 4), ("refused", 3), ("refused", 2), ("wait", 2), ("refused", 1), ("locked", 0), ("locked", 0),
        ]  # fmt: skip
        assert answers[3].retry_at == answers[2].retry_at == bank.clock.now - timedelta(seconds=11)
        assert answers[6].locked_until == bank.clock.now - timedelta(seconds=4) + timedelta(minutes=15)
        assert {answer.model_dump_json(include={"customer_id", "first_name"}) for answer in answers} == {
            '{"customer_id":null,"first_name":null}'
        }
    assert bank.pins.checked == 10
    bank.clock.advance(minutes=15)
    assert (await bank.verify(NOBODY, "0000")).attempts_left == 4


@pytest.mark.parametrize("seconds", [0.0, 0.999])
async def test_try_before_its_time_is_neither_checked_nor_counted(bank: Bank, seconds: float) -> None:
    for _ in range(3):
        refused = await bank.verify(MAYA, "0000")
    assert refused.retry_at == bank.clock.now + timedelta(seconds=1)
    bank.clock.advance(seconds=seconds)
    for pin in (MAYAS_PIN, "0000"):
        early = await bank.verify(MAYA, pin)
        assert (early.outcome, early.attempts_left, early.retry_at) == ("wait", 2, refused.retry_at)
    assert bank.pins.checked == 3
    bank.clock.advance(seconds=1 - seconds)
    assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "verified"


async def test_delays_grow_as_they_are_set(tmp_path: Path, data_dir: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'accounts.sqlite'}"
    async with open_bank(url, data_dir, pin_delay_seconds="0 | 2.5 | 60", pin_tries=9) as bank:
        delays = []
        for _ in range(5):
            refused = await bank.verify(MAYA, "0000")
            delays.append((refused.retry_at - bank.clock.now).total_seconds() if refused.retry_at else 0)
            bank.clock.advance(seconds=60)
        assert delays == [0, 2.5, 60, 60, 60]


async def test_lock_and_tries_are_as_they_are_set(tmp_path: Path, data_dir: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'accounts.sqlite'}"
    async with open_bank(url, data_dir, pin_tries=2, pin_lock_minutes=3) as bank:
        assert [answer.outcome for answer in await bank.wrong_pins(3)] == ["refused", "locked", "locked"]
        bank.clock.advance(minutes=3)
        assert (await bank.verify(MAYA, MAYAS_PIN)).outcome == "verified"


@on_sqlite
async def test_customer_id_that_is_known_may_stand_for_a_number(bank: Bank, maya: str) -> None:
    assert (await bank.verify_by(customer_id=maya, pin=MAYAS_PIN)).outcome == "verified"
    assert (await bank.verify_by(customer_id="C-0000000000", pin=MAYAS_PIN)).attempts_left == 4


@on_sqlite
async def test_customer_number_is_as_good_as_the_phone_number(bank: Bank, maya: str) -> None:
    number = await bank.customer_number(maya)
    verified = await bank.verify_by(customer_number=number, pin=MAYAS_PIN)
    assert (verified.outcome, verified.customer_id) == ("verified", maya)
    await bank.verify(MAYA, "0000")
    assert (await bank.verify_by(customer_number=number, pin="0000")).attempts_left == 3


@on_sqlite
async def test_unknown_customer_number_behaves_like_a_known_one(bank: Bank, maya: str) -> None:
    for number in (await bank.customer_number(maya), "99999999"):
        answers = []
        for _ in range(6):
            bank.clock.advance(seconds=4)
            answers.append(await bank.verify_by(customer_number=number, pin="0000"))
        assert [answer.attempts_left for answer in answers] == [4, 3, 2, 1, 0, 0]
    assert bank.pins.checked == 10


@on_sqlite
@pytest.mark.parametrize(
    "claim",
    [
        {},
        {"phone": MAYA, "customer_number": "12345678"},
        {"customer_number": "1234567"},
        {"customer_number": "123456789"},
        {"customer_number": "1234567\n"},
        {"customer_number": "１２３４５６７８"},
        {"phone": MAYA, "channel": ""},
        {"phone": MAYA, "channel": "we\x00b"},
        {"phone": MAYA, "session": "a\x00b"},
        {"phone": MAYA, "channel_address": "+15555550100"},
    ],
)
async def test_claim_that_names_nobody_is_refused(bank: Bank, claim: dict[str, str]) -> None:
    answer = await bank.http.post("/verifications", json={"pin": "0000", "session": "s", **claim})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@on_sqlite
async def test_verification_can_be_told_from_every_other(bank: Bank) -> None:
    first = await bank.verify(MAYA, MAYAS_PIN)
    bank.clock.advance(seconds=1)
    second = await bank.verify(MAYA, MAYAS_PIN)
    assert first.verified_at == bank.clock.now - timedelta(seconds=1)
    assert second.verified_at == bank.clock.now
    assert first.verification_id != second.verification_id
    assert {row.id for row in await bank.verifications()} == {first.verification_id, second.verification_id}
    assert first.locale == "en_US"


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
    await bank.wrong_pins(5)
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


async def test_staff_reads_the_tries_page_by_page(bank: Bank, maya: str, theo: str) -> None:
    await bank.wrong_pins(5)
    bank.clock.advance(seconds=1)
    await bank.unlock(maya, "supervisor")
    path = f"/customers/{maya}/verifications"
    everything = (await bank.as_staff("GET", path, "supervisor")).json()
    assert [item["outcome"] for item in everything["items"]] == ["unlocked", *["refused"] * 5, "verified"]
    assert everything["items"][0]["session"] == "pat"
    assert everything["next_cursor"] is None
    items, cursor = [], ""
    while cursor is not None:
        page = (await bank.as_staff("GET", f"{path}?limit=3{cursor and '&cursor='}{cursor}", "supervisor")).json()
        items += page["items"]
        cursor = page["next_cursor"]
    assert items == everything["items"]


@on_sqlite
@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WyJhIl0", "WyJhIiwiYiJd", "WyIyMDI2LTAxLTAxIiwiVlx1MDAwMCJd", "%FF", "WzEsMl0"]
)
async def test_cursor_of_another_kind_is_refused(bank: Bank, maya: str, cursor: str) -> None:
    answer = await bank.as_staff("GET", f"/customers/{maya}/verifications?cursor={cursor}", "admin")
    assert answer.status_code == 422


@on_sqlite
async def test_tries_of_an_unknown_customer_are_not_found(bank: Bank) -> None:
    assert (await bank.as_staff("GET", "/customers/C-0000000000/verifications", "admin")).status_code == 404


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
    for text in map(without_chance, (logged.out, logged.err, refused.text, stored)):
        assert MAYAS_PIN not in text
        assert "13579" not in text
    assert b"$argon2id$" in stored


def _stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("accounts.sqlite*"))
