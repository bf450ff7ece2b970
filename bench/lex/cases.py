"""The bots that the runtime is measured with."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.lex.big_bots import Big, eighty_intents, ten_thousand_values
from bench.lex.conversations import Customers, Reciting

COUNT = int(os.environ.get("OMNILEX_BENCH_COUNT", "800"))
ROUNDS = int(os.environ.get("OMNILEX_BENCH_ROUNDS", "5"))
OWN = Path(__file__).resolve().parents[2] / "infra" / "lex"
# One conversation, over and over: a question, a payment in several turns, a confirmation, a miss.
TEXTS = ("help", "pay city power", "25 dollars", "from checking", "no", "what is my balance", "sing about pirates")


@dataclass(frozen=True, slots=True)
class Case:
    """A bot with its customers; `folder` writes it below a folder, if it is generated, and says where it is."""

    name: str
    bot_id: str
    customers: Customers
    folder: Callable[[Path], Path]


def case(name: str) -> Case:
    """`own`, `intents` or `values`."""
    if name == "own":
        return Case("OmniLex", "OMNILEXBOT", lambda number: Reciting(TEXTS), lambda folder: OWN)
    if name == "intents":
        return _generated("80 intents of 20 utterances", eighty_intents())
    return _generated("20 intents, types of 10,000 values", ten_thousand_values())


def _generated(name: str, big: Big) -> Case:
    return Case(name, big.bot.identifier, big.customers, lambda folder: big.bot.write(folder / "bot"))
