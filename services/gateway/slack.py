"""The bot in Slack: in the direct messages of the app with each person of a workspace.

Every request is proved, then kept, then acknowledged; turns and answers are for the background. In a channel nothing is
said but that a direct message is the place to ask.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from services.gateway.channels.slack import CHANNEL, SAID, Choices, notice
from services.gateway.channels.slack_blocks import START, home_view
from services.gateway.channels.slack_events import (
    HomeOpened,
    Mentioned,
    Removed,
    Said,
    ToldEvent,
    Verification,
    parse_event,
)
from services.gateway.channels.slack_interactions import Pressed, Submitted, ToldInteraction, parse_interaction
from services.gateway.channels.slack_places import Nothing, Place
from services.gateway.conversation_rules import letters_id
from services.gateway.limits import TokenBuckets
from services.gateway.messaging import Messaging
from services.gateway.slack_acknowledged import Acknowledged, tried
from services.gateway.slack_installs import Installation, Installations
from services.gateway.slack_oauth import SlackInstalls
from services.gateway.slack_ports import SlackOffice
from services.gateway.slack_presses import SlackPresses
from services.gateway.slack_requests import SlackRequest, SlackRequests
from services.gateway.slack_talks import SlackTalks
from shared.errors import Forbidden, TooManyRequests

log = logging.getLogger("omnilex.gateway")

_LONGEST_TEXT = 1024  # what Lex takes
_TOO_LONG = "That was too long for me. Please say it in fewer words, at most 1,000 characters."
_ONLY_FILES = "I can't read files. Please write what you would like to do."
_A_FILE = "(a file)"
_IN_CHANNEL = (
    "I only talk about banking in direct messages, where nobody else can read along. Please <{link}|write to me there>."
)
_NO_RETRY = {"X-Slack-No-Retry": "1"}
_MENTIONS_PER_MINUTE = 20

T = TypeVar("T", ToldEvent, ToldInteraction)


class SlackChannel:
    def __init__(
        self,
        messaging: Messaging,
        requests: SlackRequests,
        installations: Installations,
        office: SlackOffice,
        *,
        choices: Choices,
        greeting: str,
        slack_url: str,
    ) -> None:
        self._addresses = messaging.addresses
        self._limits = messaging.channel_limits
        self._talks = SlackTalks(messaging)
        self._presses = SlackPresses(self._talks, office, choices, greeting=greeting)
        self._requests = requests
        self._installations = installations
        self._office = office
        self._choices = choices
        self._slack_url = slack_url.rstrip("/")
        self._mentions = TokenBuckets(_MENTIONS_PER_MINUTE)

    async def event(self, request: SlackRequest) -> Acknowledged:
        """Raises Unauthenticated for a request that is not Slack's, MalformedRequest for what is no event, Forbidden
        for an app or a workspace that is not installed, TooManyRequests when the channel is over its limit."""
        match self._proved(request, parse_event).what:
            case Verification(challenge):
                return Acknowledged({"challenge": challenge})
            case Said() as said:
                await self._hear(said, await self._installed(said.place.team, said.place.app))
            case Mentioned(place):
                await self._point_to_direct_messages(await self._installed(place.team, place.app), place)
            case HomeOpened() as opened:
                install = await self._installed(opened.team, opened.app)
                return Acknowledged(later=lambda: self._show_home(install, opened))
            case Removed(team, app, at, bots):
                await self._installations.removed(team, app, at, bots)
            case Nothing(limited=True):
                log.warning("slack.events_held_back")
        return Acknowledged()

    async def interaction(self, request: SlackRequest) -> Acknowledged:
        """Raises as `event` does."""
        match self._proved(request, parse_interaction).what:
            case Pressed() as press:
                self._limits.take(CHANNEL)
                return await self._presses.press(await self._installed(press.place.team, press.place.app), press)
            case Submitted() as form:
                self._limits.take(CHANNEL)
                await self._installed(form.team, form.app)
                return await self._presses.submit(form)
        return Acknowledged()

    def _proved(self, request: SlackRequest, parse: Callable[[bytes], T]) -> T:
        self._requests.check_signature(request)
        told = parse(request.body)
        self._requests.check_token(told.token)
        return told

    async def _installed(self, team: str, app: str) -> Installation:
        install = await self._installations.find(team)
        if install is None or install.app_id != app:
            raise Forbidden("The app is not installed in this workspace.", headers=_NO_RETRY)
        return install

    async def _hear(self, said: Said, install: Installation) -> None:
        if said.place.user == install.bot_user_id or not (said.text or said.files):
            return
        refusal = _TOO_LONG if len(said.text) > _LONGEST_TEXT else None if said.text else _ONLY_FILES
        text = said.text[:_LONGEST_TEXT] or _A_FILE
        self._limits.take(CHANNEL)  # Slack delivers it again
        await self._talks.keep(said.place, said.place.message_id(SAID), text, answered_with=refusal)

    async def _point_to_direct_messages(self, install: Installation, place: Place) -> None:
        """Once for each mention, in its thread; the words are not even kept."""
        try:
            self._mentions.take(f"{place.team}:{place.channel}")
        except TooManyRequests:
            return
        line = self._addresses.session(CHANNEL, "mention", place.team, place.channel, place.message)
        link = f"{self._slack_url}/app_redirect?app={install.app_id}&amp;team={place.team}"
        await self._talks.say_once(place.team, line, notice(place, _IN_CHANNEL.format(link=link), letters_id()))

    async def _show_home(self, install: Installation, opened: HomeOpened) -> None:
        start = self._choices.marked(START, opened.team, opened.user, START, opened.channel)
        verified = await self._talks.is_verified(opened.team, opened.user)
        view = home_view(verified=verified, start=start if opened.channel.startswith("D") else None)
        await tried("slack.home_not_shown", self._office.publish_home(install, opened.user, view))


@dataclass(frozen=True, slots=True)
class SlackDoor:
    """What stands behind Slack's paths; `https` is whether they are reached so."""

    channel: SlackChannel
    installs: SlackInstalls
    https: bool
