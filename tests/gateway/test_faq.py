"""The FAQ through the public door: who may change it, and that files and tags pass."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.settings import GatewaySettings
from shared.callers import Caller
from tests.gateway.conftest import gateway, with_roles
from tests.gateway.test_relays import Behind, answers

FAQ = "/api/v1/faq"
QUESTION = "0" * 32
CHANGES = [
    ("POST", FAQ, "/faq"),
    ("POST", f"{FAQ}/versions/2/activate", "/faq/versions/2/activate"),
    ("POST", f"{FAQ}/unanswered/{QUESTION}/done", f"/faq/unanswered/{QUESTION}/done"),
    ("POST", f"{FAQ}/unanswered/{QUESTION}/reopen", f"/faq/unanswered/{QUESTION}/reopen"),
]


@pytest.mark.parametrize(("method", "path", "arrives"), CHANGES)
async def test_only_supervisors_and_admins_change_it(
    settings: GatewaySettings, method: str, path: str, arrives: str
) -> None:
    behind = Behind(answers({"number": 2}))
    async with gateway(settings, behind={settings.bot_url: behind.app}) as client:
        assert (await client.request(method, path)).status_code == 401
        for role in ("agent", "analyst"):
            assert (await client.request(method, path, headers=await with_roles(client, role))).status_code == 403
        assert behind.requests == []
        answer = await client.request(method, path, headers=await with_roles(client, "supervisor"))
        assert answer.status_code == 200
        assert behind.requests[-1].url.path == arrives
        assert behind.caller("bot") == Caller("staff", "supervisor", frozenset({"supervisor"}))


async def test_unanswered_questions_are_not_for_agents(settings: GatewaySettings) -> None:
    behind = Behind(answers({"items": []}))
    async with gateway(settings, behind={settings.bot_url: behind.app}) as client:
        assert (await client.get(f"{FAQ}/unanswered", headers=await with_roles(client, "agent"))).status_code == 403
        answer = await client.get(f"{FAQ}/unanswered?sort=recent", headers=await with_roles(client, "analyst"))
        assert answer.status_code == 200
        assert behind.requests[-1].url.query == "sort=recent"


async def test_file_goes_through_as_it_is(settings: GatewaySettings) -> None:
    behind = Behind(answers({"version": None}, 201))
    content = "_question,_answer\n¿Qué?,Eso.\n".encode() * 60_000
    async with gateway(settings, behind={settings.bot_url: behind.app}) as client:
        theirs = await with_roles(client, "supervisor") | {"content-type": "text/csv", "if-match": '"7"'}
        done = await client.post(f"{FAQ}?mode=merge&dry_run=true&note=new", content=content, headers=theirs)
        assert done.status_code == 201
        assert bytes(behind.received) == content
        request = behind.requests[-1]
        assert (request.headers["content-type"], request.headers["if-match"]) == ("text/csv", '"7"')
        assert request.url.query == "mode=merge&note=new&dry_run=True"
        assert (await client.post(FAQ, content=content * 5, headers=theirs)).status_code == 413


async def test_export_comes_back_with_its_name_and_tag(settings: GatewaySettings) -> None:
    headers = {"etag": '"7"', "content-disposition": 'attachment; filename="omni-lex-faq.v7.csv"'}

    async def file(request: Request) -> Response:
        return Response("file", headers=headers)

    behind = Behind(file)
    async with gateway(settings, behind={settings.bot_url: behind.app}) as client:
        export = await client.get(f"{FAQ}/export", headers=await with_roles(client, "agent"))
        assert {name: export.headers[name] for name in headers} == headers
