"""A database of the version before plans, with an application in it, brought up and back."""

from sqlalchemy import bindparam, text

from services.accounts.offers import shown_plan
from services.accounts.store import all_plans
from shared.db import Database, UtcDateTime
from tests.accounts.test_identity_migration import all_of, shape
from tests.accounts.test_ledger import NOON, migrated

NEW_TABLES = {"accounts_plan", "accounts_chosen_plan", "accounts_loan", "accounts_import"}


async def test_applications_stay_and_plans_come(database_url: str) -> None:
    database = Database(database_url)
    await migrated(database, "0003")
    before = await shape(database)
    customer = (
        "INSERT INTO accounts_customer "
        "(id, customer_number, first_name, last_name, phone, locale, pin_hash, created_at) "
        "VALUES ('C-1', '12345678', 'A', 'B', '+15555550100', 'en_US', 'x', :at)"
    )
    application = (
        "INSERT INTO accounts_application (id, customer_id, plan_id, plan_name, status, deposit_minor_units, "
        "deposit_currency, applied_at) "
        "VALUES ('A-1', 'C-1', 'goal-savings', 'Goal Savings', 'pending', 2500, 'USD', :at)"
    )
    async with database.transaction() as session:
        for statement in (customer, application):
            await session.execute(text(statement).bindparams(bindparam("at", NOON, type_=UtcDateTime)))
    for _ in range(2):
        await migrated(database, "0004")
        rows = await all_of(database, "SELECT id, status, deposit_minor_units, reason FROM accounts_application")
        assert rows == [("A-1", "pending", 2500, None)]
        plans = [shown_plan(row) for row in await database.read(lambda session: all_plans(session, active_only=True))]
        assert len(plans) == 13
        assert set(await shape(database)) - set(before) == NEW_TABLES
        await migrated(database, "0003", down=True)
        assert await shape(database) == before
        assert await all_of(database, "SELECT id, plan_name FROM accounts_application") == [("A-1", "Goal Savings")]
    await database.close()
