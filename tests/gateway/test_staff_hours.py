"""When somebody is there, and what customers hear of it on each channel when nobody is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from services.gateway.opening_words import opening_words
from services.gateway.settings import GatewaySettings
from services.gateway.staff_hours import StaffHours
from shared.schemas.lex import plain
from tests.conftest import eventually
from tests.gateway.slack_requests import in_slack
from tests.gateway.test_chat import opened, said
from tests.gateway.test_handoffs import HANDOFFS, SMS, desk, hands_over
from tests.gateway.test_messages_in_and_out import line
from tests.gateway.test_voice import AGENT, answers, exchange

NEW_YORK = ZoneInfo("America/New_York")
PLAN = ("mon-fri 08:00-18:00", "sat 09:00-13:00")


def at(text: str) -> datetime:
    """A moment in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def never() -> tuple[str, ...]:
    """A plan by which nobody is there now, nor soon."""
    weekday = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    return (f"{weekday} 08:00-09:00",)


@pytest.mark.parametrize(
    ("now", "since", "opens"),
    [
        ("2026-11-23T08:00", "2026-11-23T08:00", "2026-11-24T08:00"),
        ("2026-11-23T07:59:59", None, "2026-11-23T08:00"),
        ("2026-11-23T18:00", None, "2026-11-24T08:00"),
        ("2026-11-27T19:00", None, "2026-11-28T09:00"),
        ("2026-11-28T12:59", "2026-11-28T09:00", "2026-11-30T08:00"),
        ("2026-12-24T20:00", None, "2026-12-26T09:00"),  # over Christmas
        ("2026-03-08T12:00", None, "2026-03-09T08:00"),  # the clocks went forward
    ],
)
def test_plan_is_kept_in_the_banks_own_time(now: str, since: str | None, opens: str) -> None:
    hours = StaffHours(PLAN, "America/New_York", [date(2026, 12, 25)])
    assert hours.open_since(at(now)) == (at(since) if since else None)
    assert hours.opens_at(at(now)) == at(opens)


def test_nights_and_whole_days() -> None:
    night = StaffHours(("sun-thu 22:00-06:00",), "America/New_York")
    assert night.open_since(at("2026-11-23T03:00")) == at("2026-11-22T22:00")
    assert night.closed_since(at("2026-11-23T07:00")) == at("2026-11-23T06:00")
    always = StaffHours(("mon-sun 00:00-24:00",))
    assert always.open_since(at("2026-11-23T03:00")) is not None
    assert StaffHours().open_since(at("2026-11-23T03:00")) is not None
    closed = StaffHours(("mon 08:00-09:00",), "UTC", [date(2026, 1, 1) + timedelta(days=day) for day in range(800)])
    assert closed.opens_at(at("2026-11-23T03:00")) is None


@pytest.mark.parametrize(
    ("opens", "english", "spanish"),
    [
        ("2026-11-23T08:00", "today at 8:00 AM EST", "hoy a las 08:00 EST"),
        ("2026-11-24T13:30", "tomorrow at 1:30 PM EST", "mañana a las 13:30 EST"),
        ("2026-11-28T09:00", "on Saturday at 9:00 AM EST", "el sábado a las 09:00 EST"),
        ("2026-12-26T09:00", "on Saturday, December 26 at 9:00 AM EST", "el sábado 26 de diciembre a las 09:00 EST"),
    ],
)
def test_opening_is_said_as_people_say_it(opens: str, english: str, spanish: str) -> None:
    now, opening = at("2026-11-23T03:00"), at(opens).astimezone(NEW_YORK)
    assert opening_words(opening, now, "en_US") == english
    assert opening_words(opening, now, "es_US") == spanish
    assert opening_words(opening, now, None, spoken=True) == english.removesuffix(" EST")


