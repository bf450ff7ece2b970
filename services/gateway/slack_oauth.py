"""Installing the Slack app: from the bank's link to Slack and back, in one browser. Source: Slack's OAuth v2."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import quote

from slack_sdk.oauth import AuthorizeUrlGenerator

from services.gateway.limits import TokenBuckets
from services.gateway.slack_installs import Grant, Installations
from services.gateway.slack_ports import SlackOffice
from shared.callers import Tokens
from shared.errors import Forbidden, InvalidRequest, MalformedRequest, Unauthenticated

STATE_SECONDS = 600
SCOPES = ("app_mentions:read", "chat:write", "im:history")
_CODE_LENGTH = 400
_PER_MINUTE = 20


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send the browser, and what it must bring back in a cookie."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Return:
    """What the browser brings back from Slack."""

    code: str | None
    state: str | None
    error: str | None
    cookie: str | None


class SlackInstalls:
    def __init__(
        self,
        installations: Installations,
        office: SlackOffice,
        *,
        client_id: str,
        slack_url: str,
        redirect_uri: str | None,
        states: Tokens,
    ) -> None:
        self._installations = installations
        self._office = office
        self._redirect_uri = redirect_uri
        self._states = states
        self._begun = TokenBuckets(_PER_MINUTE)
        self._authorize = AuthorizeUrlGenerator(
            client_id=quote(client_id, safe=""),
            scopes=SCOPES,
            redirect_uri=quote(redirect_uri, safe="") if redirect_uri else None,
            authorization_url=f"{slack_url.rstrip('/')}/oauth/v2/authorize",
        )

    def begin(self, address: str) -> Departure:
        """Raises TooManyRequests when the address has begun too many of late."""
        self._begun.take(address)
        cookie = secrets.token_urlsafe(32)
        state = self._states.mint(_digest(cookie), seconds=STATE_SECONDS)
        return Departure(self._authorize.generate(state), cookie)

    async def finish(self, back: Return) -> Grant:
        """Exchanges the code and keeps what the workspace granted. Slack takes a code once.

        Raises Unauthenticated for a state that is not this browser's or too old, Forbidden when the person said no or
        the workspace may not install the app, MalformedRequest without a code, and all that `exchange` raises.
        """
        self._check(back)
        if back.error is not None:
            raise Forbidden("The app was not installed: it was declined in Slack.")
        if not back.code or len(back.code) > _CODE_LENGTH:
            raise MalformedRequest("The code that Slack gives along is missing.")
        grant = await self._office.exchange(back.code, self._redirect_uri)
        if not self._installations.may_install(grant.team_id):
            await self._office.give_back(grant.token)
            raise Forbidden("This workspace is not among those that may install the app.")
        missing = sorted(set(SCOPES) - set(grant.scopes.split(",")))
        if missing:
            raise InvalidRequest(f"The app was installed without what it needs: {', '.join(missing)}.")
        await self._installations.save(grant)
        return grant

    def _check(self, back: Return) -> None:
        begin_again = "The installation was begun in another browser, or too long ago. Begin again at /slack/install."
        try:
            subject = str(self._states.verify(back.state or "")["sub"])
        except Unauthenticated as error:
            raise Unauthenticated(begin_again) from error
        if not hmac.compare_digest(subject, _digest(back.cookie or "")):
            raise Unauthenticated(begin_again)


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
