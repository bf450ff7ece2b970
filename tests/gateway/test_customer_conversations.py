"""One line of a customer's conversations: what was said while verified, and what led there, never another's."""

import httpx

from services.gateway.settings import GatewaySettings
from tests.conftest import served
from tests.gateway.conftest import FakeLex, Turn, gateway, gateway_app, says, signed_in, with_roles
from tests.gateway.test_chat import opened, said

MAYA, THEO = "C-7KQ2M9XWPA", "C-3FH8N5RTYB"


def verified(customer_id: str, text: str = "Here you are.") -> Turn:
    return says(text, attributes={"identityToken": "proof", "omnilex:customer": customer_id})


async def line(
    client: httpx.AsyncClient, headers: dict[str, str], customer_id: str = MAYA, **query: str
) -> list[object]:
    path = f"/api/v1/customers/{customer_id}/conversations"
    answer = await client.get(path, headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def texts(item: object) -> list[str]:
    assert isinstance(item, dict)
    return [turn["text"] for turn in item["turns"]]


async def test_what_led_to_the_verification_belongs_to_the_customer(
    settings: GatewaySettings, lex: FakeLex, database_url: str
) -> None:
    stored = settings.model_copy(update={"gateway_database_url": database_url, "chat_greeting": "Welcome."})
    async with gateway(stored, lex=lex) as client:
        agent = await with_roles(client, "agent")
        token = await opened(client)
        await said(client, token, "when are you open")
        assert await line(client, agent) == []
        lex.turn = verified(MAYA)
        await said(client, token, "2468")
        await said(client, token, "what is my balance")
        (found,) = await line(client, agent)
        assert texts(found) == [
            "Welcome.",
            "when are you open",
            "Hello.",
            "••••",
            "Here you are.",
            "what is my balance",
            "Here you are.",
        ]
        lex.turn = says("Who are you?")  # the verification is over
        await said(client, token, "what is my rate")
        (found,) = await line(client, agent)
        assert len(texts(found)) == 7


async def test_two_customers_of_one_conversation_are_kept_apart(settings: GatewaySettings, lex: FakeLex) -> None:
    async with gateway(settings, lex=lex) as client:
        agent = await with_roles(client, "agent")
        token = await opened(client)
        for customer, text in ((MAYA, "I am Maya"), (THEO, "now I am Theo"), (THEO, "more of Theo")):
            lex.turn = verified(customer, f"re: {text}")
            await said(client, token, text)
        (mayas,), (theos,) = await line(client, agent), await line(client, agent, THEO)
        assert texts(mayas)[1:] == ["I am Maya", "re: I am Maya"]
        assert texts(theos) == ["now I am Theo", "re: now I am Theo", "more of Theo", "re: more of Theo"]


async def test_claim_of_a_customer_who_is_not_verified_counts_for_nothing(
    settings: GatewaySettings, lex: FakeLex
) -> None:
    lex.turn = says("Hello.", attributes={"omnilex:customer": MAYA})
    async with gateway(settings, lex=lex) as client:
        await said(client, await opened(client), "I am Maya")
        assert await line(client, await signed_in(client)) == []


async def test_pages_newest_first(settings: GatewaySettings, lex: FakeLex, database_url: str) -> None:
    lex.turn = verified(MAYA)
    stored = settings.model_copy(update={"gateway_database_url": database_url})
    async with gateway_app(stored, lex=lex) as app, served(app) as client:
        agent = await with_roles(client, "agent")
        tokens = [await opened(client) for _ in range(5)]
        for number in (3, 1, 4, 0, 2, 3):
            await said(client, tokens[number], f"chat {number}")
        path, query, seen = f"/api/v1/customers/{MAYA}/conversations", {"limit": "2"}, []
        while True:
            page = (await client.get(path, headers=agent, params=query)).json()
            seen += [texts(item)[-2] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert seen == ["chat 3", "chat 2", "chat 0", "chat 4", "chat 1"]
        assert (await client.get(path, headers=agent, params={"cursor": "rubbish"})).status_code == 422


async def test_only_staff_who_talk_with_customers_may_read(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        path = f"/api/v1/customers/{MAYA}/conversations"
        analyst = await with_roles(client, "analyst")
        assert (await client.get(path, headers=analyst)).status_code == 403
        assert (await client.get(path)).status_code == 401
        assert (await client.get(path, headers=await opened(client))).status_code == 401
        bad = await client.get("/api/v1/customers/nobody/conversations", headers=await signed_in(client))
        assert bad.status_code == 422