async def test_who_asks_at_night_keeps_their_place(settings: GatewaySettings) -> None:
    async with desk(settings, staff_hours=never(), handoff_wait_seconds=1, twilio_answer_seconds=0.1) as here:
        told = (await here.seen())[-1]
        assert told[0] == "bot"
        assert "Nobody is here to answer right now: my colleagues are back on" in told[1]
        assert 'write "bot"' in told[1]
        assert (await said(here.client, here.customer, "hello?")).json()["messages"] == []

        here.lex.turn = hands_over()
        reply = (await said(here.client, await opened(here.client), "a person")).json()
        assert [message["content"][:16] for message in reply["messages"]] == ["I'm connecting y", "Nobody is here t"]
        assert reply["dialog"]["answeredBy"] == "queue"

        await here.by_phone("a person", "M1")
        await eventually(lambda: "my colleagues are back on" in "".join(here.phone.taken))

        await here.service.messaging.handoffs.tend()
        waiting = (await here.client.get(HANDOFFS, headers=here.kim)).json()["items"]
        assert [item["status"] for item in waiting] == ["waiting"] * 3  # though they have waited long enough
        for item in waiting:
            assert (await here.do(here.kim, item["handoff_id"], "take")).status_code == 200  # who is there may answer
        assert (await said(here.client, here.customer, "hi")).json()["dialog"]["answeredBy"] == "agent"
        assert here.service.messaging.records.rules.handoff.hours.opens_at(datetime.now(UTC)) is not None
        assert SMS not in str(waiting)


async def test_who_waits_when_everybody_goes_home(settings: GatewaySettings, database_url: str) -> None:
    """They hear of it once, keep their place over night, and are waited for from the opening on."""
    url = settings.database_url(database_url, "gateway")
    plan = ("sun-mon 08:00-18:00",)
    async with line(settings, url, staff_hours=plan, staff_time_zone="UTC", handoff_wait_seconds=600) as here:
        here.lex.turn = hands_over()

        async def tended_at(text: str) -> list[str]:
            here.clock.now = datetime.fromisoformat(text).replace(tzinfo=UTC)
            for _ in range(3):
                await here.parts.handoffs.tend()
            await here.work()
            return here.provider.taken

        assert await tended_at("2026-03-01T17:55") == []
        await here.said("a person please")
        connecting = ["I'm connecting you to a person."]
        assert await tended_at("2026-03-01T17:59") == connecting
        told = await tended_at("2026-03-01T18:00:01")
        assert len(told) == 2
        assert "my colleagues are back tomorrow at 8:00 AM UTC" in told[1]
        assert await tended_at("2026-03-01T23:59") == told
        assert await tended_at("2026-03-02T08:09") == told
        assert "nobody could take over just now" in (await tended_at("2026-03-02T08:10:01"))[2]


async def test_chat_that_is_over_leaves_the_line(settings: GatewaySettings) -> None:
    async with desk(settings, staff_hours=never(), chat_session_seconds=3) as here:
        waiting = await here.waiting()

        async def gone() -> bool:
            items = (await here.client.get(HANDOFFS, params={"status": "abandoned"}, headers=here.kim)).json()["items"]
            return [item["handoff_id"] for item in items] == [waiting]

        await eventually(gone)


async def test_slack_hears_when_somebody_is_there(settings: GatewaySettings) -> None:
    async with in_slack(settings, staff_hours=never()) as peer:
        peer.lex.turn = hands_over()
        await peer.say("a person please")
        await eventually(lambda: "my colleagues are back on" in "\n".join(peer.slack.texts(peer.channel)))


async def test_caller_is_not_put_through_to_an_empty_office(settings: GatewaySettings) -> None:
    async with exchange(settings, staff_hours=never(), twilio_agent_number=AGENT) as here:
        here.lex.turn = answers(plain("Connecting."), intent="TransferToAgent", state="Fulfilled")
        call = here.call()
        await call.begin()
        heard = await call.say("a person")
        assert call.root.find("Dial") is None
        assert "nobody is here to take your call right now. My colleagues are back on" in heard
        assert "anything else" in heard
        for _ in range(2):
            await call.silence()
        assert "Goodbye" in await call.silence()  # a person is not offered either


@pytest.mark.parametrize(
    "wrong",
    [
        {"staff_hours": "mon-fri 8-18"},
        {"staff_hours": "weekdays 08:00-18:00"},
        {"staff_hours": "mon 08:00-25:00"},
        {"staff_time_zone": "Mars/Olympus"},
        {"staff_closed_on": "2026-02-30"},
    ],
)
def test_plan_that_cannot_be_read_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        GatewaySettings.model_validate(wrong)


def test_plan_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNILEX_STAFF_HOURS", "mon-fri 08:00-18:00 | sat 09:00-13:00")
    monkeypatch.setenv("OMNILEX_STAFF_CLOSED_ON", "2026-12-25|2027-01-01")
    read = GatewaySettings()
    assert read.staff_hours == PLAN
    assert read.staff_closed_on == (date(2026, 12, 25), date(2027, 1, 1))
