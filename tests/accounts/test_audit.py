import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.accounts.audit import AuditEntry, AuditTrail
from tests.accounts.bank import Bank


def trail(bank: Bank, key: str = "k" * 32) -> AuditTrail:
    return AuditTrail(key, bank.clock)


def entry(number: int, customer_id: str = "C-2222222222") -> AuditEntry:
    return AuditEntry(
        actor="staff:pat", action="thing.done", subject=f"X-{number}", customer_id=customer_id, details={"n": number}
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_audit SET details = '{}'",
        "DELETE FROM accounts_audit",
        "DELETE FROM accounts_audit_head",
        "UPDATE accounts_audit_head SET seq = seq - 1",
    ],
)
async def test_database_refuses_to_change_the_trail(bank: Bank, statement: str) -> None:
    async with bank.database.transaction() as session:
        await trail(bank).record(session, entry(1))
    with pytest.raises(DBAPIError, match="audit trail"):
        async with bank.database.transaction() as session:
            await session.execute(text(statement))


@pytest.mark.parametrize("details", [{"new_pin": "x"}, {"note": "x" * 201}])
def test_secret_and_long_text_have_no_place(details: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="audit trail"):
        AuditEntry(actor="staff:pat", action="a.b", subject="s", customer_id=None, details=details)
