from datetime import UTC, datetime

import pytest

from services.accounts import ledger
from services.accounts.money import in_words
from shared.schemas.base import Money
from tests.accounts.bank import Bank, on_sqlite


@pytest.mark.parametrize("amounts", [{}, {"a": 5}, {"a": 5, "b": -4}, {"a": 0, "b": 0}])
@on_sqlite
async def test_transfer_that_does_not_balance_is_refused(bank: Bank, amounts: dict[str, int]) -> None:
    before = await bank.entries()
    async with bank.database.transaction() as session:
        with pytest.raises(ValueError, match="sum to zero"):
            await ledger.post(session, "test", datetime(2026, 1, 1, tzinfo=UTC), amounts)
    assert await bank.entries() == before


@pytest.mark.parametrize(
    ("cents", "currency", "words"),
    [(123456, "USD", "$1,234.56"), (5, "USD", "$0.05"), (-150, "USD", "-$1.50"), (100, "EUR", "1.00 EUR")],
)
def test_amount_in_words(cents: int, currency: str, words: str) -> None:
    assert in_words(Money(minor_units=cents, currency=currency)) == words
