"""Tries the token of each workspace at Slack: nothing is sent to anybody."""

from services.gateway.ports import ProviderBusy
from services.gateway.slack_api import SlackApi, SlackRefused
from services.gateway.slack_installs import Installations
from shared.schemas.channels import ChannelTest


class SlackTest:
    """Whether the token of each workspace is good."""

    def __init__(self, api: SlackApi, installations: Installations) -> None:
        self._api = api
        self._installations = installations

    async def __call__(self) -> list[ChannelTest]:
        found = await self._installations.all()
        if not found:
            return [ChannelTest(what="the workspaces", good=False, told="No workspace has installed the app yet.")]
        return [await self._tried(team_id, name) for team_id, name in found]

    async def _tried(self, team_id: str, name: str) -> ChannelTest:
        what = f"the workspace {name}"
        install = await self._installations.find(team_id)
        if install is None:
            told = "Its token is gone or cannot be read, or it may not use the app: install it again."
            return ChannelTest(what=what, good=False, told=told)
        try:
            answer = await self._api.call(team_id, "auth.test", install.token, json={})
        except SlackRefused as refusal:
            return ChannelTest(what=what, good=False, told=f"Slack refuses its token ({refusal.code}).")
        except ProviderBusy as busy:
            return ChannelTest(what=what, good=False, told=f"Slack does not answer as it should ({busy}).")
        good = answer.get("team_id") == team_id
        return ChannelTest(
            what=what, good=good, told="Slack accepts its token." if good else "Its token is another workspace's."
        )
