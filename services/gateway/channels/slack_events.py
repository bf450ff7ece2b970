"""What Slack tells by its Events API.

Sources: `event_callback` with `message.im`, `app_mention`, `app_home_opened`, `app_uninstalled` and `tokens_revoked`;
`url_verification`; `app_rate_limited`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Annotated

from pydantic import Field, JsonValue, ValidationError

from services.gateway.channels.plain_words import clean
from services.gateway.channels.slack_places import (
    AppId,
    ChannelId,
    MessageTime,
    Name,
    Nothing,
    Place,
    SlackModel,
    TeamId,
    UserId,
)
from shared.errors import MalformedRequest

_PERSONS = (None, "file_share", "thread_broadcast")
_LINK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_MENTION = ("@", "#", "!")
_DIRECT = "D"


@dataclass(frozen=True, slots=True)
class Verification:
    """Slack asks whether the address is ours, and wants the challenge back."""

    challenge: str


@dataclass(frozen=True, slots=True)
class Said:
    """A person wrote to the app; `files` is whether they sent some along."""

    place: Place
    text: str
    files: bool


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A person named the app in a channel."""

    place: Place


@dataclass(frozen=True, slots=True)
class HomeOpened:
    team: str
    app: str
    user: str
    channel: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The app was taken out of the workspace (`bots` null), or the tokens of these bot users were revoked."""

    team: str
    app: str
    at: datetime
    bots: frozenset[str] | None


Event = Verification | Said | Mentioned | HomeOpened | Removed | Nothing


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """What a request tells, and the verification token that it carries."""

    token: str
    what: Event


class _Tokens(SlackModel):
    bot: list[Name] = Field([], max_length=1000)


class _Inner(SlackModel):
    """An event; which of the fields are there depends on its type."""

    type: Name
    subtype: Name | None = None
    channel: ChannelId | None = None
    channel_type: Name | None = None
    user: UserId | None = None
    bot_id: Name | None = None
    text: Annotated[str, Field(max_length=50_000)] = ""
    ts: MessageTime | None = None
    thread_ts: MessageTime | None = None
    edited: JsonValue = None
    hidden: bool = False
    files: list[JsonValue] = Field([], max_length=1000)
    tab: Name | None = None
    tokens: _Tokens | None = None


class _Outer(SlackModel):
    token: Name = ""
    type: Name
    challenge: Annotated[str, Field(max_length=500)] = ""
    team_id: TeamId | None = None
    api_app_id: AppId | None = None
    event: _Inner | None = None
    event_time: Annotated[int, Field(ge=0, le=10**11)] = 0


def parse_event(body: bytes) -> ToldEvent:
    """Raises MalformedRequest for what is no event."""
    try:
        outer = _Outer.model_validate_json(body)
    except ValidationError as error:
        raise MalformedRequest("The event cannot be read.") from error
    return ToldEvent(outer.token, _event(outer))


def _event(outer: _Outer) -> Event:
    if outer.type == "url_verification":
        return Verification(outer.challenge)
    if outer.type != "event_callback":
        return Nothing(limited=outer.type == "app_rate_limited")
    if outer.event is None or outer.team_id is None or outer.api_app_id is None:
        raise MalformedRequest("The event cannot be read.")
    at = datetime.fromtimestamp(outer.event_time, UTC)
    return _callback(outer.event, outer.team_id, outer.api_app_id, at)


def _callback(event: _Inner, team: str, app: str, at: datetime) -> Event:
    match event.type:
        case "app_uninstalled":
            return Removed(team, app, at, None)
        case "tokens_revoked" if event.tokens and event.tokens.bot:
            return Removed(team, app, at, frozenset(event.tokens.bot))
        case "app_home_opened" if event.tab == "home" and event.user and event.channel:
            return HomeOpened(team, app, event.user, event.channel)
        case "message" | "app_mention":
            return _by_person(event, team, app)
    return Nothing()


def _by_person(event: _Inner, team: str, app: str) -> Event:
    """Nothing for what a bot said (we among them), and for what is about a message and is none."""
    if event.bot_id or event.subtype not in _PERSONS or event.edited or event.hidden:
        return Nothing()
    if not event.user or not event.channel or not event.ts:
        raise MalformedRequest("The event cannot be read.")
    thread = event.thread_ts if event.thread_ts != event.ts else None
    place = Place(team, app, event.channel, event.user, event.ts, thread)
    direct = event.channel.startswith(_DIRECT)
    if event.type == "app_mention":
        return Nothing() if direct else Mentioned(place)
    if not direct or event.channel_type not in (None, "im"):
        return Nothing()
    return Said(place, plain(event.text), bool(event.files))


def plain(text: str) -> str:
    """What the person typed: Slack marks up links and mentions, and escapes `&`, `<` and `>`."""
    return clean(unescape(_LINK.sub(_shown, text)))


def _shown(link: re.Match[str]) -> str:
    target, label = link[1], link[2]
    if target.startswith(_MENTION):
        return f"{target[0].replace('!', '@')}{label.lstrip('@#')}" if label else ""
    return label or target.removeprefix("mailto:").removeprefix("tel:")
