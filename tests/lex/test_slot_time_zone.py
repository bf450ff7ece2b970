"""Relative dates and times go by the customer's time zone: the request names it, else it is the bot's."""

import pytest

from tests.lex.conversation import Conversation, intent, served, slot, values, waits_for


@pytest.mark.parametrize(
    ("zone", "today", "now"),
    [
        ("Asia/Tokyo", "2026-03-05", "01:00"),
        ("Europe/Berlin", "2026-03-04", "17:00"),
        ("America/New_York", "2026-03-04", "11:00"),
        ("Nowhere/Land", "2026-03-04", "11:00"),
        ("America", "2026-03-04", "11:00"),
        (None, "2026-03-04", "11:00"),
    ],
)
async def test_today_and_now_are_where_the_customer_is(zone: str | None, today: str, now: str) -> None:
    booking = intent("Book", "book it", slots=[slot("Day", "AMAZON.Date"), slot("Hour", "AMAZON.Time")])
    talk = Conversation(served(booking))
    talk.wait(4 * 3600)  # 16:00 UTC
    named = {"x_amz_lex__time_zone": zone} if zone else {}
    for text in ("book it", "today", "now"):
        turn = await talk.say(text, None, **named)
    assert waits_for(turn) not in ("Day", "Hour")
    assert values(turn) == {"Day": today, "Hour": now}
