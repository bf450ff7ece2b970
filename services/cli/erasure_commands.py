"""`omnilex erasures`: everything of one interaction or of one customer, erased."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.cli.chat import escaped
from services.cli.gateway import Gateway
from services.cli.terminal import as_staff, console
from shared.schemas.erasures import Certificate, Erasure

app = typer.Typer(no_args_is_help=True, help="Erase interactions everywhere, and keep the certificate. For admins.")

_LOOK_SECONDS = 1.0


@app.command()
def start(
    interaction: Annotated[str | None, typer.Option(help="An interaction's id.")] = None,
    customer: Annotated[str | None, typer.Option(help="A customer's id: all interactions of this customer.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Until everything went.")] = True,
) -> None:
    """Erase recording, copies, transcript, result and index entry. Cannot be undone."""
    if (interaction is None) == (customer is None):
        raise typer.BadParameter("say either --interaction or --customer.", param_hint="what to erase")
    if not yes:
        typer.confirm("Erase for good?", abort=True)
    body = {"interaction_id": interaction} if interaction else {"customer": str(customer)}

    async def erase(gateway: Gateway, token: str) -> None:
        erasure = await gateway.erase(token, body)
        while wait and erasure.state != "done":
            await asyncio.sleep(_LOOK_SECONDS)
            erasure = await gateway.erasure(token, erasure.erasure_id)
        _print(erasure)

    as_staff(erase)


@app.command("list")
def list_erasures(limit: Annotated[int, typer.Option(min=1, max=100, help="How many, newest first.")] = 25) -> None:
    """List erasures."""

    async def listed(gateway: Gateway, token: str) -> None:
        page = await gateway.erasures(token, {"limit": str(limit)})
        table = Table("erasure", "of", "state", "asked by", "asked at", "entries", box=None, pad_edge=False)
        for one in page.items:
            asked = one.asked_at.astimezone().strftime("%Y-%m-%d %H:%M")
            table.add_row(one.erasure_id, f"one {one.scope}", one.state, escaped(one.asked_by), asked, str(one.entries))
        console.print(table if page.items else "Nothing has been erased yet.")

    as_staff(listed)


@app.command()
def show(
    erasure_id: Annotated[str, typer.Argument(help="An erasure's id.")],
    save: Annotated[Path | None, typer.Option(help="Write the certificate (JSON) to this file.")] = None,
) -> None:
    """Show how far an erasure is, or its certificate."""

    async def shown(gateway: Gateway, token: str) -> None:
        erasure = await gateway.erasure(token, erasure_id)
        _print(erasure)
        if save is not None and erasure.certificate is not None:
            save.write_text(erasure.certificate.model_dump_json(indent=2) + "\n", encoding="utf-8")

    as_staff(shown)


def _print(erasure: Erasure) -> None:
    if erasure.certificate is None:
        console.print(f"Erasure {erasure.erasure_id} is {erasure.state}: {erasure.entries} entries, "
                      f"tried {erasure.attempts} times so far.")  # fmt: skip
        return
    _print_certificate(erasure.certificate)


def _print_certificate(certificate: Certificate) -> None:
    ended = certificate.ended_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    console.print(f"Erased for {escaped(certificate.asked_by)}, everything by {ended}:")
    for part in certificate.parts:
        size = f", {part.bytes} bytes" if part.bytes else ""
        console.print(f"  {part.count} {part.part.replace('_', '-')}{size}")
    console.print(f"Certificate {certificate.erasure_id}, digest {certificate.digest}")
