"""What a subcommand of `omnilex bot` is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass


class CommandFailed(Exception):
    """The command cannot do what was asked; the message is for the person at the terminal. Exit code 1."""


@dataclass(frozen=True, slots=True)
class Command:
    """`arguments` declares what the command takes; `run` does it and returns the exit code."""

    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
