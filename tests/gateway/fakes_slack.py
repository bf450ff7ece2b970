"""A Slack that keeps Slack's own rules: who may call, how a body is sent, what a block may hold, how fast one may post.

Sources: Slack's reference of `chat.postMessage`, `chat.update`, `conversations.history`, `conversations.replies`,
`views.open`, `views.publish`, `oauth.v2.access`, `auth.revoke`, of blocks and of rate limits.
"""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "1111.2222", "client-secret-of-the-app"
APP, TEAM, BOT, ADMIN = "A0APP", "T0BANK", "U0BOT", "U0ADMIN"
SCOPES = "app_mentions:read,chat:write,im:history"
Block = dict[str, object]
Trouble = Callable[[], Awaitable[Response | None]]


@dataclass
class Posted:
    """A message as Slack keeps it."""

    team: str
    channel: str
    ts: str
    text: str
    blocks: list[Block]
    thread_ts: str | None
    metadata: dict[str, object] | None
    updates: int = 0


@dataclass
class FakeSlack:
    """`trouble` is had by the next calls of a method, one each: before the call is carried out, or after it.

    `spacing` is how far apart two messages of a channel must be; `breaches` are broken rules, by name.
    """

    spacing: float = 0.0
    scopes: str = SCOPES
    tokens: dict[str, str] = field(default_factory=lambda: {f"xoxb-{TEAM}": TEAM})
    codes: dict[str, dict[str, object]] = field(default_factory=dict)
    messages: list[Posted] = field(default_factory=list)
    homes: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)
    forms: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    before: dict[str, list[Trouble]] = field(default_factory=dict)
    after: dict[str, list[Trouble]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    page: int = 3
    _posted_at: dict[str, float] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/api/{method:path}", self._call, methods=["GET", "POST"])])

    def texts(self, channel: str) -> list[str]:
        return [message.text for message in self.messages if message.channel == channel]

    def grant(self, code: str, *, team: str = TEAM, token: str | None = None, **changed: object) -> None:
        """The workspace's person has said yes, and the browser goes back with this code."""
        token = token or f"xoxb-{team}"
        self.codes[code] = {
            "ok": True,
            "app_id": APP,
            "authed_user": {"id": ADMIN},
            "scope": self.scopes,
            "token_type": "bot",
            "access_token": token,
            "bot_user_id": BOT,
            "team": {"id": team, "name": f"Team <{team}>"},
            "enterprise": None,
            "is_enterprise_install": False,
            **changed,
        }

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        self.calls.append(method)
        for trouble in self._next(self.before, method):
            if (answer := await trouble()) is not None:
                return answer
        answer = await self._carried_out(method, request)
        for trouble in self._next(self.after, method):
            if (instead := await trouble()) is not None:
                return instead
        return answer

    def _next(self, troubles: dict[str, list[Trouble]], method: str) -> list[Trouble]:
        waiting = troubles.get(method, [])
        return [waiting.pop(0)] if waiting else []

    async def _carried_out(self, method: str, request: Request) -> Response:  # noqa: PLR0911  one rule a line
        if self.errors.get(method):
            return _error(self.errors[method].pop(0))
        if method == "oauth.v2.access":
            return await self._access(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        team = self.tokens.get(token)
        if token in self.revoked:
            return _error("token_revoked")
        if team is None:
            return _error("invalid_auth" if token else "not_authed")
        if method == "auth.revoke":
            self.revoked.add(token)
            return JSONResponse({"ok": True, "revoked": True})
        if request.method == "GET":
            return self._history(method, team, dict(request.query_params))
        if request.headers.get("content-type") != "application/json;charset=utf-8":
            self.breaches.append(f"content type of {method}: {request.headers.get('content-type')}")
            return _error("invalid_post_type")
        body = json.loads(await request.body())
        match method:
            case "chat.postMessage":
                return self._post(team, body)
            case "chat.update":
                return self._update(team, body)
            case "views.publish":
                return self._publish(team, body)
            case "views.open":
                return self._open(body)
        return _error("unknown_method")

    async def _access(self, request: Request) -> Response:
        expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return _error("invalid_post_type")
        if request.headers.get("authorization") != expected:
            return _error("bad_client_secret")
        form = parse_qs((await request.body()).decode())
        if form.get("redirect_uri") != ["https://bank.example/slack/oauth_redirect"]:
            return _error("bad_redirect_uri")
        granted = self.codes.pop(form.get("code", [""])[0], None)
        if granted is None:
            return _error("invalid_code")
        team = granted["team"]
        self.tokens[str(granted["access_token"])] = str(team["id"]) if isinstance(team, dict) else ""
        return JSONResponse(granted)

    def _post(self, team: str, body: dict[str, object]) -> Response:
        channel, now = str(body["channel"]), time.monotonic()
        if now - self._posted_at.get(channel, -1e9) < self.spacing:
            self.breaches.append(f"two messages within {self.spacing} s")
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "1"})
        found = wrong_message(body)
        if found:
            self.breaches.append(found)
            return _error("invalid_blocks")
        if body.get("parse") != "none" or body.get("link_names") is not False:
            self.breaches.append("names and links of the text are looked for")
        self._posted_at[channel] = now
        ts = f"1700000000.{len(self.messages) + 1:06d}"
        thread, metadata = body.get("thread_ts"), body.get("metadata")
        self.messages.append(
            Posted(
                team,
                channel,
                ts,
                str(body["text"]),
                list(body.get("blocks") or []),  # type: ignore[call-overload]  # a list, as the rules before have seen
                str(thread) if thread else None,
                metadata if isinstance(metadata, dict) else None,
            )
        )
        return JSONResponse({"ok": True, "channel": channel, "ts": ts, "message": {"text": body["text"]}})

    def _update(self, team: str, body: dict[str, object]) -> Response:
        for message in self.messages:
            if (message.team, message.channel, message.ts) == (team, body["channel"], body["ts"]):
                found = wrong_message(body)
                if found:
                    self.breaches.append(found)
                    return _error("invalid_blocks")
                message.text, message.blocks = str(body["text"]), list(body["blocks"])  # type: ignore[call-overload]  # JSON
                message.updates += 1
                return JSONResponse({"ok": True, "channel": message.channel, "ts": message.ts, "text": message.text})
        return _error("message_not_found")

    def _history(self, method: str, team: str, query: dict[str, str]) -> Response:
        thread = query.get("ts") if method == "conversations.replies" else None
        if not query["channel"].startswith("D"):
            return _error("missing_scope")
        found = [
            message
            for message in self.messages
            if (message.team, message.channel) == (team, query["channel"]) and message.thread_ts == thread
        ]
        found.reverse()
        start = int(query.get("cursor") or 0)
        shown = [
            {"type": "message", "ts": message.ts, "text": message.text}
            | ({"metadata": message.metadata} if query.get("include_all_metadata") in ("1", "true") else {})
            for message in found[start : start + self.page]
        ]
        more = str(start + self.page) if start + self.page < len(found) else ""
        return JSONResponse({"ok": True, "messages": shown, "response_metadata": {"next_cursor": more}})

    def _publish(self, team: str, body: dict[str, object]) -> Response:
        view = body["view"]
        assert isinstance(view, dict)
        wrong = _wrong_blocks(view["blocks"], 100)
        if wrong or view["type"] != "home":
            self.breaches.append(wrong or "no home")
            return _error("invalid_arguments")
        self.homes.append((team, str(body["user_id"]), view))
        return JSONResponse({"ok": True, "view": {"id": "V1"}})

    def _open(self, body: dict[str, object]) -> Response:
        view = body["view"]
        assert isinstance(view, dict)
        too_long = len(view["title"]["text"]) > 24 or len(str(view["private_metadata"])) > 3000
        wrong = _wrong_blocks(view["blocks"], 100) or ("title or metadata too long" if too_long else "")
        if wrong:
            self.breaches.append(wrong)
            return _error("invalid_arguments")
        self.forms.append((str(body["trigger_id"]), view))
        return JSONResponse({"ok": True, "view": {"id": f"V{len(self.forms)}"}})


