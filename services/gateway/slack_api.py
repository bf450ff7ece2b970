"""Slack's Web API by slack_sdk: sends the channel's messages, and does what else the channel asks for.

A message carries our own id in its metadata. When nobody knows whether it was taken, it is looked for by that id.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import cast

import aiohttp
from pydantic import JsonValue, SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from services.gateway.ports import ProviderBusy, Undeliverable
from services.gateway.slack_installs import Installation, Installations
from services.gateway.slack_pace import SlackPace

_quiet = logging.getLogger("omnilex.gateway.slack_sdk")
_quiet.setLevel(logging.WARNING)  # on DEBUG the library would write down messages

POST = "chat.postMessage"
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
_MAY_HAVE_WORKED = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
_NO_SUCH_THREAD = frozenset({"thread_not_found", "invalid_thread_ts", "cannot_reply_to_message"})
_LEFT_OUT = dict.fromkeys(("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"), "blocks")
_LEFT_OUT |= dict.fromkeys(_NO_SUCH_THREAD, "thread_ts")
_GONE = frozenset({"account_inactive", "token_revoked", "token_expired"})
_UNREADABLE = frozenset({"missing_scope", "not_in_channel", "channel_not_found", "no_permission"})
_WAIT_WHEN_NOT_TOLD = 5.0
_CLOCKS_DIFFER = timedelta(minutes=5)
_PAGE, _PAGES = 100, 20


class SlackRefused(Exception):
    """Slack said no. `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SlackApi:
    """Calls Slack for one app. A call is never repeated by itself: a message may have been taken all the same."""

    def __init__(
        self, pace: SlackPace, *, slack_url: str, seconds: float, session: aiohttp.ClientSession | None = None
    ) -> None:
        self._pace = pace
        self._base_url = f"{slack_url.rstrip('/')}/api/"
        self._seconds = seconds
        self._session = session

    async def call(
        self, team: str, method: str, token: SecretStr | None = None, **request: object
    ) -> Mapping[str, JsonValue]:
        """A good answer. `request` is as `AsyncWebClient.api_call` takes it. Raises SlackRefused or ProviderBusy."""
        self._pace.check(team, method)
        client = AsyncWebClient(
            token=token.get_secret_value() if token else None,
            base_url=self._base_url,
            timeout=cast("int", self._seconds),
            session=self._session,
            retry_handlers=[],
            logger=_quiet,
        )
        try:
            async with asyncio.timeout(self._seconds):
                answer = await client.api_call(method, **request)  # type: ignore[arg-type]
        except SlackApiError as error:
            raise self._failure(error.response, team, method) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ProviderBusy("slack does not answer") from error
        except (TimeoutError, aiohttp.ClientError, AttributeError, ValueError) as error:
            # AttributeError: slack_sdk takes a text in place of JSON for a mapping
            raise ProviderBusy("the connection to slack broke", unsure=True) from error
        return cast("Mapping[str, JsonValue]", answer.data)

    def _failure(self, answer: AsyncSlackResponse | aiohttp.ClientResponse, team: str, method: str) -> Exception:
        if not isinstance(answer, AsyncSlackResponse):  # no JSON
            return ProviderBusy("slack answered nonsense", unsure=True)
        data = answer.data if isinstance(answer.data, dict) else {}
        code = str(data.get("error", ""))
        if answer.status_code == 429 or code in _RATE_LIMITED:
            seconds = _seconds(answer.headers.get("Retry-After"))
            self._pace.hold(team, method, seconds)
            return ProviderBusy("ratelimited", retry_after=seconds)
        if answer.status_code >= 500 or code in _MAY_HAVE_WORKED or not code:
            return ProviderBusy(f"slack failed ({answer.status_code})", unsure=True)
        return SlackRefused(code)


class SlackProvider:
    """Sends the channel's messages, in each workspace with its own token."""

    def __init__(self, api: SlackApi, installations: Installations, pace: SlackPace) -> None:
        self._api = api
        self._installations = installations
        self._pace = pace

    async def send(self, payload: Mapping[str, JsonValue]) -> str:
        """The message's channel and time. Raises Undeliverable or ProviderBusy."""
        install = await self._install(payload)
        method, arguments = _request(payload)
        try:
            answer = await self._sent(install, method, arguments)
        except SlackRefused as refusal:
            if refusal.code in _GONE:
                await self._installations.token_refused(install.team_id, install.token)
            raise Undeliverable(refusal.code) from refusal
        return f"{answer.get('channel')}:{answer.get('ts')}"

    async def find(self, payload: Mapping[str, JsonValue], since: datetime, known: Collection[str] = ()) -> str | None:
        """Looks among the messages of the channel, or of the thread, since then. Raises Undeliverable or ProviderBusy.

        A channel's messages may not be readable to the app: what was said there is then never said again.
        """
        install = await self._install(payload)
        method, arguments = _request(payload)
        if method != POST:  # a change may be made twice
            return None
        sought, channel = _our_id(arguments), str(arguments["channel"])
        params: dict[str, object] = {"channel": channel, "include_all_metadata": True, "limit": _PAGE}
        params["oldest"] = f"{(since - _CLOCKS_DIFFER).timestamp():.6f}"
        if thread := arguments.get("thread_ts"):
            params["ts"] = thread
        for _ in range(_PAGES):
            answer = await self._read(install, params)
            for message in _messages(answer):
                if _our_id(message) == sought:
                    return f"{channel}:{message.get('ts')}"
            params["cursor"] = _next_page(answer)
            if not params["cursor"]:
                break
        return None

    async def _read(self, install: Installation, params: dict[str, object]) -> Mapping[str, JsonValue]:
        method = "conversations.replies" if "ts" in params else "conversations.history"
        try:
            return await self._api.call(install.team_id, method, install.token, http_verb="GET", params=params)
        except SlackRefused as refusal:
            if refusal.code in _NO_SUCH_THREAD and params.pop("ts", None):
                return await self._read(install, params)  # the words went beside the thread, if they went
            code = "unconfirmed" if refusal.code in _UNREADABLE else refusal.code
            raise Undeliverable(code) from refusal

    async def _sent(
        self, install: Installation, method: str, arguments: dict[str, JsonValue]
    ) -> Mapping[str, JsonValue]:
        """Where Slack will not have the blocks (a picture that it cannot load) or the thread, the words go alone."""
        try:
            return await self._posted(install, method, arguments)
        except SlackRefused as refusal:
            left_out = _LEFT_OUT.get(refusal.code)
            if left_out is None or left_out not in arguments:
                raise
        less: dict[str, JsonValue] = {name: value for name, value in arguments.items() if name != left_out}
        if method != POST and left_out == "blocks":
            less["blocks"] = []
        return await self._posted(install, method, less)

    async def _posted(
        self, install: Installation, method: str, arguments: dict[str, JsonValue]
    ) -> Mapping[str, JsonValue]:
        if method != POST:
            return await self._api.call(install.team_id, method, install.token, json=arguments)
        async with self._pace.turn(str(arguments["channel"])):
            return await self._api.call(install.team_id, method, install.token, json=arguments)

    async def _install(self, payload: Mapping[str, JsonValue]) -> Installation:
        install = await self._installations.find(str(payload["team"]))
        if install is None:
            raise Undeliverable("not_installed")
        return install


def _request(payload: Mapping[str, JsonValue]) -> tuple[str, dict[str, JsonValue]]:
    return str(payload["method"]), dict(cast("Mapping[str, JsonValue]", payload["arguments"]))


def _messages(answer: Mapping[str, JsonValue]) -> list[dict[str, JsonValue]]:
    found = answer.get("messages")
    return [message for message in found if isinstance(message, dict)] if isinstance(found, list) else []


def _our_id(message: Mapping[str, JsonValue]) -> JsonValue:
    metadata = message.get("metadata")
    given = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return given.get("id") if isinstance(given, dict) else None


def _next_page(answer: Mapping[str, JsonValue]) -> str:
    more = answer.get("response_metadata")
    return str(more.get("next_cursor") or "") if isinstance(more, dict) else ""


def _seconds(header: str | None) -> float:
    try:
        return max(float(header or ""), 1.0)
    except ValueError:
        return _WAIT_WHEN_NOT_TOLD
