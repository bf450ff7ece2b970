import re
from collections.abc import Iterator

import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from openapi_spec_validator import validate

from services.gateway.main import create_app
from services.gateway.routes import (
    bulk,
    callers,
    categories,
    channels,
    chat,
    conversations,
    corrections,
    customers,
    deliveries,
    erasures,
    explanations,
    exports,
    faq,
    handoffs,
    interactions,
    ledger,
    plans,
    slack,
    twilio,
    twilio_voice,
    users,
    webhooks,
)
from services.gateway.routes.pages import documentation_router, pages_router
from services.gateway.settings import GatewaySettings
from tests.gateway.conftest import gateway

PUBLIC = {
    ("POST", "/api/v1/chat/sessions"),
    ("POST", "/api/v1/auth/login"),
    ("GET", "/api/v1/auth/way"),
    ("POST", "/api/v1/auth/code"),
    ("POST", "/webhooks/lex"),  # proved by a signature over the body
    ("POST", "/webhooks/slack/events"),  # proved by Slack's signature
    ("POST", "/webhooks/slack/interactivity"),
    ("GET", "/slack/install"),
    ("GET", "/slack/oauth_redirect"),  # proved by a state that belongs to the browser's cookie
    ("POST", "/webhooks/twilio/sms"),  # proved by Twilio's signature
    ("POST", "/webhooks/twilio/status"),
    ("POST", "/webhooks/twilio/voice"),
    ("POST", "/webhooks/twilio/voice/turn"),
    ("POST", "/webhooks/twilio/voice/dialled"),
    ("POST", "/webhooks/twilio/voice/status"),
    ("POST", "/webhooks/twilio/voice/recording"),
}
PAGES = {
    "/openapi.json",
    "/docs",
    "/docs/start.js",
    "/",
    "/dashboard",
    "/dashboard/{rest:path}",
    "/{path:path}",
}
ROUTERS = [chat.turns] + [
    module.router
    for module in (
        chat,
        channels,
        conversations,
        handoffs,
        users,
        interactions,
        ledger,
        bulk,
        erasures,
        corrections,
        exports,
        explanations,
        categories,
        faq,
        customers,
        plans,
        webhooks,
        slack,
        twilio,
        twilio_voice,
        deliveries,
    )
]


def routes(router: APIRouter) -> Iterator[tuple[str, APIRoute]]:
    for route in router.routes:
        assert isinstance(route, APIRoute)
        for method in route.methods:
            yield method, route


def calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from calls(inner)


def test_every_route_has_a_caller_or_is_listed_public() -> None:
    proofs = {callers.chat_caller, callers.staff_caller}
    open_routes = {
        (method, route.path)
        for router in ROUTERS
        for method, route in routes(router)
        if not proofs & set(calls(route.dependant))
    }
    assert open_routes == PUBLIC


def test_pages_are_all_that_is_served_besides(settings: GatewaySettings) -> None:
    pages = [*routes(documentation_router(settings.web_root)), *routes(pages_router(settings.web_root))]
    assert {(method, route.path) for method, route in pages} == {("GET", path) for path in PAGES}
    assert not any(route.include_in_schema for _, route in pages)


async def test_document_is_valid_and_whole(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        document = (await client.get("/openapi.json")).json()
    validate(document)
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(method, route.path) for router in ROUTERS for method, route in routes(router)}
    assert set(document["components"]["securitySchemes"]) == {"chatToken", "staffToken"}
    assert [tag["name"] for tag in document["tags"]][:2] == ["chat", "sign-in"]
    assert "HTTPValidationError" not in str(document)
    assert document["info"]["title"] == "OmniLex"


async def test_every_operation_says_how_it_fails_and_who_may_call(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        document = (await client.get("/openapi.json")).json()
    tags = {tag["name"] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            failures = [answer for status, answer in operation["responses"].items() if status >= "400"]
            assert failures, path
            assert all(list(answer["content"]) == ["application/problem+json"] for answer in failures), path
            assert operation["summary"], path
            assert set(operation["tags"]) <= tags
            assert ("security" in operation) is ((method.upper(), path) not in PUBLIC), path


async def test_upload_is_described_as_a_form(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        document = (await client.get("/openapi.json")).json()
    form = document["paths"]["/api/v1/interactions"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"]["file"]["items"] == {"type": "string", "format": "binary"}
    assert form["properties"]["metadata"]["contentSchema"]["properties"]["agent"]


def test_operations_have_names_of_their_own(settings: GatewaySettings) -> None:
    document = create_app(settings).openapi()
    names = re.findall(r"'operationId': '(\w+)'", str(document))
    assert len(names) == len(set(names)) > 10


@pytest.mark.parametrize("path", ["/docs/oauth2-redirect", "/redoc"])
async def test_no_page_needs_the_internet(settings: GatewaySettings, path: str) -> None:
    async with gateway(settings) as client:
        assert "cdn" not in (await client.get("/docs")).text
        assert (await client.get(path)).status_code == 404
