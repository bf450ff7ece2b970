"""Tries the credentials of the channels at their providers: nothing is sent to anybody."""

from collections.abc import Sequence

import aiohttp
import httpx
from pydantic import BaseModel, ValidationError

from services.gateway.ports import ProviderBusy, Undeliverable, Upstream
from services.gateway.twilio_rest import TwilioApi
from shared.schemas.channels import ChannelTest

_TIMEOUT = httpx.Timeout(5.0)
_NOT_OURS = frozenset({"20003", "401", "403", "20404", "404"})


class BotTest:
    """Whether the services behind the chat answer."""

    def __init__(self, needed: Sequence[Upstream]) -> None:
        self._needed = needed

    async def __call__(self) -> list[ChannelTest]:
        silent = [upstream.name for upstream in self._needed if not await upstream.alive()]
        told = f"Not answering: {', '.join(silent)}." if silent else "Every service behind it answers."
        return [ChannelTest(what="the bot", good=not silent, told=told)]


class DoorTest:
    """Whether the address that providers are given leads here."""

    def __init__(self, http: httpx.AsyncClient, public_url: str) -> None:
        self._http = http
        self._url = public_url.rstrip("/")

    async def __call__(self) -> list[ChannelTest]:
        try:
            answer = await self._http.get(f"{self._url}/health", timeout=_TIMEOUT)
            good = answer.is_success
            told = "It leads to this gateway." if good else f"It answers with status {answer.status_code}."
        except (httpx.HTTPError, aiohttp.ClientError) as error:
            good, told = False, f"Nobody answers there ({type(error).__name__})."
        return [ChannelTest(what=self._url, good=good, told=told)]


class TwilioTest:
    """Whether the account id and the token are those of an account in use."""

    def __init__(self, api: TwilioApi) -> None:
        self._api = api

    async def __call__(self) -> list[ChannelTest]:
        good, told = await self._tried()
        return [ChannelTest(what="the Twilio account", good=good, told=told)]

    async def _tried(self) -> tuple[bool, str]:
        try:
            answer = await self._api.call("GET", f"{self._api.account}.json")
            account = _Account.model_validate_json(answer.content)
        except (ProviderBusy, Undeliverable) as failure:
            if str(failure) in _NOT_OURS:
                return False, "Twilio refuses the account id or its auth token."
            return False, f"Twilio does not answer as it should ({failure})."
        except ValidationError:
            return False, "Twilio's answer is of an unknown shape."
        kind = "a trial account: it writes and calls to verified numbers only" if account.type == "Trial" else "in use"
        if account.status != "active":
            return False, f"The account is {account.status}."
        return True, f"Twilio accepts them; the account is {kind}."


class _Account(BaseModel):
    status: str
    type: str = ""
