import asyncio
import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from services.accounts.audit import CHAINS, AuditEntry, AuditTrail, AuditTrailBroken, chain_of
from shared.settings import DEVELOPMENT_SECRET
from tests.accounts.bank import MAYA, MAYAS_PIN, NOBODY, Bank, on_sqlite, open_bank

CUSTOMER = "C-2222222222"


def trail(bank: Bank, key: str = DEVELOPMENT_SECRET) -> AuditTrail:
    return AuditTrail(key, bank.clock)


def entry(number: int, customer_id: str | None = CUSTOMER) -> AuditEntry:
    return AuditEntry(
        actor="staff:pat", action="thing.done", subject=f"X-{number}", customer_id=customer_id, details={"n": number}
    )


async def write(bank: Bank, *entries: AuditEntry, key: str = DEVELOPMENT_SECRET) -> None:
    async with bank.database.transaction() as session:
        await trail(bank, key).record(session, *entries)


async def proof(bank: Bank, anchor: str | None = None) -> dict[str, object]:
    answer = await bank.as_staff("GET", "/audit/proof" + (f"?anchor={anchor}" if anchor else ""), "supervisor")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def tampered(url: str, *statements: str) -> None:
    """As somebody with the keys of the database would: triggers off, then the change."""
    if url.startswith("sqlite"):
        with sqlite3.connect(make_url(url).database or "") as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
            for name in names:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as server:
        server.execute("SET session_replication_role = replica")
        for statement in statements:
            server.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_audit SET details = '{}'",
        "DELETE FROM accounts_audit",
        "DELETE FROM accounts_audit_head",
        "UPDATE accounts_audit_head SET seq = seq - 1",
        "UPDATE accounts_audit_head SET seal = 'x'",
    ],
)
async def test_database_refuses_to_change_the_trail(bank: Bank, statement: str) -> None:
    await write(bank, entry(1))
    with pytest.raises(DBAPIError, match="audit trail"):
        async with bank.database.transaction() as session:
            await session.execute(text(statement))


@pytest.mark.parametrize("details", [{"new_pin": "x"}, {"note": "x" * 201}])
def test_secret_and_long_text_have_no_place(details: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="audit trail"):
        AuditEntry(actor="staff:pat", action="a.b", subject="s", customer_id=None, details=details)


async def test_trail_is_empty_and_whole_at_first(data_dir: Path, database_url: str) -> None:
    async with open_bank(database_url, data_dir, demo_bank=False) as bank:
        empty = await proof(bank)
        assert (empty["whole"], empty["broken"]) == (True, [])
        assert (await proof(bank, str(empty["anchor"])))["whole"]


async def test_trail_tells_who_did_what_when_from_where(bank: Bank, maya: str) -> None:
    headers = {"x-request-id": "request-of-maya"}
    body = {"phone": MAYA, "pin": "0000", "session": "s", "channel": "sms"}
    await bank.http.post("/verifications", json=body, headers=headers)
    refused, verified = await bank.audit(maya)
    assert refused["audit_id"].split(".") == [verified["audit_id"].split(".")[0], "2"]  # type: ignore[attr-defined]
    assert refused | {"audit_id": "", "subject": ""} == {
        "audit_id": "",
        "at": "2026-03-10T09:30:00Z",
        "actor": "unverified",
        "action": "identity.refused",
        "subject": "",
        "customer_id": maya,
        "channel": "sms",
        "request_id": "request-of-maya",
        "details": {"purpose": "verification", "tries": 1, "locks": False},
    }
    assert (verified["actor"], verified["action"]) == (f"customer:{maya}", "identity.verified")
    assert {row.id for row in await bank.verifications()} == {refused["subject"], verified["subject"]}


@on_sqlite
async def test_tries_for_nobody_are_told_without_the_number(bank: Bank) -> None:
    await bank.verify(NOBODY, "0000")
    answer = await bank.as_staff("GET", "/audit", "supervisor")
    told = answer.json()["items"][0]
    assert (told["action"], told["customer_id"]) == ("identity.refused", None)
    assert NOBODY[2:] not in answer.text


@on_sqlite
async def test_unlocking_is_told_with_the_name_of_the_staff(bank: Bank, maya: str) -> None:
    bank.clock.advance(seconds=1)
    await bank.unlock(maya, "supervisor")
    told = (await bank.audit(maya))[0]
    assert (told["actor"], told["action"], told["channel"]) == ("staff:pat", "identity.unlocked", "staff")


