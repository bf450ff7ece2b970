"""`omnilex ledger`: what became of everything handed in, and what is to be done again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.table import Table

from services.cli import upload as uploads
from services.cli.chat import escaped
from services.cli.connection import CommandFailed, Unreachable
from services.cli.gateway import Gateway
from services.cli.terminal import as_staff, console
from shared.schemas.ledger import Fate, LedgerCounts, LedgerDetail, MissingCall, Reconciliation, SourceKind, Step

app = typer.Typer(help="What became of everything handed in: list, look into, count, follow, try again, reconcile.")

_COMES_BACK_SECONDS = 2.0
Moment = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="In UTC.")]


@app.callback(invoke_without_command=True)
def list_entries(
    context: typer.Context,
    *,
    fate: Annotated[str | None, typer.Option(help=", ".join(get_args(Fate)))] = None,
    name: Annotated[str | None, typer.Option(help="Part of the file's name.")] = None,
    step: Annotated[str | None, typer.Option(help=f"At which it is or ended: {', '.join(get_args(Step))}")] = None,
    kind: Annotated[str | None, typer.Option(help=", ".join(get_args(SourceKind)))] = None,
    reason: Annotated[str | None, typer.Option(help="A reason's code, as `omnilex ledger counts` shows it.")] = None,
    bulk: Annotated[str | None, typer.Option(help="A bulk's id.")] = None,
    since: Moment = None,
    until: Moment = None,
    stuck: Annotated[bool, typer.Option("--stuck", help="Only what does not move as it should.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 25,
) -> None:
    """Without a command: list what was handed in, newest first."""
    if context.invoked_subcommand is not None:
        return
    for option, value, known in (
        ("--fate", fate, get_args(Fate)),
        ("--step", step, get_args(Step)),
        ("--kind", kind, get_args(SourceKind)),
    ):
        if value is not None and value not in known:
            raise typer.BadParameter(f"must be one of: {', '.join(known)}", param_hint=option)
    asked = {"fate": fate, "name": name, "step": step, "kind": kind, "reason_code": reason, "bulk_id": bulk}
    query = {key: value for key, value in asked.items() if value} | _times(since, until)
    if stuck:
        query["stuck"] = "true"

    async def show(gateway: Gateway, token: str) -> None:
        page = await gateway.ledger(token, query | {"limit": str(limit)})
        nothing = "Nothing matches." if query else "Nothing has been handed in yet."
        console.print(uploads.fates(page.items, console.width) if page.items else nothing)
        if page.next_cursor:
            console.print(f"[dim]There are more than these {len(page.items)}.[/]")

    as_staff(show)


@app.command()
def show(entry_id: Annotated[str, typer.Argument(help="An entry's id, or a file's name.")]) -> None:
    """Show one entry with each step: attempts, how long they took, how they ended."""

    async def shown(gateway: Gateway, token: str) -> None:
        _print_detail(await gateway.ledger_detail(token, await _entry_id(gateway, token, entry_id)))

    as_staff(shown)


@app.command()
def counts(
    bulk: Annotated[str | None, typer.Option(help="Only of this bulk.")] = None,
    since: Moment = None,
    until: Moment = None,
) -> None:
    """Count by fate and by reason, each reason with its sentence."""
    query = ({"bulk_id": bulk} if bulk else {}) | _times(since, until)

    async def counted(gateway: Gateway, token: str) -> None:
        _print_counts(await gateway.ledger_counts(token, query))

    as_staff(counted)


@app.command()
def retry(
    entry_id: Annotated[str | None, typer.Argument(help="An entry's id, or a file's name.")] = None,
    reason: Annotated[str | None, typer.Option(help="Everything that ended with this reason's code.")] = None,
    bulk: Annotated[str | None, typer.Option(help="With --reason: only of this bulk.")] = None,
) -> None:
    """Try one entry again, or all that ended with one reason. What is on its way already stays as it is."""
    if (entry_id is None) == (reason is None):
        raise typer.BadParameter("say either an entry or --reason CODE.", param_hint="what to try again")

    async def again(gateway: Gateway, token: str) -> None:
        if reason is not None:
            told = await gateway.retry_all(token, {"reason_code": reason} | ({"bulk_id": bulk} if bulk else {}))
            console.print(
                f"{told.retried} are tried again." + (f" {told.left} were left as they are." if told.left else "")
            )
            return
        entry = await gateway.retry(token, await _entry_id(gateway, token, str(entry_id)))
        console.print(f"{escaped(uploads.shown(entry.name))} is {entry.fate} (run {entry.run}).")

    as_staff(again)


@app.command()
def reconcile(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV of call ids.")],
    since: Moment = None,
    until: Moment = None,
) -> None:
    """Hold a list of expected calls against the ledger (exit code 1 when one is missing or failed).

    With --since or --until, tell also what came in then and is not on the list.
    """

    async def compared(gateway: Gateway, token: str) -> bool:
        return _print_reconciliation(await gateway.reconcile(token, file, _times(since, until)))

    if not as_staff(compared):
        raise typer.Exit(1)


@app.command()
def follow() -> None:
    """Tell of every change as it happens, until Ctrl-C."""

    async def followed(gateway: Gateway, token: str) -> None:
        last: str | None = None
        while True:
            try:
                async for event_id, entry in gateway.ledger_events(token, last):
                    last = event_id
                    what = entry.stuck_code or entry.reason or (entry.step if entry.fate == "running" else None) or ""
                    at = entry.updated_at.astimezone().strftime("%H:%M:%S")
                    console.print(
                        f"{at}  {entry.fate:<9}  {escaped(uploads.shown(entry.name))}  [dim]{escaped(what)}[/]"
                    )
            except Unreachable:
                if last is None:
                    raise
            await asyncio.sleep(_COMES_BACK_SECONDS)

    try:
        as_staff(followed)
    except KeyboardInterrupt:
        return


async def _entry_id(gateway: Gateway, token: str, given: str) -> str:
    """The id itself, or that of the newest entry with exactly this name."""
    page = await gateway.ledger(token, {"name": given, "limit": "200"}) if "." in given else None
    if page and (named := [entry for entry in page.items if entry.name == given]):
        return named[0].entry_id
    if not given.isascii() or not given.isalnum():
        raise CommandFailed(f"The ledger has no file of the name {uploads.shown(given)}.")
    return given


def _print_detail(entry: LedgerDetail) -> None:
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="dim")
    facts.add_column(overflow="fold")
    rows = {
        "file": entry.name,
        "entry": entry.entry_id,
        "lies at": f"{entry.bucket}/{entry.key}",
        "fate": entry.fate + (f" (run {entry.run})" if entry.run > 1 else ""),
        "reason": f"{entry.reason} ({entry.reason_code})" if entry.reason_code else None,
        "same as": entry.duplicate_of,
        "interaction": entry.interaction_id,
        "bulk": entry.bulk_id,
        "heard": _heard(entry.seconds_heard, entry.seconds_total),
        "stuck": f"{entry.stuck_code} since {_local(entry.stuck_at)}" if entry.stuck_code else None,
        "seen": _local(entry.seen_at),
        "changed": _local(entry.updated_at),
    }
    for name, value in rows.items():
        if value:
            facts.add_row(name, escaped(uploads.shown(value)))
    console.print(facts)
    steps = Table("run", "step", "attempt", "began", "took", "ended", box=None, pad_edge=False, header_style="dim")
    for step in entry.steps:
        took = f"{step.seconds:.2f} s" if step.seconds is not None else ""
        tried = f"{step.attempt}" + (f" (begun {step.times} times)" if step.times > 1 else "")
        steps.add_row(str(step.run), step.step, tried, _local(step.started_at), took, step.outcome or "not yet")
    if entry.steps:
        console.print(steps)
    if entry.retryable:
        console.print(f"[dim]To try it again: omnilex ledger retry {entry.entry_id}[/]")


def _print_counts(told: LedgerCounts) -> None:
    if not told.fates:
        console.print("Nothing matches.")
        return
    console.print(", ".join(f"{number} {fate}" for fate, number in sorted(told.fates.items())))
    if told.stuck:
        console.print(f"[red]{told.stuck} do not move: omnilex ledger --stuck[/]")
    reasons = Table("entries", "fate", "code", "reason", box=None, pad_edge=False, header_style="dim")
    for one in told.reasons:
        reasons.add_row(str(one.entries), one.fate, one.reason_code, escaped(one.reason or ""))
    if told.reasons:
        console.print(reasons)


def _print_reconciliation(told: Reconciliation) -> bool:
    console.print(f"{told.expected} calls were expected, {told.done} are done.")
    _print_calls("missing: they never came", [MissingCall(call_id=one) for one in told.missing], told, "missing")
    _print_calls("failed", told.failed, told, "failed")
    _print_calls("on their way", told.open, told, "open")
    _print_calls("not expected", told.unexpected, told, "unexpected")
    for row in told.bad_rows:
        console.print(f"[yellow]{escaped(row)}[/]")
    return not told.missing and not told.failed


def _print_calls(title: str, calls: list[MissingCall], told: Reconciliation, count: str) -> None:
    if not calls:
        return
    console.print(f"\n{told.counts.get(count, len(calls))} {title}:")
    for call in calls:
        console.print(
            f"  {escaped(uploads.shown(call.call_id))}  [dim]{escaped(call.reason or call.entry_id or '')}[/]"
        )
    if told.counts.get(count, 0) > len(calls):
        console.print("  [dim]and more[/]")


def _times(since: datetime | None, until: datetime | None) -> dict[str, str]:
    given = {"seen_from": since, "seen_to": until}
    return {name: moment.replace(tzinfo=UTC).isoformat() for name, moment in given.items() if moment is not None}


def _local(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _heard(heard: float | None, total: float | None) -> str | None:
    if heard is None:
        return None
    return f"{heard:.0f} s" + (f" of {total:.0f} s" if total else "")
