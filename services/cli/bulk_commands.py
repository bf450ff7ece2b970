"""`omnilex bulk`: many files at once, let in little by little."""

import asyncio
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from services.cli.chat import escaped
from services.cli.connection import CommandFailed, Unreachable
from services.cli.gateway import Gateway, staff_token
from services.cli.settings import CliSettings
from services.cli.terminal import as_staff, console, with_gateway
from services.cli.upload import SIDE_CAR, parcel, patiently, shown
from shared.schemas.bulk import Bulk

app = typer.Typer(
    no_args_is_help=True, help="Many files at once, let in behind everything else and as fast as the limits allow."
)

_PATIENCE_SECONDS = 600.0
_SIGNED_IN_SECONDS = 600.0
_LOOK_SECONDS = 2.0
BulkId = Annotated[str, typer.Argument(help="A bulk's id, as `omnilex bulk list` shows it.")]


@app.command()
def start(
    folder: Annotated[
        Path | None,
        typer.Argument(exists=True, file_okay=False, help="Send all of its files, those of its folders too."),
    ] = None,
    prefix: Annotated[str, typer.Option(help="Without a folder: only keys that begin like this.")] = "",
    into: Annotated[str | None, typer.Option(help="Go on with a bulk whose sending broke off.")] = None,
) -> None:
    """Start a bulk: of a folder here, or of what lies in the bulk bucket."""
    if folder is None:
        if into:
            raise typer.BadParameter("needs the folder that was being sent.", param_hint="--into")

        async def begin(gateway: Gateway, token: str) -> None:
            bulk = await gateway.start_bulk(token, {"source": "bucket", "prefix": prefix})
            console.print(f"Started. To see how far it is: omnilex bulk show {bulk.bulk_id}")

        as_staff(begin)
        return
    if prefix:
        raise typer.BadParameter("is for what lies in the bulk bucket, not for a folder here.", param_hint="--prefix")
    if not with_gateway(lambda gateway, settings: send(gateway, settings, folder, into)):
        raise typer.Exit(1)


@app.command("list")
def list_bulks(limit: Annotated[int, typer.Option(min=1, max=100, help="How many, newest first.")] = 10) -> None:
    """List bulks with how far each is."""

    async def listed(gateway: Gateway, token: str) -> None:
        page = await gateway.bulks(token, {"limit": str(limit)})
        console.print(_table(page.items) if page.items else "No bulk has been started yet.")

    as_staff(listed)


@app.command()
def show(bulk_id: BulkId, follow: Annotated[bool, typer.Option("--follow", help="Until it is over.")] = False) -> None:
    """Show how far a bulk is: progress, rate, time left."""

    async def shown_to_the_end(gateway: Gateway, token: str) -> None:
        bulk = await gateway.bulk(token, bulk_id)
        while follow and bulk.ended_at is None:
            console.print(_line(bulk))
            await asyncio.sleep(_LOOK_SECONDS)
            bulk = await gateway.bulk(token, bulk_id)
        _print(bulk)

    as_staff(shown_to_the_end)


@app.command()
def pause(bulk_id: BulkId) -> None:
    """Let nothing more in for now. What was let in goes its way."""
    _change(bulk_id, "pause")


@app.command()
def resume(bulk_id: BulkId) -> None:
    """Go on with a bulk that was paused."""
    _change(bulk_id, "resume")


@app.command()
def cancel(bulk_id: BulkId) -> None:
    """Never let in what is still held. What was let in goes its way."""
    _change(bulk_id, "cancel")


async def send(gateway: Gateway, settings: CliSettings, folder: Path, into: str | None) -> bool:
    """Sends every file under the folder to a bulk; true when every one was taken. May be said again after it broke
    off: with the bulk's id, what was taken already is not taken twice."""
    paths = list(files_in(folder))
    if not paths:
        raise CommandFailed(f"There is no file in {folder}.")
    token, signed_in = await staff_token(gateway, settings), time.monotonic()
    bulk_id = into or (await gateway.start_bulk(token, {"source": "upload"})).bulk_id
    console.print(
        f"Bulk {bulk_id}: {len(paths)} files. If this breaks off: omnilex bulk start {folder} --into {bulk_id}"
    )
    refusals = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("sent", total=len(paths))
        for path in paths:
            if time.monotonic() - signed_in > _SIGNED_IN_SECONDS:
                token, signed_in = await staff_token(gateway, settings), time.monotonic()
            refusals += not await _send_one(gateway, token, folder, path, bulk_id)
            progress.advance(task)
    bulk = await gateway.change_bulk(token, bulk_id, "complete")
    console.print(f"{len(paths) - refusals} of {len(paths)} files were taken.")
    _print(bulk)
    return refusals == 0


async def _send_one(gateway: Gateway, token: str, folder: Path, path: Path, bulk_id: str) -> bool:
    name = shown(os.fsencode(path.relative_to(folder)).decode("utf-8", "replace"))
    try:
        one, key = parcel(path), _key(bulk_id, folder, path)

        async def attempt() -> None:
            with path.open("rb") as file:
                await gateway.upload(token, one.name, file, metadata=one.metadata, idempotency_key=key, bulk_id=bulk_id)

        await patiently(attempt, _PATIENCE_SECONDS)
    except Unreachable:
        raise
    except (CommandFailed, OSError) as failure:
        console.print(f"[red]{escaped(name)} was not taken: {escaped(str(failure))}[/]")
        return False
    return True


def _key(bulk_id: str, folder: Path, path: Path) -> str:
    """The same whenever this file, unchanged, is sent to this bulk."""
    state = path.stat()
    parts = (bulk_id.encode(), os.fsencode(path.relative_to(folder)), f"{state.st_size} {state.st_mtime_ns}".encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def files_in(folder: Path) -> Iterator[Path]:
    """Files to be sent, in order: no side-cars (they go with their files) and nothing hidden."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(SIDE_CAR):
                yield Path(place) / name


def _change(bulk_id: str, change: str) -> None:
    async def changed(gateway: Gateway, token: str) -> None:
        _print(await gateway.change_bulk(token, bulk_id, change))

    as_staff(changed)


def _print(bulk: Bulk) -> None:
    console.print(_table([bulk]))
    reasons = bulk.counts.failed + bulk.counts.rejected
    if reasons:
        console.print(f"[dim]Why {reasons} failed: omnilex ledger counts --bulk {bulk.bulk_id}[/]")
    if bulk.unreadable:
        console.print(f"[yellow]{bulk.unreadable} objects have names that cannot be kept and were left.[/]")


def _table(bulks: list[Bulk]) -> Table:
    table = Table("bulk", "state", "done", "failed", "in work", "held", "a minute", "left", box=None, pad_edge=False)
    table.header_style = "dim"
    for bulk in bulks:
        table.add_row(bulk.bulk_id, *_cells(bulk))
    return table


def _cells(bulk: Bulk) -> tuple[str, ...]:
    counts = bulk.counts
    rate = f"{bulk.rate_per_minute:.1f}" if bulk.rate_per_minute is not None else ""
    return (
        bulk.state if bulk.listed else f"{bulk.state}, being listed",
        str(counts.done + counts.duplicate),
        str(counts.failed + counts.rejected),
        str(counts.waiting + counts.running),
        str(counts.held),
        rate,
        _span(bulk.seconds_left),
    )


def _line(bulk: Bulk) -> str:
    names = ("", "done", "failed", "in work", "held", "a minute", "left")
    return ", ".join(f"{cell} {name}".strip() for cell, name in zip(_cells(bulk), names, strict=True) if cell)


def _span(seconds: int | None) -> str:
    if seconds is None:
        return ""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"
