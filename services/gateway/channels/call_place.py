"""Where a telephone call stands, as the addresses tell that Twilio is given to call next."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

MOST_TURNS = 500
MOST_WAITS = 10
REPROMPTS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands: the turn that is waited for, how often nothing was heard or the answer was not there yet,
    and whether the recording is paused.
    """

    turn: int = 1
    missed: int = 0
    waits: int = 0
    paused: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Place":
        """Of the address that was called; what was not written by us is read as the beginning."""

        def number(name: str, most: int, least: int = 0) -> int:
            text = query.get(name, "")
            return int(text) if text.isascii() and text.isdigit() and least <= int(text[:6]) <= most else least

        return cls(
            number("turn", MOST_TURNS, 1),
            number("missed", REPROMPTS + 1),
            number("waits", MOST_WAITS),
            query.get("paused") == "yes",
        )

    def query(self) -> str:
        given = {"turn": self.turn, "missed": self.missed, "waits": self.waits}
        shown = {name: str(value) for name, value in given.items() if value}
        return urlencode(shown | ({"paused": "yes"} if self.paused else {}))

    @property
    def message_id(self) -> str:
        return f"turn-{self.turn:04}"

    @property
    def following(self) -> "Place":
        return Place(self.turn + 1, paused=self.paused)
