"""`omnilex accounts import`: customers of the omni-lex sample, from its DynamoDB tables or from files."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.cli.chat import escaped
from services.cli.connection import CommandFailed
from services.cli.dynamodb_items import SUFFIXES, Item, NotItems, items_in
from services.cli.gateway import Gateway
from services.cli.omni_lex_tables import TABLES, USERS, Mapped, Remark, mapped
from services.cli.upload import shown
from shared.errors import Problem
from shared.schemas.imports import ImportBatch, ImportedCustomer, ImportOutcome

_CUSTOMERS_A_REQUEST = 25
_ROWS_A_REQUEST = 500


@dataclass(frozen=True, slots=True)
class Tables:
    """The items of the sample's tables, by the table's name; `missing` are tables that are not there."""

    items: dict[str, list[Item]]
    missing: tuple[str, ...]


def from_folder(folder: Path) -> Tables:
    """Reads `Users.json`, `<stack>-Users.json`, `Users.jsonl`, `Users.json.gz` and the like of each table.

    Raises CommandFailed when the users are missing, a table has two files, or a file cannot be read.
    """
    try:
        names = sorted(path for path in folder.iterdir() if path.is_file())
        files = {table: [path for path in names if _is_of(path, table)] for table in TABLES}
        _require_users([table for table in TABLES if not files[table]], f"{folder} holds no {USERS}.json.")
        if several := [table for table in TABLES if len(files[table]) > 1]:
            raise CommandFailed(f"{folder} holds several files of {', '.join(several)}.")
        return _tables({table: items_in(paths[0]) if paths else None for table, paths in files.items()})
    except OSError as error:
        raise CommandFailed(f"{error.filename or folder} cannot be read: {error.strerror}.") from error
    except NotItems as error:
        raise CommandFailed(f"A file in {folder} {error}.") from error


async def from_dynamodb(region: str, prefix: str) -> Tables:
    """Reads the tables `<prefix>-Users` and so on. Raises CommandFailed."""
    try:
        from services.cli.dynamodb import read_tables  # noqa: PLC0415  the AWS client is an extra
    except ImportError as error:
        raise CommandFailed("Reading DynamoDB needs the AWS client: pip install 'omnilex[aws]'.") from error
    names = {f"{prefix}-{table}": table for table in TABLES}
    try:
        found = await read_tables(region, list(names))
    except Problem as problem:
        raise CommandFailed(f"{problem.detail or problem.title} (region {region})") from problem
    tables = {names[name]: items for name, items in found.items()}
    _require_users(
        [table for table, items in tables.items() if items is None], f"There is no table {prefix}-{USERS} in {region}."
    )
    return _tables(tables)


async def import_customers(gateway: Gateway, token: str, tables: Tables, console: Console, *, dry_run: bool) -> bool:
    """Imports what the tables hold and prints the report; true when no row was skipped.

    What was imported before is left as it is, so the command may be repeated, also after it broke off.
    Raises CommandFailed.
    """
    found = mapped(*(tables.items[table] for table in (TABLES)))
    outcomes: list[ImportOutcome] = []
    try:
        for customers in _batches(found.customers):
            outcomes += (
                await gateway.import_customers(token, ImportBatch(customers=customers, dry_run=dry_run))
            ).outcomes
    finally:
        _tell(console, found, outcomes, tables.missing)
    return not found.skipped and not any(outcome.outcome == "skipped" for outcome in outcomes)


def _is_of(path: Path, table: str) -> bool:
    """Whether the file is named for the table, alone or after the stack's name."""
    suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
    return suffix is not None and path.name.removesuffix(suffix).rpartition("-")[2] == table


def _tables(found: dict[str, list[Item] | None]) -> Tables:
    missing = tuple(table for table, items in found.items() if items is None)
    return Tables({table: items or [] for table, items in found.items()}, missing)


def _require_users(missing: Sequence[str], sentence: str) -> None:
    if USERS in missing:
        raise CommandFailed(sentence)


def _batches(customers: Sequence[ImportedCustomer]) -> Iterable[list[ImportedCustomer]]:
    batch: list[ImportedCustomer] = []
    rows = 0
    for customer in customers:
        own = 1 + len(customer.accounts) + len(customer.applications)
        if batch and (len(batch) == _CUSTOMERS_A_REQUEST or rows + own > _ROWS_A_REQUEST):
            yield batch
            batch, rows = [], 0
        batch.append(customer)
        rows += own
    if batch:
        yield batch


def _tell(console: Console, found: Mapped, outcomes: Sequence[ImportOutcome], missing: Sequence[str]) -> None:
    skipped = [Remark(outcome.source, outcome.reason or "") for outcome in outcomes if outcome.outcome == "skipped"]
    remarks = [Remark(each.source, each.reason) for each in outcomes if each.outcome != "skipped" and each.reason]
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("table", "imported", "as before", "skipped"):
        table.add_column(heading, justify="left" if heading == "table" else "right")
    counts = Counter((_table_of(outcome.source), outcome.outcome) for outcome in outcomes)
    for name in TABLES:
        left = sum(1 for remark in (*found.skipped, *skipped) if _table_of(remark.source) == name)
        taken = counts[name, "imported"] + counts[name, "would_import"]
        table.add_row(name, str(taken), str(counts[name, "unchanged"]), str(left))
    console.print(table)
    for name in missing:
        console.print(f"There is no {name}; it was taken as empty.")
    _list(console, "Skipped:", [*found.skipped, *skipped])
    _list(console, "To note:", [*found.left_out, *remarks])
    if any(outcome.outcome == "would_import" for outcome in outcomes):
        console.print("This was a dry run: nothing was kept.")


def _list(console: Console, heading: str, remarks: Sequence[Remark]) -> None:
    if remarks:
        console.print(heading)
    for remark in remarks:
        console.print(f"  {escaped(shown(remark.source))}: {escaped(shown(remark.sentence))}")


def _table_of(source: str) -> str:
    return source.partition("/")[0]
