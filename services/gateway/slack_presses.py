"""Buttons, menus and forms of the bot in Slack.

A press counts once for each card, and only while the card's question is the last thing that was asked.
"""

from pydantic import BaseModel, JsonValue

from services.gateway.channels.slack import (
    PRESSED,
    Choices,
    answered_by,
    filled_in,
    form_message_id,
    pressed,
)
from services.gateway.channels.slack_blocks import SECRET, START, secret_view
from services.gateway.channels.slack_interactions import Pressed, Submitted
from services.gateway.channels.slack_places import Place
from services.gateway.slack_acknowledged import Acknowledged, tried
from services.gateway.slack_installs import Installation
from services.gateway.slack_ports import SlackOffice
from services.gateway.slack_talks import SlackTalks

_CHOICE, _FORM = "choice", "form"
_CHOSEN = "You chose: {label}"
_PASSED = "This question has passed. Please write what you would like to do."
_ENTERED = "Entered privately."
_NOT_WANTED = "This is no longer being asked for. Please close the form."
_EMPTY = "Please enter it here, or close the form."
_TEXT_KEPT = 2_000


class SlackPresses:
    """`greeting` answers the button of the app's home."""

    def __init__(self, talks: SlackTalks, office: SlackOffice, choices: Choices, *, greeting: str) -> None:
        self._talks = talks
        self._office = office
        self._choices = choices
        self._greeting = greeting

    async def press(self, install: Installation, press: Pressed) -> Acknowledged:
        """What was pressed is said to the bot; a value that we did not show there is left alone."""
        place = press.place
        if not press.shown:
            await self._start(press)
            return Acknowledged()
        kind = SECRET if press.action == SECRET else _CHOICE
        value = self._choices.value(press.value, kind, place.team, place.user, press.block_id)
        if value is None:
            return Acknowledged()
        answers = answered_by(press.block_id)
        if kind == SECRET:
            return await self._ask_for_secret(install, press, answers)
        chosen = pressed(place, press.shown, _CHOSEN.format(label=press.label))
        kept = await self._talks.keep(place, place.message_id(PRESSED), value, follows=answers, change=chosen)
        if kept == "late":
            await self._talks.change(place, pressed(place, press.shown, _PASSED))
        return Acknowledged()

    async def submit(self, form: Submitted) -> Acknowledged:
        """What was entered is said to the bot, if it still asks for it."""
        packed = self._choices.value(form.metadata, _FORM, form.team, form.user, SECRET)
        if packed is None:
            return _refused(_NOT_WANTED)
        if not form.value:
            return _refused(_EMPTY)
        opened = _Opened.model_validate_json(packed)
        place = Place(form.team, form.app, opened.channel, form.user, opened.message, opened.thread)
        kept = await self._talks.keep(
            place,
            form_message_id(form.view, opened.thread),
            form.value,
            follows=opened.answers,
            change=filled_in(place, opened.text, _ENTERED),
        )
        return _refused(_NOT_WANTED) if kept == "late" else Acknowledged()

    async def _start(self, press: Pressed) -> None:
        """The button on the app's home: a greeting in the direct messages."""
        place = press.place
        direct = self._choices.value(press.value, START, place.team, place.user, press.block_id)
        if press.action == START and direct:
            to = Place(place.team, place.app, direct, place.user, "")
            await self._talks.keep(to, f"start:{press.trigger}"[:80], press.label, answered_with=self._greeting)

    async def _ask_for_secret(self, install: Installation, press: Pressed, answers: str) -> Acknowledged:
        place = press.place
        if await self._talks.last_heard(place.team, place.user) != answers:
            await self._talks.change(place, pressed(place, press.shown, _PASSED))
            return Acknowledged()
        opened = _Opened(
            channel=place.channel,
            message=place.message,
            thread=place.thread,
            answers=answers,
            text=str(press.shown["text"])[:_TEXT_KEPT],
        )
        metadata = self._choices.marked(_FORM, place.team, place.user, SECRET, opened.model_dump_json())
        view = secret_view(metadata)
        return Acknowledged(
            later=lambda: tried("slack.form_not_opened", self._office.open_form(install, press.trigger, view))
        )


class _Opened(BaseModel):
    """From which message a form was opened, in answer to which, and what that message said."""

    channel: str
    message: str
    thread: str | None
    answers: str
    text: str


def _refused(why: str) -> Acknowledged:
    """Slack shows it beside the field, and the form stays open."""
    errors: dict[str, JsonValue] = {SECRET: why}
    return Acknowledged({"response_action": "errors", "errors": errors})
