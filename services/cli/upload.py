"""`omnilex upload` and `omnilex ledger`: interactions in, and what became of them."""

import asyncio
import io
import secrets
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from services.cli.chat import escaped
from services.cli.gateway import CommandFailed, Gateway
from shared.schemas.ledger import Fate, LedgerEntry

FINAL: frozenset[Fate] = frozenset({"done", "duplicate", "rejected", "failed"})
SIDE_CAR = ".metadata.json"
POLL_SECONDS = 0.5
_COLOURS: dict[Fate, str] = {
    "done": "green",
    "duplicate": "yellow",
    "rejected": "red",
    "failed": "red",
    "running": "cyan",
    "waiting": "dim",
}


class CountedFile(io.FileIO):
    """A file that moves a progress bar as it is read."""

    def __init__(self, path: Path, progress: Progress, task: TaskID) -> None:
        super().__init__(path)
        self._progress, self._task = progress, task

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size)
        self._progress.update(self._task, completed=self.tell())
        return data


async def upload(gateway: Gateway, token: str, paths: list[Path], console: Console, *, wait: bool) -> bool:
    """Sends the files one by one; with `wait`, follows each to its fate. True when none was rejected or failed.

    Raises CommandFailed before anything is sent when one of the files cannot be read.
    """
    for path in paths:
        if not path.is_file():
            raise CommandFailed(f"{path} is not a file that can be read.")
    entries = await _send_all(gateway, token, paths, console)
    if wait:
        entries = await follow(gateway, token, entries, console)
    console.print(fates(entries))
    return not any(entry.fate in ("rejected", "failed") for entry in entries)


async def _send_all(gateway: Gateway, token: str, paths: list[Path], console: Console) -> list[LedgerEntry]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    entries: list[LedgerEntry] = []
    with Progress(*columns, console=console) as progress:
        for path in paths:
            task = progress.add_task(escaped(path.name), total=path.stat().st_size)
            with CountedFile(path, progress, task) as file:
                entry = await gateway.upload(
                    token, path.name, file, metadata=_side_car(path), idempotency_key=secrets.token_hex(16)
                )
            progress.update(task, completed=entry.size)
            entries.append(entry)
    return entries


def _side_car(path: Path) -> str | None:
    """The JSON of `<name>.metadata.json` beside the file, if there is one."""
    beside = path.with_name(path.name + SIDE_CAR)
    return beside.read_text() if beside.is_file() else None


async def follow(gateway: Gateway, token: str, entries: list[LedgerEntry], console: Console) -> list[LedgerEntry]:
    """The same entries once each has its fate."""
    began = time.monotonic()
    with console.status("") as status:
        while open_entries := [entry for entry in entries if entry.fate not in FINAL]:
            steps = sorted({entry.step or entry.fate for entry in open_entries})
            seconds = int(time.monotonic() - began)
            status.update(f"{len(open_entries)} of {len(entries)} in work ({', '.join(steps)}), {seconds} s")
            await asyncio.sleep(POLL_SECONDS)
            entries = [
                entry if entry.fate in FINAL else await gateway.ledger_entry(token, entry.entry_id) for entry in entries
            ]
    return entries


def fates(entries: list[LedgerEntry]) -> Table:
    """The table of what became of each file."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("file", "fate", "seen"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    table.add_column("interaction or reason", overflow="fold")
    for entry in entries:
        seen = entry.seen_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        outcome = entry.reason or entry.interaction_id or (entry.duplicate_of and f"same as {entry.duplicate_of}") or ""
        fate = f"[{_COLOURS[entry.fate]}]{entry.fate}[/]"
        table.add_row(
            escaped(entry.name), fate, "" if entry.fate in FINAL else entry.step or "", seen, escaped(outcome)
        )
    return table
