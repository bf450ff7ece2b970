from pathlib import Path

import pytest
from pydantic import ValidationError

from services.gateway.settings import GatewaySettings
from shared.settings import DEVELOPMENT_SECRET
from tests.gateway.conftest import gateway

FILES = {
    "index.html": "the bank",
    "favicon.svg": "<svg/>",
    "dashboard/index.html": "the dashboard",
    "assets/home-1a2b3c.js": "home()",
    "swagger/swagger-ui.css": "css",
    "swagger/swagger-ui-bundle.js": "js",
}


@pytest.fixture
def built(settings: GatewaySettings) -> GatewaySettings:
    for name, content in FILES.items():
        file = settings.web_root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return settings


@pytest.mark.parametrize(
    ("path", "content", "caching"),
    [
        ("/", "the bank", "no-cache"),
        ("/index.html", "the bank", "no-cache"),
        ("/dashboard", "the dashboard", "no-cache"),
        ("/dashboard/", "the dashboard", "no-cache"),
        ("/dashboard/interactions/4711", "the dashboard", "no-cache"),
        ("/assets/home-1a2b3c.js", "home()", "public, max-age=31536000, immutable"),
        ("/favicon.svg", "<svg/>", "public, max-age=3600"),
        ("/swagger/swagger-ui.css", "css", "public, max-age=3600"),
    ],
)
async def test_pages_are_served(built: GatewaySettings, path: str, content: str, caching: str) -> None:
    async with gateway(built) as client:
        answer = await client.get(path)
        assert (answer.status_code, answer.text) == (200, content)
        assert answer.headers["cache-control"] == caching
        again = await client.get(path, headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/nothing.js", "/assets", "/assets/nothing.js", "/api/v1/nothing", "/..%2f..%2fsecret", "/%2e%2e/secret"]
)
async def test_unknown_path_is_404(built: GatewaySettings, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("secret")
    async with gateway(built) as client:
        answer = await client.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_page_says_how_to_build_the_pages(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        for path in ("/", "/dashboard", "/dashboard/interactions/1"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert "make build" in answer.text


async def test_documentation_page_uses_built_files_or_lists_plainly(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        plain = (await client.get("/docs")).text
        assert "<td>/api/v1/chat/messages</td>" in plain
        for name, content in FILES.items():
            (settings.web_root / name).parent.mkdir(parents=True, exist_ok=True)
            (settings.web_root / name).write_text(content)
        answer = await client.get("/docs")
        assert '<script src="/swagger/swagger-ui-bundle.js">' in answer.text
        assert "style-src 'self' 'unsafe-inline'" in answer.headers["content-security-policy"]
        assert "unsafe-inline" not in answer.headers["content-security-policy"].replace("'self' 'unsafe-inline'", "")
        start = await client.get("/docs/start.js")
        assert start.headers["content-type"].startswith("text/javascript")
        assert "/openapi.json" in start.text


@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/auth/me", "/assets/home-1a2b3c.js", "/nothing"])
async def test_security_headers_are_on_everything(built: GatewaySettings, path: str) -> None:
    async with gateway(built) as client:
        headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "style-src 'self';", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in headers
    assert "access-control-allow-origin" not in headers


async def test_other_sites_may_call_only_when_allowed(settings: GatewaySettings) -> None:
    asked = {"origin": "https://bank.example", "access-control-request-method": "POST"}
    async with gateway(settings) as client:
        refused = await client.options("/api/v1/chat/sessions", headers=asked)
        assert "access-control-allow-origin" not in refused.headers
    values = settings.model_dump() | {"allowed_origins": "https://bank.example | https://www.bank.example"}
    async with gateway(GatewaySettings.model_validate(values)) as client:
        allowed = await client.options("/api/v1/chat/sessions", headers=asked)
        assert allowed.headers["access-control-allow-origin"] == "https://bank.example"
        other = await client.post("/api/v1/chat/sessions", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


async def test_body_beyond_a_mebibyte_is_refused(settings: GatewaySettings) -> None:
    async with gateway(settings) as client:
        body = {"username": "root", "password": "x" * 1_100_000}
        assert (await client.post("/api/v1/auth/login", json=body)).status_code == 413


def test_production_refuses_what_is_embedded_or_secret_to_nobody() -> None:
    with pytest.raises(ValidationError) as refused:
        GatewaySettings(environment="production")
    for name in ("LEX_RUNTIME", "GATEWAY_DATABASE_URL", "CHAT_TOKEN_SECRET", "STAFF_TOKEN_SECRET", "CODE_HOOK_SECRET"):
        assert f"OMNILEX_{name}" in str(refused.value)
    assert DEVELOPMENT_SECRET not in str(refused.value)
