"""The omni-lex sample's tables as Amazon DynamoDB keeps them, read through the API."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import aioboto3
import pytest

from services.cli.accounts import from_dynamodb
from services.cli.connection import CommandFailed
from services.cli.dynamodb import read_tables
from services.cli.omni_lex_tables import mapped
from shared.errors import Unavailable, UpstreamFailed
from tests.aws_models import strict_session

REGION = "us-west-2"
BY_NAME = [{"AttributeName": "userName", "KeyType": "HASH"}, {"AttributeName": "planName", "KeyType": "RANGE"}]
PHONE_INDEX = {
    "IndexName": "phoneindex",
    "KeySchema": [{"AttributeName": "phone", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


pytestmark = pytest.mark.usefixtures("aws_environment")


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(aioboto3.Session().client("dynamodb", region_name=REGION))


async def make_table(client: Any, name: str, keys: list[dict[str, str]], **more: object) -> None:  # noqa: ANN401
    names = {key["AttributeName"] for key in keys} | ({"phone"} if more else set())
    await client.create_table(
        TableName=name,
        KeySchema=keys,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in sorted(names)],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


async def sample(client: Any, prefix: str) -> None:  # noqa: ANN401  the client of a service has no type here
    """The three tables as the sample's template makes them, with what its bot keeps there."""
    users, existing, pending = (f"{prefix}-{name}" for name in ("Users", "UserExistingAccounts", "UserPendingAccounts"))
    key = [{"AttributeName": "userId", "KeyType": "HASH"}]
    await make_table(client, users, key, GlobalSecondaryIndexes=[PHONE_INDEX])
    await make_table(client, existing, BY_NAME)
    await make_table(client, pending, BY_NAME)
    user = {"userId": "u-1", "phone": "+15555550190", "firstName": "Ana", "lastName": "Ruiz", "pin": "7305"}
    await client.put_item(TableName=users, Item={name: {"S": value} for name, value in user.items()})
    account = {
        "userName": {"S": "Ana Ruiz"},
        "planName": {"S": "Checking"},
        "balance": {"N": "1250.75"},
        "pendingPayment": {"BOOL": True},
        "history": {"L": [{"M": {"of": {"S": "May"}}}, {"NULL": True}, {"NS": ["1", "2"]}]},
    }
    await client.put_item(TableName=existing, Item=account)
    application = {"userId": "u-1", "userName": "Ana Ruiz", "planName": "Loan", "startDate": "2021-12-01"}
    await client.put_item(TableName=pending, Item={name: {"S": value} for name, value in application.items()})


async def test_the_samples_tables_become_customers(client: Any) -> None:  # noqa: ANN401
    await sample(client, "omni-lex")
    tables = await from_dynamodb(REGION, "omni-lex")
    assert tables.missing == ()
    found = mapped(tables.items["Users"], tables.items["UserPendingAccounts"], tables.items["UserExistingAccounts"])
    [customer] = found.customers
    assert (customer.first_name, customer.phone, customer.pin.get_secret_value()) == ("Ana", "+15555550190", "7305")
    assert [(account.kind, account.balance) for account in customer.accounts] == [("checking", 1_250_75)]
    assert [application.kind for application in customer.applications] == ["mortgage"]
    assert not found.skipped


async def test_requests_fit_the_services_model(client: Any) -> None:  # noqa: ANN401
    await sample(client, "strict")
    found = await read_tables(REGION, ["strict-UserExistingAccounts"], strict_session())
    [item] = found["strict-UserExistingAccounts"] or []
    assert item["balance"] == Decimal("1250.75")
    assert item["pendingPayment"] is True
    assert item["history"] == [{"of": "May"}, None, ["1", "2"]]


async def test_long_tables_are_read_page_by_page(client: Any) -> None:  # noqa: ANN401
    await make_table(client, "long-Users", [{"AttributeName": "userId", "KeyType": "HASH"}])
    padding = {"S": "x" * 100_000}  # a page ends at one megabyte
    for number in range(25):
        await client.put_item(TableName="long-Users", Item={"userId": {"S": str(number)}, "padding": padding})
    found = await read_tables(REGION, ["long-Users"], strict_session())
    assert {item["userId"] for item in found["long-Users"] or []} == {str(number) for number in range(25)}


async def test_tables_that_are_not_there(client: Any) -> None:  # noqa: ANN401
    await make_table(client, "bare-Users", [{"AttributeName": "userId", "KeyType": "HASH"}])
    tables = await from_dynamodb(REGION, "bare")
    assert tables.missing == ("UserPendingAccounts", "UserExistingAccounts")
    with pytest.raises(CommandFailed, match="no table nothing-Users in us-west-2"):
        await from_dynamodb(REGION, "nothing")


async def test_a_service_that_does_not_answer_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        await read_tables(REGION, ["omni-lex-Users"])
    with pytest.raises(CommandFailed, match="Amazon DynamoDB does not answer"):
        await from_dynamodb(REGION, "omni-lex")


async def test_a_bad_name_is_a_sentence() -> None:
    with pytest.raises(UpstreamFailed):
        await read_tables(REGION, [""])
    with pytest.raises(CommandFailed, match=r"Amazon DynamoDB cannot be asked\. \(region not a region\)"):
        await from_dynamodb("not a region", "omni-lex")


async def test_the_strict_check_sees_what_the_client_lets_through() -> None:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(strict_session().client("dynamodb", region_name=REGION))
        with pytest.raises(AssertionError, match="ReturnConsumedCapacity"):
            await client.scan(TableName="t", ReturnConsumedCapacity="SOME")
