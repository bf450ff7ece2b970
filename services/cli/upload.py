"""`omnilex upload` and `omnilex ledger`: interactions in, and what became of them."""

import asyncio
import io
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table

from services.cli.chat import escaped
from services.cli.connection import CommandFailed, Unreachable
from services.cli.courier import Courier, Delivery, Parcel
from services.cli.gateway import Gateway
from shared.schemas.ledger import Fate, LedgerEntry, UploadMetadata

FINAL: frozenset[Fate] = frozenset({"done", "duplicate", "rejected", "failed", "cancelled", "erased"})
SIDE_CAR = ".metadata.json"
POLL_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
_LEAST_NAME = 12
_BESIDE_NAME = 9 + 16 + 32 + 3 * 2  # fate, time, an interaction's id whole, and the room between
_COLOURS: dict[Fate, str] = {
    "done": "green",
    "duplicate": "yellow",
    "rejected": "red",
    "failed": "red",
    "running": "cyan",
    "waiting": "dim",
    "cancelled": "yellow",
    "erased": "dim",
}
T = TypeVar("T")


class CountedFile(io.FileIO):
    """A file that moves a progress bar, from where it stands, as it is read."""

    def __init__(self, path: Path, progress: Progress, task: TaskID, before: int) -> None:
        super().__init__(path)
        self._progress, self._task, self._before = progress, task, before

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size)
        self._progress.update(self._task, completed=self._before + self.tell())
        return data


async def upload(
    gateway: Gateway,
    token: str,
    paths: list[Path],
    console: Console,
    *,
    wait: bool,
    patience: float = PATIENCE_SECONDS,
) -> bool:
    """Sends the files one by one; with `wait`, follows each to its fate. True when every one was taken and none was
    rejected or failed.

    A file that is refused does not keep the others back. While the system does not answer it is tried again for
    `patience` seconds; then CommandFailed is raised, after the table of what was sent. Raises CommandFailed before
    anything is sent when one of the files cannot be read or its side-car is not valid.
    """
    parcels = [parcel(path) for path in paths]
    entries: list[LedgerEntry] = []
    refusals: list[str] = []
    try:
        await _send_all(gateway, token, parcels, console, entries=entries, refusals=refusals, patience=patience)
        if wait:
            await follow(gateway, token, entries, console, patience=patience)
    finally:
        if entries:
            console.print(fates(entries, console.width))
        for refusal in refusals:
            console.print(f"[red]{escaped(refusal)}[/]")
    return not refusals and not any(entry.fate in ("rejected", "failed") for entry in entries)


def parcel(path: Path) -> Parcel:
    """Raises CommandFailed when the file cannot be read, or its side-car is there and not valid."""
    if path.is_dir():
        raise CommandFailed(f"{path} is a folder. Name the files in it, for example {path}/*")
    try:
        with path.open("rb"):
            return Parcel(path, _side_car(path.with_name(path.name + SIDE_CAR)))
    except OSError as error:
        raise CommandFailed(f"{error.filename} cannot be read: {error.strerror}.") from error


def _side_car(path: Path) -> str | None:
    """The JSON of the side-car, if there is one."""
    try:
        text = path.read_text(encoding="utf-8") if os.path.isfile(path) else None
        if text is not None:
            UploadMetadata.model_validate_json(text)
    except UnicodeDecodeError:
        raise CommandFailed(f"The side-car {path} is not text in UTF-8.") from None
    except ValidationError as error:
        faults = {
            f"{'.'.join(str(part) for part in item['loc']) or 'document'}: {item['msg']}" for item in error.errors()
        }
        raise CommandFailed(f"The side-car {path} is not valid metadata ({'; '.join(sorted(faults))}).") from None
    return text


async def _send_all(
    gateway: Gateway,
    token: str,
    parcels: list[Parcel],
    console: Console,
    *,
    entries: list[LedgerEntry],
    refusals: list[str],
    patience: float,
) -> None:
    """Adds to `entries` and `refusals` as it goes, so that they are known when it breaks off."""
    courier = Courier(gateway, token)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    sizes = [parcel.path.stat().st_size for parcel in parcels]
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=sum(sizes))
        for number, one in enumerate(parcels):
            before = sum(sizes[:number])
            progress.update(task, description=f"{number + 1} of {len(parcels)}  {escaped(shown(one.name))}")
            opened = partial(CountedFile, one.path, progress, task, before)
            try:
                entries.append(await patiently(partial(courier.attempt, Delivery(one), opened), patience))
            except Unreachable as failure:
                left = len(parcels) - number
                raise CommandFailed(f"{failure} Not sent: {left} of {len(parcels)}, from {one.name} on.") from failure
            except CommandFailed as failure:
                refusals.append(f"{one.name} was not taken: {failure}")
            progress.update(task, completed=before + sizes[number])


async def patiently(ask: Callable[[], Awaitable[T]], patience: float) -> T:
    """What `ask` gives; while the system does not answer it is asked again, `patience` seconds long."""
    until = time.monotonic() + patience
    while True:
        try:
            return await ask()
        except Unreachable:
            if time.monotonic() >= until:
                raise
        await asyncio.sleep(POLL_SECONDS)


async def follow(
    gateway: Gateway, token: str, entries: list[LedgerEntry], console: Console, *, patience: float = PATIENCE_SECONDS
) -> None:
    """Keeps the entries up to date until each has its fate."""
    began = time.monotonic()
    with console.status("") as status:
        while open_entries := [entry for entry in entries if entry.fate not in FINAL]:
            steps = sorted({entry.step or entry.fate for entry in open_entries})
            seconds = int(time.monotonic() - began)
            status.update(f"{len(open_entries)} of {len(entries)} in work ({', '.join(steps)}), {seconds} s")
            await asyncio.sleep(POLL_SECONDS)
            for number, entry in enumerate(entries):
                if entry.fate not in FINAL:
                    entries[number] = await patiently(partial(gateway.ledger_entry, token, entry.entry_id), patience)


def fates(entries: list[LedgerEntry], width: int) -> Table:
    """The table of what became of each file. Nothing is cut: what does not fit goes on in the next line."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("file", overflow="fold", max_width=max(_LEAST_NAME, width - _BESIDE_NAME))
    table.add_column("fate", no_wrap=True)
    table.add_column("seen", no_wrap=True)
    table.add_column("interaction, reason or step", overflow="fold")
    for entry in entries:
        seen = entry.seen_at.astimezone().strftime("%Y-%m-%d %H:%M")
        outcome = entry.reason or entry.interaction_id or ("" if entry.fate in FINAL else entry.step) or ""
        fate = f"[{_COLOURS[entry.fate]}]{entry.fate}[/]"
        table.add_row(escaped(shown(entry.name)), fate, seen, escaped(outcome))
    return table


def shown(name: str) -> str:
    """A name of somebody else's making, without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in name)
