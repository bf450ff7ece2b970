"""What the Slack channel asks of Slack beside messages: installing, the app's home, forms."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import BaseModel, JsonValue, SecretStr, ValidationError

from services.gateway.ports import ProviderBusy
from services.gateway.slack_api import SlackApi, SlackRefused
from services.gateway.slack_installs import Grant, Installation
from shared.errors import Forbidden, InvalidRequest, Unavailable, UpstreamFailed

_BAD_CODES = frozenset({"invalid_code", "code_already_used", "code_expired"})
_NO_TEAM = "-"


class WebOffice:
    """`SlackOffice` by the Web API."""

    def __init__(self, api: SlackApi, *, client_id: str, client_secret: SecretStr) -> None:
        self._api = api
        both = f"{client_id}:{client_secret.get_secret_value()}"
        self._app = {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}

    async def exchange(self, code: str, redirect_uri: str | None) -> Grant:
        data = {"code": code} | ({"redirect_uri": redirect_uri} if redirect_uri else {})
        with _problems():
            try:
                answer = await self._api.call(_NO_TEAM, "oauth.v2.access", data=data, headers=dict(self._app))
            except SlackRefused as refusal:
                if refusal.code not in _BAD_CODES:
                    raise
                raise InvalidRequest("The code of Slack was used before or is too old. Begin again.") from refusal
        return _grant(answer)

    async def give_back(self, token: SecretStr) -> None:
        with _problems():
            await self._api.call(_NO_TEAM, "auth.revoke", token, http_verb="GET")

    async def publish_home(self, install: Installation, user: str, view: Mapping[str, JsonValue]) -> None:
        body = {"user_id": user, "view": dict(view)}
        with _problems():
            await self._api.call(install.team_id, "views.publish", install.token, json=body)

    async def open_form(self, install: Installation, trigger: str, view: Mapping[str, JsonValue]) -> None:
        body = {"trigger_id": trigger, "view": dict(view)}
        with _problems():
            await self._api.call(install.team_id, "views.open", install.token, json=body)


class _Named(BaseModel):
    id: str
    name: str = ""


class _User(BaseModel):
    id: str = ""


class _Access(BaseModel):
    """The answer of `oauth.v2.access`, as far as it is of use."""

    access_token: str
    token_type: str
    app_id: str
    bot_user_id: str = ""
    scope: str = ""
    team: _Named | None = None
    authed_user: _User = _User()
    is_enterprise_install: bool = False
    refresh_token: str | None = None


def _grant(answer: Mapping[str, JsonValue]) -> Grant:
    try:
        access = _Access.model_validate(answer)
    except ValidationError as error:
        raise UpstreamFailed("Slack gave an answer of the wrong shape.") from error
    if access.is_enterprise_install or access.team is None:
        raise Forbidden("The app is installed in one workspace at a time, not in a whole organisation.")
    if access.token_type != "bot" or not access.bot_user_id:  # noqa: S105  a kind of token
        raise Forbidden("Slack granted no bot token: the app's manifest is not the one of the documentation.")
    if access.refresh_token:
        raise Forbidden("The app has token rotation switched on, which this gateway does not do.")
    return Grant(
        team_id=access.team.id,
        team_name=access.team.name,
        app_id=access.app_id,
        bot_user_id=access.bot_user_id,
        token=SecretStr(access.access_token),
        scopes=access.scope,
        installed_by=access.authed_user.id,
    )


@contextmanager
def _problems() -> Iterator[None]:
    """Slack's refusals and failures as problems of ours."""
    try:
        yield
    except SlackRefused as refusal:
        raise UpstreamFailed(f"Slack refused: {refusal.code[:64]}.") from refusal
    except ProviderBusy as busy:
        raise Unavailable("Slack does not answer at the moment.") from busy
