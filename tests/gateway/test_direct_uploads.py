"""Uploads to the object store directly, as far as the gateway goes: who may, what is passed on, what is refused."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.gateway.settings import GatewaySettings
from shared.callers import InternalTokens
from shared.settings import DEVELOPMENT_SECRET
from tests.gateway.conftest import gateway, signed_in, with_roles

OFFER, ARRIVED = "/api/v1/interactions/presigned", "/api/v1/interactions/presigned/arrived"
ASKED = {"name": "a b.wav", "size": 5, "metadata": {"agent": "Kim", "channel": "call"}}
FORM = {"key": "originalAudio/a b.wav", "url": "https://s3/bucket", "fields": {"policy": "x"}}


class Media:
    """Answers as it is told and keeps what it was asked."""

    def __init__(self, status: int = 201) -> None:
        self.status = status
        self.asked: list[tuple[str, dict[str, object], str]] = []
        self.app = Starlette(
            routes=[
                Route(path, self._answer, methods=["POST"])
                for path in ("/objects/presigned", "/objects/presigned/arrived")
            ]
        )

    async def _answer(self, request: Request) -> Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        caller = InternalTokens(DEVELOPMENT_SECRET).verify(token, "media")
        self.asked.append((request.url.path, await request.json(), caller.kind))
        if self.status == 409:
            problem = {"type": "https://omnilex.dev/problems/conflict", "title": "In conflict", "status": 409}
            return JSONResponse(problem, 409, media_type="application/problem+json")
        return JSONResponse(FORM, self.status)


async def test_offer_and_arrival_are_passed_on_for_the_person_who_asks(settings: GatewaySettings) -> None:
    media = Media()
    async with gateway(settings, behind={settings.media_url: media.app}) as client:
        headers = await with_roles(client, "analyst")
        offered = await client.post(OFFER, json=ASKED, headers=headers)
        assert (offered.status_code, offered.json()) == (201, FORM)
        await client.post(ARRIVED, json={"key": FORM["key"]}, headers=headers)
    [(path, asked, kind), (arrived_path, arrived, _)] = media.asked
    assert (path, kind) == ("/objects/presigned", "staff")
    assert (asked["name"], asked["size"]) == ("a b.wav", 5)
    assert isinstance(asked["metadata"], dict)
    assert asked["metadata"]["agent"] == "Kim"
    assert (arrived_path, arrived) == ("/objects/presigned/arrived", {"key": FORM["key"]})


async def test_store_that_takes_no_direct_uploads_is_told_of(settings: GatewaySettings) -> None:
    async with gateway(settings, behind={settings.media_url: Media(409).app}) as client:
        answer = await client.post(OFFER, json=ASKED, headers=await signed_in(client))
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")


@pytest.mark.parametrize("path", [OFFER, ARRIVED])
async def test_nobody_but_uploaders_gets_through(settings: GatewaySettings, path: str) -> None:
    media = Media()
    async with gateway(settings, behind={settings.media_url: media.app}) as client:
        body = ASKED | {"key": "originalAudio/a.wav"}
        assert (await client.post(path, json=body)).status_code == 401
        assert (await client.post(path, json=body, headers=await with_roles(client, "agent"))).status_code == 403
    assert media.asked == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"name": "a.wav"}, 422),
        ({"name": "", "size": 1}, 422),
        ({"name": "a.wav", "size": -1}, 422),
        ({"name": "a.wav", "size": 1, "metadata": {"language": "german"}}, 422),
        ({"name": "x" * 2 * 1024 * 1024, "size": 1}, 413),
    ],
)
async def test_bad_offer_is_refused_here(settings: GatewaySettings, body: dict[str, object], status: int) -> None:
    media = Media()
    async with gateway(settings, behind={settings.media_url: media.app}) as client:
        answer: httpx.Response = await client.post(OFFER, json=body, headers=await signed_in(client))
        assert answer.status_code == status
    assert media.asked == []
