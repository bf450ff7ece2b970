"""What callers key in."""

import pytest

from services.gateway.channels.keypad import meant_by
from services.gateway.settings import GatewaySettings
from shared.schemas.lex import plain
from tests.gateway.test_voice import answers, exchange, last_heard


@pytest.mark.parametrize(
    ("slot", "keys", "language", "meant"),
    [
        ("Amount", "250", "en-US", "250"),
        ("Amount", "250*50", "en-US", "250.50"),
        ("Amount", "*5", "en-US", "0.5"),
        ("Amount", "1*2*3", "en-US", "1*2*3"),
        ("Amount", "250*505", "en-US", "250*505"),
        ("InterestRate", "5*25", "es-US", "5.25"),
        ("PayDate", "12012026", "en-US", "2026-12-01"),
        ("PayDate", "01122026", "es-US", "2026-12-01"),
        ("PayDate", "13012026", "en-US", "13012026"),
        ("PayDate", "1201", "en-US", "1201"),
        ("PhoneNumber", "5550001111", "en-US", "5550001111"),
        ("Payee", "2*5", "en-US", "2*5"),
        (None, "2*5", "en-US", "2*5"),
    ],
)
def test_keys_say_what_they_are_asked_for(slot: str | None, keys: str, language: str, meant: str) -> None:
    assert meant_by(slot, keys, language) == meant


async def test_amounts_and_dates_are_keyed_in(settings: GatewaySettings) -> None:
    async with exchange(settings) as here:
        here.lex.turn = answers(plain("How much?"), asks_for="Amount")
        call = here.call()
        await call.begin()
        assert "with star for the point" in await call.say("pay")
        assert call.gather["finishOnKey"] == "#"
        here.lex.turn = answers(plain("On which day?"), asks_for="PayDate")
        assert "two digits for the month" in await call.press("250*50")
        assert last_heard(here.lex) == "250.50"
        await call.press("12012026")
        assert last_heard(here.lex) == "2026-12-01"
