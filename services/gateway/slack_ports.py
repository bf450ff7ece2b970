"""What the Slack channel needs of Slack beside its messages."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import JsonValue, SecretStr

from services.gateway.slack_installs import Grant, Installation


class SlackOffice(Protocol):
    """Slack's API for what is no message."""

    async def exchange(self, code: str, redirect_uri: str | None) -> Grant:
        """What the workspace granted. Raises InvalidRequest for a code that is not good (any more), Forbidden for a
        grant that the app cannot work with, UpstreamFailed, Unavailable or UpstreamTimeout."""

    async def give_back(self, token: SecretStr) -> None:
        """Revokes a token that will not be used. Raises as `exchange` does."""

    async def publish_home(self, install: Installation, user: str, view: Mapping[str, JsonValue]) -> None:
        """Shows the user the app's home. Raises UpstreamFailed, Unavailable or UpstreamTimeout."""

    async def open_form(self, install: Installation, trigger: str, view: Mapping[str, JsonValue]) -> None:
        """Opens a form for who has just pressed a button. Raises as `publish_home` does."""