def wrong_message(body: Mapping[str, object]) -> str:
    """The first rule that a message breaks; empty where it breaks none."""
    text, metadata = str(body.get("text") or ""), body.get("metadata")
    if not text or len(text) > 40_000:
        return "no text, or too much"
    if metadata is not None:
        known = isinstance(metadata, dict) and set(metadata) == {"event_type", "event_payload"}
        if not known or len(json.dumps(metadata)) > 8000:
            return "metadata"
    return _wrong_blocks(body.get("blocks") or [], 50)


def _wrong_blocks(blocks: object, limit: int) -> str:
    """The first rule that is broken; empty where none is."""
    assert isinstance(blocks, list)
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(blocks) > limit or len(set(ids)) != len(ids) or any(len(one) > 255 for one in ids):
        return "too many blocks, or block ids"
    if sum(len(json.dumps(block)) for block in blocks) > 60_000:
        return "blocks too long"
    return next((wrong for block in blocks if (wrong := _wrong_block(block))), "")


def _wrong_block(block: Block) -> str:  # noqa: PLR0911  one rule a line
    match block["type"]:
        case "section":
            return _wrong_text(block["text"], 3000)
        case "header":
            return _wrong_text(block["text"], 150, "plain_text")
        case "context":
            elements = block["elements"]
            assert isinstance(elements, list)
            return "context" if not 0 < len(elements) <= 10 else _wrong_text(elements[0], 3000)
        case "image":
            url, alt = str(block["image_url"]), str(block["alt_text"])
            known = set(block) <= {"type", "block_id", "image_url", "alt_text", "title"}
            return "" if known and url.startswith("https://") and len(url) <= 3000 and 0 < len(alt) <= 2000 else "image"
        case "actions":
            elements = block["elements"]
            assert isinstance(elements, list)
            ids = [element["action_id"] for element in elements]
            if not 0 < len(elements) <= 25 or len(set(ids)) != len(ids):
                return "actions"
            return next((wrong for element in elements if (wrong := _wrong_element(element))), "")
        case "input":
            element = block["element"]
            assert isinstance(element, dict)
            return _wrong_text(block["label"], 2000, "plain_text") or (
                "" if element["type"] == "plain_text_input" and 0 < element["max_length"] <= 3000 else "input"
            )
    return f"block {block['type']}"