async def test_trail_is_read_page_by_page_over_all_chains(bank: Bank) -> None:
    for number in range(30):
        await write(bank, entry(number, f"C-22222222{number:02d}"))
        bank.clock.advance(seconds=number % 3)
    items: list[dict[str, str]] = []
    cursor = None
    while True:
        path = f"/audit?limit=7{f'&cursor={cursor}' if cursor else ''}"
        page = (await bank.as_staff("GET", path, "supervisor")).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    subjects = [item["subject"] for item in items if item["action"] == "thing.done"]
    assert sorted(subjects) == sorted(f"X-{number}" for number in range(30))
    assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)
    assert len({item["audit_id"].split(".")[0] for item in items}) > 5


@on_sqlite
@pytest.mark.parametrize(
    "query", ["cursor=W10", "cursor=WyJ4IiwiMSIsIjEiXQ", "limit=0", "limit=201", "customer_id=maya"]
)
async def test_bad_query_is_refused(bank: Bank, query: str) -> None:
    assert (await bank.as_staff("GET", f"/audit?{query}", "supervisor")).status_code == 422


@on_sqlite
@pytest.mark.parametrize("anchor", ["x", "1" + "a" * 16, "-".join(["9" * 19 + "a" * 16] * CHAINS)])
async def test_text_that_is_no_anchor_is_refused(bank: Bank, anchor: str) -> None:
    assert (await bank.as_staff("GET", f"/audit/proof?anchor={anchor}", "supervisor")).status_code == 422


async def test_writers_at_once_keep_every_chain_whole(bank: Bank) -> None:
    before = (await proof(bank))["rows"]
    assert isinstance(before, int)
    customers = [f"C-222222222{number}" for number in range(2, 6)]

    async def several(writer: int) -> None:
        for number in range(10):
            both = entry(number, customers[writer % 4]), entry(number, customers[number % 4])
            await write(bank, *both)

    async def at_once(writer: int) -> None:
        for number in range(10):
            one = entry(number, customers[writer % 4])
            await bank.database.at_once(lambda connection, one=one: trail(bank).write(connection, one))  # type: ignore[misc]

    await asyncio.gather(*(several(writer) for writer in range(6)), *(at_once(writer) for writer in range(6)))
    after = await proof(bank)
    assert (after["whole"], after["rows"]) == (True, before + 6 * 10 * 2 + 6 * 10)


async def test_entry_of_what_was_rolled_back_is_not_there(bank: Bank) -> None:
    await write(bank, entry(1))
    rows = (await proof(bank))["rows"]
    with pytest.raises(RuntimeError):
        async with bank.database.transaction() as session:
            await trail(bank).record(session, entry(2))
            raise RuntimeError
    await write(bank, entry(3))
    after = await proof(bank)
    assert isinstance(rows, int)
    assert (after["whole"], after["rows"]) == (True, rows + 1)


_CHANGED = "UPDATE accounts_audit SET $change WHERE chain = $chain AND seq = 2"
_GONE = "DELETE FROM accounts_audit WHERE chain = $chain AND seq = "
TAMPERING: list[tuple[int, str, list[str]]] = [
    *(
        (2, "changed", [_CHANGED.replace("$change", change)])
        for change in (
            "details = '{}'", "actor = 'staff:sam'", "action = 'nothing.done'", "subject = 'X-9'", "channel = 'web'",
            "customer_id = NULL", "request_id = 'r'", "hash = 'a'", "at = '2026-03-10 09:30:00.000001+00:00'",
        )
    ),
    *((seq, "missing", [f"{_GONE}{seq}"]) for seq in (1, 2, 3)),
    (1, "missing", ["DELETE FROM accounts_audit WHERE chain = $chain"]),
    (2, "changed", [  # two rows that have changed places
        "UPDATE accounts_audit SET seq = 9 WHERE chain = $chain AND seq = 3",
        "UPDATE accounts_audit SET seq = 3 WHERE chain = $chain AND seq = 2",
        "UPDATE accounts_audit SET seq = 2 WHERE chain = $chain AND seq = 9",
    ]),
    (2, "unsealed", [  # cut off at the end, and the head put back without its key
        f"{_GONE}3",
        "UPDATE accounts_audit_head SET seq = 2, hash = (SELECT hash FROM accounts_audit WHERE chain = $chain "
        "AND seq = 2) WHERE chain = $chain",
    ]),
    (3, "unsealed", ["DELETE FROM accounts_audit_head WHERE chain = $chain"]),
    (3, "unsealed", ["UPDATE accounts_audit_head SET seal = hash WHERE chain = $chain"]),
    (4, "changed", [
        "INSERT INTO accounts_audit (chain, seq, at, actor, action, subject, details, hash) SELECT chain, 4, at, "
        "actor, action, subject, details, hash FROM accounts_audit WHERE chain = $chain AND seq = 3",
    ]),
]  # fmt: skip


