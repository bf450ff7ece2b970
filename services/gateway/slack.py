"""The bot in Slack: in the direct messages of the app with each person of a workspace.

Every request is proved, then kept, then acknowledged; turns and answers are for the background. In a channel nothing is
said but that a direct message is the place to ask.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import JsonValue
from sqlalchemy import Connection

from services.gateway import store
from services.gateway.channels.slack import (
    CHANNEL,
    PRESSED,
    SAID,
    Choices,
    answered_by,
    filled_in,
    form_message_id,
    notice,
    pressed,
    reach_of,
)
from services.gateway.channels.slack_blocks import SECRET, START, home_view, secret_view
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
from services.gateway.limits import TokenBuckets
from services.gateway.messaging import Messaging
from services.gateway.ports import Inbound
from services.gateway.records import letters_id
from services.gateway.slack_installs import Installation, Installations
from services.gateway.slack_oauth import SlackInstalls
from services.gateway.slack_ports import SlackOffice
from services.gateway.slack_requests import SlackRequest, SlackRequests
from shared.errors import Forbidden, Problem, TooManyRequests

log = logging.getLogger("omnilex.gateway")

_LONGEST_TEXT = 1024  # what Lex takes
_TOO_LONG = "That was too long for me. Please say it in fewer words, at most 1,000 characters."
_ONLY_FILES = "I can't read files. Please write what you would like to do."
_CHOSEN = "You chose: {label}"
_PASSED = "This question has passed. Please write what you would like to do."
_ENTERED = "Entered privately."
_NOT_WANTED = "This is no longer being asked for. Please close the form."
_IN_CHANNEL = (
    "I only talk about banking in direct messages, where nobody else can read along. Please <{link}|write to me there>."
)
_NO_RETRY = {"X-Slack-No-Retry": "1"}
_MENTIONS_PER_MINUTE = 20

Later = Callable[[], Awaitable[None]]
T = TypeVar("T", ToldEvent, ToldInteraction)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What to answer Slack with, and what is to be done as soon as it is answered."""

    body: dict[str, JsonValue] | None = None
    later: Later | None = None


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
        self._messaging = messaging
        self._requests = requests
        self._installations = installations
        self._office = office
        self._choices = choices
        self._greeting = greeting
        self._slack_url = slack_url.rstrip("/")
        self._mentions = TokenBuckets(_MENTIONS_PER_MINUTE)

    async def event(self, request: SlackRequest) -> Acknowledged:
        """Raises Unauthenticated for a request that is not Slack's, MalformedRequest for what is no event, Forbidden
        for an app or a workspace that is not installed."""
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
            case Removed(team, _, at, bots):
                await self._installations.removed(team, at, bots)
            case Nothing(limited=True):
                log.warning("slack.events_held_back")
        return Acknowledged()

    async def interaction(self, request: SlackRequest) -> Acknowledged:
        """Raises as `event` does."""
        match self._proved(request, parse_interaction).what:
            case Pressed() as press:
                install = await self._installed(press.place.team, press.place.app)
                return await self._press(install, press)
            case Submitted() as form:
                await self._installed(form.team, form.app)
                return await self._submit(form)
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
        await self._keep(
            said.place,
            said.place.message_id(SAID),
            said.text[:_LONGEST_TEXT] or "(a file)",
            answered_with=refusal,
        )

    async def _point_to_direct_messages(self, install: Installation, place: Place) -> None:
        """Once for each mention, in its thread; the words are not even kept."""
        line = self._messaging.addresses.session(CHANNEL, "mention", place.team, place.channel, place.message)
        link = f"{self._slack_url}/app_redirect?app={install.app_id}&amp;team={place.team}"
        payload = notice(place, _IN_CHANNEL.format(link=link), letters_id())

        def work(db: Connection) -> bool:
            store.slack_install(db, place.team, lock=True)  # two deliveries at once come one after the other
            if store.outgoing_of(db, line, 1):
                return False
            self._messaging.records.line_up(db, line, CHANNEL, [payload])
            return True

        try:
            self._mentions.take(f"{place.team}:{place.channel}")
        except TooManyRequests:
            return
        if await self._messaging.database.at_once(work):
            self._messaging.rounds.attend(line)

    async def _show_home(self, install: Installation, opened: HomeOpened) -> None:
        start = self._choices.marked(START, opened.team, opened.user, START, opened.channel)
        session_id = self._session(opened.team, opened.user)
        verified = await self._messaging.database.at_once(lambda db: self._is_verified(db, session_id))
        view = home_view(verified=verified, start=start if opened.channel.startswith("D") else None)
        await _tried("slack.home_not_shown", lambda: self._office.publish_home(install, opened.user, view))

    async def _press(self, install: Installation, press: Pressed) -> Acknowledged:
        place = press.place
        if not press.shown:
            await self._start(press)
            return Acknowledged()
        kind = SECRET if press.action == SECRET else "choice"
        value = self._choices.value(press.value, kind, place.team, place.user, press.block_id)
        if value is None:
            return Acknowledged()
        answers = answered_by(press.block_id)
        if kind == SECRET:
            return await self._ask_for_secret(install, press, answers)
        kept = await self._keep(place, place.message_id(PRESSED), value, follows=answers)
        if kept != "again":
            remark = _CHOSEN.format(label=press.label) if kept == "new" else _PASSED
            await self._line_up(place, pressed(place, press.shown, remark))
        return Acknowledged()

    async def _start(self, press: Pressed) -> None:
        """The button on the app's home: a greeting in the direct messages."""
        place = press.place
        direct = self._choices.value(press.value, START, place.team, place.user, press.block_id)
        if press.action == START and direct:
            to = Place(place.team, place.app, direct, place.user, "")
            await self._keep(to, f"start:{press.trigger}"[:80], press.label, answered_with=self._greeting)

    async def _ask_for_secret(self, install: Installation, press: Pressed, answers: str) -> Acknowledged:
        place = press.place
        session_id = self._session(place.team, place.user)
        if await self._messaging.database.at_once(lambda db: store.last_heard(db, session_id)) != answers:
            await self._line_up(place, pressed(place, press.shown, _PASSED))
            return Acknowledged()
        given = {"at": [place.channel, place.message, place.thread, answers], "text": str(press.shown["text"])[:2000]}
        packed = json.dumps(given, ensure_ascii=False)
        metadata = self._choices.marked("form", place.team, place.user, SECRET, packed)
        view = secret_view(metadata)
        opening = lambda: self._office.open_form(install, press.trigger, view)  # noqa: E731
        return Acknowledged(later=lambda: _tried("slack.form_not_opened", opening))

    async def _submit(self, form: Submitted) -> Acknowledged:
        packed = self._choices.value(form.metadata, "form", form.team, form.user, SECRET)
        if packed is None:
            return _refused(_NOT_WANTED)
        given = json.loads(packed)
        channel, message, thread, answers = given["at"]
        place = Place(form.team, form.app, channel, form.user, message, thread)
        kept = await self._keep(place, form_message_id(form.view, thread), form.value[:_LONGEST_TEXT], follows=answers)
        if kept == "late":
            return _refused(_NOT_WANTED)
        if kept == "new":
            await self._line_up(place, filled_in(place, given["text"], _ENTERED))
        return Acknowledged()

    async def _keep(
        self,
        place: Place,
        message_id: str,
        text: str,
        *,
        follows: str | None = None,
        answered_with: str | None = None,
    ) -> Literal["new", "again", "late"]:
        """Keeps what was said or pressed; whether it came before, or after its question had passed."""
        session_id = self._session(place.team, place.user)
        inbound = Inbound(
            CHANNEL,
            session_id,
            message_id,
            text,
            reach_of(place),
            address=self._messaging.addresses.address(CHANNEL, place.team, place.user),
            follows=follows,
            answered_with=answered_with,
        )
        new = await self._messaging.conversations.receive(inbound)
        self._messaging.rounds.attend(session_id)
        if new:
            return "new"
        found = await self._messaging.database.at_once(lambda db: store.message_by_id(db, session_id, message_id))
        return "again" if found is not None else "late"

    async def _line_up(self, place: Place, payload: dict[str, JsonValue]) -> None:
        session_id = self._session(place.team, place.user)
        await self._messaging.database.at_once(
            lambda db: self._messaging.records.line_up(db, session_id, CHANNEL, [payload])
        )
        self._messaging.rounds.attend(session_id)

    def _is_verified(self, db: Connection, session_id: str) -> bool:
        row = store.conversation(db, session_id)
        return row is not None and self._messaging.records.dialog(row).verified

    def _session(self, team: str, user: str) -> str:
        return self._messaging.addresses.session(CHANNEL, team, user)


@dataclass(frozen=True, slots=True)
class SlackDoor:
    """What stands behind Slack's paths; `https` is whether they are reached so."""

    channel: SlackChannel
    installs: SlackInstalls
    https: bool


def _refused(why: str) -> Acknowledged:
    """Slack shows it beside the field, and the form stays open."""
    return Acknowledged({"response_action": "errors", "errors": {SECRET: why}})


async def _tried(event: str, work: Later) -> None:
    """What is lost when it fails is seen by the person, who tries again."""
    try:
        await work()
    except Problem as problem:
        log.warning(event, extra={"slug": problem.slug, "reason": problem.detail})
