"""The hold-out bots of `data/holdout`, asked through `omnilex bot classify`: `python -m bench.lex.holdout`."""

from bench.lex.accuracy import systems, table
from bench.lex.bots import DATA, Bot, read_bot, texts_of
from bench.lex.suite import Kind
from bench.lex.systems import door

HOLDOUT = DATA / "holdout"
NAMES = ("insurance", "helpdesk", "council")


def holdout(name: str) -> list[Kind]:
    """The bot against texts near its trade and against far ones."""
    train, tests, near = read_bot(HOLDOUT / f"{name}.txt")
    far = texts_of(HOLDOUT / "elsewhere.txt")
    return [
        (f"{name}, near foreign texts", [Bot(name, train, tests, near)]),
        (f"{name}, far foreign texts", [Bot(name, train, tests, far)]),
    ]


def main() -> None:
    _, *others = systems()
    table([kind for name in NAMES for kind in holdout(name)], [door, *others])


if __name__ == "__main__":
    main()
