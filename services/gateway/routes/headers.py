"""Security headers on every answer."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SELF_ONLY = (
    "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_PAGES_POLICY = _SELF_ONLY.format(style="'self'")
_DOCS_POLICY = _SELF_ONLY.format(style="'self' 'unsafe-inline'")  # Swagger's page sets styles on elements
_A_YEAR = "max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """`https_only` tells browsers to keep to TLS; `embeddable` lets pages of other sites load our files."""

    def __init__(self, app: ASGIApp, *, https_only: bool, embeddable: bool) -> None:
        self._app = app
        always = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "cross-origin" if embeddable else "same-origin",
        }
        if https_only:
            always["Strict-Transport-Security"] = _A_YEAR
        self._always = [(name.lower().encode(), value.encode()) for name, value in always.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.raw.extend(self._always)
                headers["Content-Security-Policy"] = _DOCS_POLICY if path == "/docs" else _PAGES_POLICY
                if path.startswith(("/api/", "/webhooks/")):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)
