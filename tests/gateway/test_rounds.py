"""The work in the background: what is slow of one channel holds up no other."""

import asyncio
from typing import cast

from services.gateway.conversations import Conversations
from services.gateway.outbox import Outbox
from services.gateway.rounds import Rounds
from tests.conftest import eventually


class Turns:
    def __init__(self) -> None:
        self.taken: list[str] = []

    async def answer_waiting(self, session_id: str) -> None:
        self.taken.append(session_id)


class Sendings:
    """Text messages go nowhere until `back`."""

    def __init__(self) -> None:
        self.back = asyncio.Event()
        self.sent: list[str] = []

    async def send_waiting(self, session_id: str) -> None:
        if session_id.startswith("sms:"):
            await self.back.wait()
        self.sent.append(session_id)


async def test_provider_that_hangs_holds_up_neither_turns_nor_other_channels() -> None:
    turns, sendings = Turns(), Sendings()
    rounds = Rounds(cast("Conversations", turns), cast("Outbox", sendings))
    texts = [f"sms:{number}" for number in range(200)]
    for session_id in (*texts, "slack:one"):
        rounds.attend(session_id)
    await eventually(lambda: sendings.sent == ["slack:one"])
    assert set(turns.taken) == {*texts, "slack:one"}
    sendings.back.set()
    await eventually(lambda: set(sendings.sent) == {*texts, "slack:one"})
