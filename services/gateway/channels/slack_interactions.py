"""What Slack tells of buttons, menus and forms.

Source: Slack's interaction payloads `block_actions` and `view_submission`, in the form field `payload`.
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Annotated, Literal
from urllib.parse import parse_qs

from pydantic import Field, JsonValue, StringConstraints

from services.gateway.channels.plain_words import clean
from services.gateway.channels.slack_places import AppId, MessageTime, Name, Nothing, Place, SlackModel, TeamId, UserId
from shared.errors import MalformedRequest

_DIRECT = re.compile(r"D[A-Z0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button was pressed or a choice made. `shown` is the message with it; in the app's home there is none."""

    place: Place
    block_id: str
    action: str
    value: str
    label: str
    trigger: str
    shown: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form was filled in; `metadata` is what we gave along when it was opened."""

    team: str
    app: str
    user: str
    view: str
    metadata: str
    value: str


Interaction = Pressed | Submitted | Nothing


@dataclass(frozen=True, slots=True)
class ToldInteraction:
    """What a request tells, and the verification token that it carries."""

    token: str
    what: Interaction


class _Id(SlackModel):
    id: Name


class _Team(SlackModel):
    id: TeamId


class _User(SlackModel):
    id: UserId


class _Text(SlackModel):
    text: Annotated[str, Field(max_length=3000)] = ""


class _Option(SlackModel):
    value: Annotated[str, Field(max_length=2000)] = ""
    text: _Text = _Text()


class _Action(SlackModel):
    type: Name = ""
    action_id: Name = ""
    block_id: Name = ""
    value: Annotated[str, Field(max_length=2000)] = ""
    text: _Text = _Text()
    selected_option: _Option | None = None


class _Message(SlackModel):
    ts: MessageTime
    thread_ts: MessageTime | None = None
    text: Annotated[str, Field(max_length=50_000)] = ""
    blocks: list[dict[str, JsonValue]] = Field([], max_length=100)


class _Input(SlackModel):
    value: Annotated[str, Field(max_length=3000)] | None = None


class _State(SlackModel):
    values: dict[str, dict[str, _Input]] = Field({}, max_length=20)


class _View(SlackModel):
    id: Annotated[str, StringConstraints(pattern=r"^V[A-Z0-9]{1,30}$")]
    type: Literal["home", "modal"] = "modal"
    private_metadata: Annotated[str, Field(max_length=3000)] = ""
    state: _State = _State()


class _Payload(SlackModel):
    type: Name
    token: Name = ""
    team: _Team | None = None
    user: _User
    api_app_id: AppId
    channel: _Id | None = None
    message: _Message | None = None
    view: _View | None = None
    trigger_id: Name = ""
    actions: list[_Action] = Field([], max_length=100)


def parse_interaction(body: bytes) -> ToldInteraction:
    """A form with the field `payload`. Raises MalformedRequest for what is none."""
    try:
        fields = parse_qs(body.decode(), strict_parsing=True, max_num_fields=20)
        payload = _Payload.model_validate_json(fields["payload"][0])
    except (ValueError, KeyError) as error:
        raise MalformedRequest("The interaction cannot be read.") from error
    return ToldInteraction(payload.token, _interaction(payload))


def _interaction(payload: _Payload) -> Interaction:
    if payload.team is None:
        raise MalformedRequest("The interaction cannot be read.")
    team, app, user, view = payload.team.id, payload.api_app_id, payload.user.id, payload.view
    if payload.type == "view_submission" and view is not None:
        values = [field.value for block in view.state.values.values() for field in block.values()]
        given = clean(values[0] or "") if values else ""
        return Submitted(team, app, user, view.id, view.private_metadata, given)
    if payload.type != "block_actions" or not payload.actions:
        return Nothing()
    action, shown, channel = payload.actions[0], payload.message, payload.channel
    if shown is not None and (channel is None or not _DIRECT.fullmatch(channel.id)):
        return Nothing()
    chosen = action.selected_option or _Option(value=action.value, text=action.text)
    at, thread = (shown.ts, shown.thread_ts if shown.thread_ts != shown.ts else None) if shown else ("", None)
    return Pressed(
        place=Place(team, app, channel.id if channel and shown else "", user, at, thread),
        block_id=action.block_id,
        action=action.action_id,
        value=chosen.value,
        label=clean(unescape(chosen.text.text)),
        trigger=payload.trigger_id,
        shown={"text": shown.text, "blocks": list(shown.blocks)} if shown else {},
    )
