"""Twilio's REST API, as far as the gateway needs it.

Source: the `Message` and `Recording` resources of the API of 2010-04-01, and its error codes.
"""

import logging
import re
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import httpx
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from services.gateway.outbox import REFERENCE
from services.gateway.ports import ProviderBusy, Undeliverable

log = logging.getLogger("omnilex.gateway")

OPTED_OUT = "21610"
_BUSY_CODES = frozenset({14107, 20429, 21611, 30022})  # rates and full queues, whatever the status
_WAITS = frozenset({401, 403, 408, 409, 425, 429})  # ours to set right, or to try again: no fault of the message
_TIMEOUT = httpx.Timeout(10.0, connect=3.0)
_PAGE = 100
_PAGES = 5
_CLOCKS_DIFFER_BY = timedelta(seconds=2)
_LONGEST_WAIT = 3600.0
_SPACE = re.compile(r"\s+")


class TwilioApi:
    """Requests for one account. `base_url` is https://api.twilio.com but in tests."""

    def __init__(self, http: httpx.AsyncClient, *, base_url: str, account_sid: str, auth_token: str) -> None:
        self.http = http
        self.base_url = base_url.rstrip("/")
        self.account = f"/2010-04-01/Accounts/{account_sid}"
        self.auth = httpx.BasicAuth(account_sid, auth_token)

    async def call(
        self, method: str, path: str, *, form: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Any answer that settles the matter. Raises Undeliverable, or ProviderBusy where it may be tried again."""
        try:
            answer = await self.http.request(
                method, self.base_url + path, data=form, params=query, auth=self.auth, timeout=_TIMEOUT
            )
        except (httpx.HTTPError, aiohttp.ClientError) as error:
            raise ProviderBusy(type(error).__name__, unsure=True) from error
        if answer.is_success:
            return answer
        raise _refusal(answer)


class TwilioMessages:
    """Sends text messages. `status_url` is where Twilio tells what became of each."""

    def __init__(self, api: TwilioApi, *, status_url: str) -> None:
        self._api = api
        self._status_url = status_url

    async def send(self, payload: Mapping[str, JsonValue]) -> str:
        form = {name: str(value) for name, value in payload.items() if name != REFERENCE}
        form["StatusCallback"] = status_callback(self._status_url, payload.get(REFERENCE))
        answer = await self._api.call("POST", f"{self._api.account}/Messages.json", form=form)
        try:
            return _Message.model_validate_json(answer.content).sid
        except ValidationError as error:
            raise ProviderBusy("an answer of the wrong shape", unsure=True) from error

    async def find(self, payload: Mapping[str, JsonValue], since: datetime, known: Collection[str] = ()) -> str | None:
        """Looks through what was sent to the number since then for the same words; the oldest that is not known."""
        found = None
        path = f"{self._api.account}/Messages.json"
        query: dict[str, str] | None = {"To": str(payload["To"]), "PageSize": str(_PAGE)}
        for _ in range(_PAGES):
            answer = await self._api.call("GET", path, query=query)
            try:
                page = _MessageList.model_validate_json(answer.content)
            except ValidationError as error:
                raise ProviderBusy("an answer of the wrong shape") from error
            for message in page.messages:
                if message.created_at < since - _CLOCKS_DIFFER_BY:
                    return found
                if message.is_ours and message.sid not in known and _same(message.body, str(payload["Body"])):
                    found = message.sid
            if not page.next_page_uri or not page.next_page_uri.startswith("/"):
                break
            path, query = page.next_page_uri, None
        return found


def status_callback(url: str, reference: JsonValue) -> str:
    """The URL with the message's own number, by which a status is known even before the message's id is."""
    return f"{url}?message={reference}" if reference is not None else url


class _Message(BaseModel):
    sid: str
    body: str | None = None
    direction: str = ""
    date_created: str = ""

    @property
    def is_ours(self) -> bool:
        return self.direction.startswith("outbound")

    @property
    def created_at(self) -> datetime:
        """As RFC 2822 says it; one that says nothing counts as new."""
        try:
            return parsedate_to_datetime(self.date_created)
        except ValueError:
            return datetime.now(UTC)


class _MessageList(BaseModel):
    messages: list[_Message]
    next_page_uri: str | None = None


class _Fault(BaseModel):
    code: int | None = None


_FAULT = TypeAdapter(_Fault)


def _same(kept: str | None, sent: str) -> bool:
    """A trial account puts words of Twilio's own in front."""
    one, other = (_SPACE.sub(" ", text).strip() for text in (kept or "", sent))
    return one == other or one.endswith(f"- {other}")


def _refusal(answer: httpx.Response) -> Undeliverable | ProviderBusy:
    try:
        code = _FAULT.validate_json(answer.content).code
    except ValidationError:
        code = None
    status = answer.status_code
    if status in (401, 403):
        log.error("twilio.refused", extra={"status": status, "code": code})
    if status >= 500 or status in _WAITS or code in _BUSY_CODES:
        return ProviderBusy(str(code or status), retry_after=_retry_after(answer), unsure=status >= 500)
    return Undeliverable(str(code or status))


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds, from either form of RFC 9110; at most an hour."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return min(float(given[:9]), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_WAIT)


class TwilioRecordings:
    """Recordings of calls, while they are made and after."""

    def __init__(self, api: TwilioApi) -> None:
        self._api = api

    @asynccontextmanager
    async def open(self, recording_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file with a channel for each side. Raises Undeliverable or ProviderBusy."""
        request = self._api.http.build_request(
            "GET",
            f"{self._api.base_url}{self._api.account}/Recordings/{recording_id}.wav",
            params={"RequestedChannels": "2"},
            timeout=_DOWNLOAD_TIMEOUT,
        )
        try:
            answer = await self._api.http.send(request, stream=True, auth=self._api.auth, follow_redirects=True)
        except (httpx.HTTPError, aiohttp.ClientError) as error:
            raise ProviderBusy(type(error).__name__) from error
        try:
            if not answer.is_success:
                await answer.aread()
                raise _refusal(answer)
            yield _pieces(answer)
        finally:
            await answer.aclose()

    async def delete(self, recording_id: str) -> None:
        try:
            await self._api.call("DELETE", f"{self._api.account}/Recordings/{recording_id}.json")
        except Undeliverable as refusal:
            if refusal.code not in _GONE:
                raise

    async def pause(self, call_id: str) -> None:
        await self._turn(call_id, {"Status": "paused", "PauseBehavior": "silence"})

    async def resume(self, call_id: str) -> None:
        await self._turn(call_id, {"Status": "in-progress"})

    async def _turn(self, call_id: str, form: Mapping[str, str]) -> None:
        try:
            await self._api.call(
                "POST", f"{self._api.account}/Calls/{call_id}/Recordings/Twilio.CURRENT.json", form=form
            )
        except Undeliverable as refusal:
            if refusal.code not in _GONE:
                raise ProviderBusy(refusal.code) from refusal


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Raises ProviderBusy when the connection breaks."""
    try:
        async for piece in answer.aiter_bytes():
            yield piece
    except (httpx.HTTPError, aiohttp.ClientError) as error:
        raise ProviderBusy(type(error).__name__) from error


_GONE = frozenset({"20404", "404"})
_DOWNLOAD_TIMEOUT = httpx.Timeout(60.0, connect=3.0)
