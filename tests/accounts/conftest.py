from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.accounts.demo_people import DemoCustomer, demo_customers
from tests.accounts.bank import MAYA, MAYAS_PIN, THEO, THEOS_PIN, Bank, open_bank


@pytest.fixture
async def bank(database_url: str, data_dir: Path) -> AsyncIterator[Bank]:
    async with open_bank(database_url, data_dir) as bank:
        yield bank


@pytest.fixture
async def hasty(database_url: str, data_dir: Path) -> AsyncIterator[Bank]:
    """A bank where nobody has to wait between two tries."""
    async with open_bank(database_url, data_dir, pin_delay_seconds=()) as bank:
        yield bank


@pytest.fixture
async def maya(bank: Bank) -> str:
    customer_id = (await bank.verify(MAYA, MAYAS_PIN)).customer_id
    assert customer_id is not None
    bank.pins.checked = 0
    return customer_id


@pytest.fixture
async def theo(bank: Bank) -> str:
    customer_id = (await bank.verify(THEO, THEOS_PIN)).customer_id
    assert customer_id is not None
    return customer_id


@pytest.fixture(scope="session")
def people() -> list[DemoCustomer]:
    return demo_customers()