def _wrong_element(element: Block) -> str:
    if element["type"] == "button":
        return _wrong_text(element["text"], 75, "plain_text") or ("value" if len(str(element["value"])) > 2000 else "")
    options = element["options"]
    assert element["type"] == "static_select"
    assert isinstance(options, list)
    if not 0 < len(options) <= 100 or any(not 0 < len(option["value"]) <= 150 for option in options):
        return "options"
    return next((wrong for option in options if (wrong := _wrong_text(option["text"], 75, "plain_text"))), "")


def _wrong_text(text: object, limit: int, kind: str = "mrkdwn") -> str:
    assert isinstance(text, dict)
    if text["type"] != kind or not 0 < len(text["text"].encode("utf-16-le")) // 2 <= limit:
        return f"{kind} of {len(text['text'])}"
    if kind == "mrkdwn" and text.get("verbatim") is not True:
        return "names are looked for"
    return ""


def _error(code: str) -> Response:
    return JSONResponse({"ok": False, "error": code})


def failing(status: int) -> Trouble:
    """An answer of this status, as the machines before Slack give it."""

    async def trouble() -> Response | None:
        return PlainTextResponse("upstream connect error", status)

    return trouble


def fine() -> Trouble:
    """None at all."""
    return slow(0.0)


def slow(seconds: float) -> Trouble:
    async def trouble() -> Response | None:
        await asyncio.sleep(seconds)
        return None

    return trouble


def limited(seconds: int) -> Trouble:
    async def trouble() -> Response | None:
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})

    return trouble


def broken() -> Trouble:
    """The connection breaks."""

    async def trouble() -> Response | None:
        raise ConnectionResetError

    return trouble
