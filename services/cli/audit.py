"""`omnilex accounts audit`: who did what in the bank, and whether the trail of it is whole."""

from collections.abc import Sequence
from datetime import UTC

from rich.console import Console
from rich.table import Table

from services.cli.chat import escaped
from services.cli.gateway import Gateway
from shared.schemas.identity import AuditBreak, AuditRecord

_PROBLEMS = {
    "changed": "was changed",
    "missing": "is missing",
    "unsealed": "is the last, and its seal is broken or gone",
    "beyond_the_end": "was put in after the sealed end",
    "not_as_anchored": "is not the one that the anchor names",
}


async def show(gateway: Gateway, token: str, console: Console, *, customer_id: str | None, limit: int) -> None:
    """Prints the newest entries of the trail, of one customer when one is given."""
    query = {"limit": str(limit), **({"customer_id": customer_id} if customer_id else {})}
    page = await gateway.audit(token, query)
    console.print(_table(page.items) if page.items else "Nothing has been done yet.")


async def prove(gateway: Gateway, token: str, console: Console, *, anchor: str | None) -> bool:
    """Whether the trail is as it was written; prints the breaks, and the anchor to be kept for a later proof."""
    proof = await gateway.prove_audit(token, anchor)
    for item in proof.broken:
        console.print(f"[red]{_told(item)}[/]")
    if proof.whole:
        console.print(f"[green]The audit trail is whole[/]: {proof.rows} rows.")
    console.print(f"Anchor, to be kept elsewhere: {proof.anchor}")
    return proof.whole


def _told(item: AuditBreak) -> str:
    return f"Chain {item.chain}: row {item.seq} {_PROBLEMS[item.problem]}."


def _table(records: Sequence[AuditRecord]) -> Table:
    table = Table("when (UTC)", "who", "what", "to what", "channel", "details", box=None, pad_edge=False)
    for record in records:
        details = ", ".join(f"{name} {value}" for name, value in record.details.items())
        when = record.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        cells = (when, record.actor, record.action, record.subject, record.channel or "", details)
        table.add_row(*(escaped(cell) for cell in cells))
    return table
