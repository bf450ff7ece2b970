"""The audit trail on a terminal, from a gateway that answers what the test says."""

import io

import httpx
import pytest
from rich.console import Console

from services.cli.audit import prove, show
from services.cli.connection import CommandFailed
from services.cli.gateway import Gateway

RECORD = {
    "audit_id": "3.1",
    "at": "2026-03-10T09:30:00Z",
    "actor": "staff:pat",
    "action": "identity.unlocked",
    "subject": "V-7KQ2M9XWPA",
    "customer_id": "C-7KQ2M9XWPA",
    "channel": "staff",
    "request_id": "r-1",
    "details": {"note": "[red]call[/]", "tries": 5},
}
PROOF = {"whole": True, "rows": 7, "broken": [], "anchor": "1aaaa-2bbbb", "checked_at": "2026-03-10T09:30:00Z"}


class Door:
    def __init__(self, body: object, status: int = 200) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = httpx.Response(status, json=body)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer


def gateway(door: Door) -> Gateway:
    return Gateway(httpx.AsyncClient(transport=httpx.MockTransport(door), base_url="http://door"))


def terminal() -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, width=200, highlight=False), file


async def test_trail_of_one_customer_is_shown() -> None:
    console, printed = terminal()
    door = Door({"items": [RECORD], "next_cursor": None})
    await show(gateway(door), "token", console, customer_id="C-7KQ2M9XWPA", limit=5)
    assert door.requests[0].url.raw_path == b"/api/v1/audit?limit=5&customer_id=C-7KQ2M9XWPA"
    assert door.requests[0].headers["authorization"] == "Bearer token"
    line = printed.getvalue().splitlines()[1]
    for part in ("2026-03-10 09:30:00", "staff:pat", "identity.unlocked", "V-7KQ2M9XWPA", "note [red]call[/], tries 5"):
        assert part in line


async def test_empty_trail_is_told() -> None:
    console, printed = terminal()
    await show(gateway(Door({"items": [], "next_cursor": None})), "token", console, customer_id=None, limit=5)
    assert printed.getvalue() == "Nothing has been done yet.\n"


async def test_whole_trail_is_proved_with_its_anchor() -> None:
    console, printed = terminal()
    door = Door(PROOF)
    assert await prove(gateway(door), "token", console, anchor="0aaaa-1bbbb")
    assert door.requests[0].url.query == b"anchor=0aaaa-1bbbb"
    assert "whole: 7 rows" in printed.getvalue()
    assert "1aaaa-2bbbb" in printed.getvalue()


async def test_breaks_are_named() -> None:
    console, printed = terminal()
    broken = [{"chain": 3, "seq": 2, "problem": "changed"}, {"chain": 9, "seq": 1, "problem": "missing"}]
    assert not await prove(gateway(Door(PROOF | {"whole": False, "broken": broken})), "token", console, anchor=None)
    assert printed.getvalue().splitlines()[:2] == ["Chain 3: row 2 was changed.", "Chain 9: row 1 is missing."]
    assert "whole" not in printed.getvalue()


async def test_refusal_is_a_sentence() -> None:
    console, _ = terminal()
    door = Door({"title": "Not allowed", "detail": "Your role does not allow this.", "request_id": "r"}, 403)
    with pytest.raises(CommandFailed, match="Your role does not allow this"):
        await prove(gateway(door), "token", console, anchor=None)