async def test_tampering_shows_in_the_chain_it_was_done_to(database_url: str, data_dir: Path) -> None:
    async with open_bank(database_url, data_dir, demo_bank=False) as bank:
        numbered = (f"C-2222222{number}" for number in range(100, 999))
        customers = {chain_of(entry(0, customer)): customer for customer in numbered}
        assert len(customers) == CHAINS
        for number in range(3):
            await write(bank, *(entry(number, customer) for customer in customers.values()))
        whole = await proof(bank)
        assert (whole["whole"], whole["rows"]) == (True, 3 * CHAINS)
        for chain, (_, _, statements) in enumerate(TAMPERING):
            tampered(database_url, *(statement.replace("$chain", str(chain)) for statement in statements))
        found = await proof(bank)
    assert found["whole"] is False
    assert found["broken"] == [
        {"chain": chain, "seq": seq, "problem": problem} for chain, (seq, problem, _) in enumerate(TAMPERING)
    ]


async def test_rows_beyond_the_sealed_end_show(database_url: str, data_dir: Path) -> None:
    """A row that fits the chain, as whoever knows how it is hashed could write it; the seal gives it away."""
    async with open_bank(database_url, data_dir, demo_bank=False) as bank:
        await write(bank, entry(1))
        (chain,) = {int(str(item["audit_id"]).split(".")[0]) for item in await bank.audit(CUSTOMER)}
        head = "FROM accounts_audit_head WHERE chain = $chain".replace("$chain", str(chain))
        async with bank.database.reading() as session:
            seq, row_hash, seal = (await session.execute(text("SELECT seq, hash, seal " + head))).one()
        await write(bank, entry(2))
        back = f"UPDATE accounts_audit_head SET seq = {seq}, hash = '{row_hash}', seal = '{seal}'"  # noqa: S608  from no input
        tampered(database_url, f"{back} WHERE chain = {chain}")
        assert (await proof(bank))["broken"] == [{"chain": chain, "seq": 2, "problem": "beyond_the_end"}]


async def test_nothing_is_written_after_a_head_that_is_not_ours(database_url: str, data_dir: Path) -> None:
    async with open_bank(database_url, data_dir) as bank:
        await write(bank, entry(1))
        with pytest.raises(AuditTrailBroken):
            await write(bank, entry(2), key="another key of thirty-two letters")
        tampered(database_url, "DELETE FROM accounts_audit_head")
        with pytest.raises(AuditTrailBroken):
            await write(bank, entry(3))
        answer = await bank.http.post("/verifications", json={"phone": MAYA, "pin": MAYAS_PIN, "session": "s"})
        assert answer.status_code == 500
        assert "chain" not in answer.text


async def test_anchor_shows_a_trail_that_was_put_back(tmp_path: Path, data_dir: Path) -> None:
    """An earlier state of the whole database is consistent in itself: only what was noted elsewhere gives it away."""
    file, copy = tmp_path / "accounts.sqlite", tmp_path / "copy.sqlite"
    url = f"sqlite+aiosqlite:///{file}"
    async with open_bank(url, data_dir) as bank:
        await write(bank, entry(1))
        earlier = str((await proof(bank))["anchor"])
    copy.write_bytes(file.read_bytes())
    async with open_bank(url, data_dir) as bank:
        await write(bank, entry(2))
        later = str((await proof(bank, earlier))["anchor"])
        assert later != earlier
    file.write_bytes(copy.read_bytes())
    async with open_bank(url, data_dir) as bank:
        assert (await proof(bank))["whole"]
        assert (await proof(bank, earlier))["whole"]
        found = await proof(bank, later)
        assert found["whole"] is False
        assert [(item["problem"], item["seq"]) for item in found["broken"]] == [("not_as_anchored", 2)]  # type: ignore[attr-defined]
