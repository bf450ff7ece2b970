"""`omnilex bot …`: hands over to the lex service's own console, as a process (ADR 0006)."""

import subprocess
import sys

import typer

CONSOLE = "services.lex.console"
UNTOUCHED = {"allow_extra_args": True, "ignore_unknown_options": True}


def bot(context: typer.Context) -> None:
    """Import, check, export and try Amazon Lex bots; needs no running system."""
    done = subprocess.run([sys.executable, "-m", CONSOLE, *context.args], check=False)  # noqa: S603  the user's own words
    raise typer.Exit(done.returncode)
