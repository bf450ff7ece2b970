"""Reads whole DynamoDB tables, with the credentials and endpoint of the environment."""

from contextlib import AsyncExitStack

import aioboto3

from services.cli.dynamodb_items import Item, plain_item
from shared.aws import AWS_CONFIG, aws_session, translated_errors
from shared.errors import NotFound


async def read_tables(
    region: str, names: list[str], session: aioboto3.Session | None = None
) -> dict[str, list[Item] | None]:
    """The items of each table, read consistently, page by page; None for a table that does not exist.

    Raises Forbidden, TooManyRequests, Unavailable, UpstreamTimeout or UpstreamFailed.
    """
    async with AsyncExitStack() as stack:
        with translated_errors("Amazon DynamoDB"):
            opened = (session or aws_session()).client("dynamodb", region_name=region, config=AWS_CONFIG)
            client = await stack.enter_async_context(opened)
        found: dict[str, list[Item] | None] = {}
        for name in names:
            items: list[Item] = []
            try:
                with translated_errors("Amazon DynamoDB"):
                    async for page in client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
                        items += [plain_item(item) for item in page["Items"]]
                found[name] = items
            except NotFound:
                found[name] = None
        return found
