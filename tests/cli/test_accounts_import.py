"""Taking over the omni-lex sample's tables from files, against a gateway that keeps what it is sent."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from rich.console import Console
from typer.testing import CliRunner

from services.cli.accounts import from_folder, import_customers
from services.cli.connection import CommandFailed
from services.cli.gateway import Gateway
from services.cli.main import app
from shared.schemas.imports import ImportBatch, ImportOutcome, ImportReport

USERS: list[dict[str, object]] = [
    {"userId": "u-1", "phone": "+15555550190", "firstName": "Ana", "lastName": "Ruiz", "pin": "7305"},
    {"userId": "u-2", "phone": "(555) 555-0191", "firstName": "Ben", "lastName": "Okafor", "pin": 42},
    {"userId": "u-3", "firstName": "Cy", "lastName": "Nolan", "pin": "1122"},
    {"userId": "u-4", "phone": "+15555550193", "firstName": "Di", "lastName": "Park", "pin": "77315"},
    {"userId": "pendingUser", "userName": "Ana Ruiz", "planName": "Loan", "startDate": "2021-12-01"},
]
EXISTING: list[dict[str, object]] = [
    {"userName": "Ana Ruiz", "planName": "Checking", "balance": 1250.75, "pendingPayment": True, "paymentAmount": 40},
    {
        "userName": "ana ruiz",
        "planName": "Loan",
        "balance": "250000",
        "loanAmount": 640000,
        "loanDuration": 30,
        "loanInterest": 5.735,
        "amountDue": 3728.77,
        "dueDate": "2024-04-01",
    },
    {"userName": "Ben Okafor", "planName": "savings", "balance": 10},
    {"userName": "Ben Okafor", "planName": "Yacht", "balance": 10},
    {"userName": "Ben Okafor", "planName": "Checking"},
    {"userName": "Ben Okafor", "planName": "Checking ", "balance": -3},
    {"userName": "Ben Okafor", "planName": "Current", "balance": 0.005},
    {"userName": "Nobody", "planName": "Checking", "balance": 1},
]
PENDING: list[dict[str, object]] = [
    {
        "userId": "u-1",
        "userName": "Somebody",
        "planName": "Savings",
        "startDate": "2021-12-01",
        "endDate": "2022-01-01",
    },
    {"userName": "Ben Okafor", "planName": "Loan", "document": '{"LoanValue": "300000", "MonthlyIncome": "9"}'},
    {"userName": "Ben Okafor", "planName": "Checking", "startDate": "soon"},
]


class Door:
    """A gateway that takes every row, unless `reason` gives one against it."""

    def __init__(self, reason: Callable[[str], str | None] = lambda source: None) -> None:
        self.batches: list[ImportBatch] = []
        self._reason = reason

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer token"
        batch = ImportBatch.model_validate_json(request.read())
        self.batches.append(batch)
        sources = [
            row.source for customer in batch.customers for row in (customer, *customer.accounts, *customer.applications)
        ]
        report = ImportReport(outcomes=[self._outcome(source, batch) for source in sources])
        return httpx.Response(200, text=report.model_dump_json())

    def _outcome(self, source: str, batch: ImportBatch) -> ImportOutcome:
        if reason := self._reason(source):
            return ImportOutcome(source=source, outcome="skipped", reason=reason)
        return ImportOutcome(source=source, outcome="would_import" if batch.dry_run else "imported")


def terminal() -> Console:
    return Console(file=io.StringIO(), width=200, highlight=False, soft_wrap=True)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def take_over(folder: Path, door: Door, console: Console, *, dry_run: bool = False) -> bool:
    async with httpx.AsyncClient(transport=httpx.MockTransport(door.answer), base_url="http://door") as http:
        return await import_customers(Gateway(http), "token", from_folder(folder), console, dry_run=dry_run)


def typed(value: object) -> dict[str, object]:
    match value:
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": str(value)}
        case _:
            return {"S": str(value)}


def as_typed(items: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{name: typed(value) for name, value in item.items()} for item in items]


def written(folder: Path) -> Path:
    for name, items in (("Users", USERS), ("UserPendingAccounts", PENDING), ("UserExistingAccounts", EXISTING)):
        (folder / f"{name}.json").write_text(json.dumps(items))
    return folder


async def test_users_come_with_their_accounts_and_applications(tmp_path: Path) -> None:
    door = Door()
    await take_over(written(tmp_path), door, terminal())
    [batch] = door.batches
    ana, ben = batch.customers
    assert (ana.source, ana.first_name, ana.last_name, ana.phone) == ("Users/u-1", "Ana", "Ruiz", "+15555550190")
    assert ana.pin.get_secret_value() == "7305"
    checking, loan = ana.accounts
    assert (checking.source, checking.kind, checking.balance) == (
        "UserExistingAccounts/Ana Ruiz/Checking",
        "checking",
        1_250_75,
    )
    assert (loan.kind, loan.balance, loan.payment) == ("mortgage", 250_000_00, 3_728_77)
    assert loan.loan is not None
    assert (loan.loan.principal, str(loan.loan.rate_basis_points), loan.loan.term_months) == (640_000_00, "573.5", 360)
    assert [(each.kind, str(each.applied_on)) for each in ana.applications] == [("savings", "2021-12-01")]
    assert (ben.phone, ben.pin.get_secret_value()) == ("+15555550191", "0042")
    assert [(each.kind, each.amount) for each in ben.applications] == [("mortgage", 300_000_00)]


async def test_every_row_that_is_left_is_told_with_its_reason(tmp_path: Path) -> None:
    console = terminal()
    assert not await take_over(written(tmp_path), Door(), console)
    told = printed(console)
    for line in (
        "Users/u-3: It has no phone number.",
        "Users/u-4: Its PIN is not four digits.",
        "Users/pendingUser: It is a scheduled payment that the bot kept among the users.",
        "UserExistingAccounts/Ben Okafor/Yacht: Its plan is none that we know.",
        "UserExistingAccounts/Ben Okafor/Checking: It has no balance.",
        "UserExistingAccounts/Ben Okafor/Checking: Its balance is below zero.",
        "UserExistingAccounts/Ben Okafor/Current: Its balance is not a whole number of cents.",
        "UserExistingAccounts/Nobody/Checking: There is no user of this name among the Users.",
        "UserPendingAccounts/Ben Okafor/Checking: Its startDate is not a date.",
        "UserExistingAccounts/Ana Ruiz/Checking: Its pending payment was not taken over.",
    ):
        assert line in told
    assert [line.split() for line in told.splitlines()[:4]] == [
        ["table", "imported", "as", "before", "skipped"],
        ["Users", "2", "0", "3"],
        ["UserPendingAccounts", "2", "0", "1"],
        ["UserExistingAccounts", "3", "0", "5"],
    ]
    assert "7305" not in told
    assert "77315" not in told


async def test_what_the_bank_refuses_is_told_too(tmp_path: Path) -> None:
    console = terminal()
    door = Door(lambda source: "The phone number is that of another customer." if source == "Users/u-1" else None)
    assert not await take_over(written(tmp_path), door, console)
    assert "Users/u-1: The phone number is that of another customer." in printed(console)


async def test_a_whole_import_is_a_success(tmp_path: Path) -> None:
    (tmp_path / "Users.json").write_text(json.dumps(USERS[:1]))
    (tmp_path / "UserExistingAccounts.json").write_text(json.dumps(EXISTING[1:2]))
    console, door = terminal(), Door()
    assert await take_over(tmp_path, door, console, dry_run=True)
    assert "There is no UserPendingAccounts; it was taken as empty." in printed(console)
    assert "This was a dry run: nothing was kept." in printed(console)
    assert door.batches[0].dry_run


def scan(items: list[dict[str, object]]) -> bytes:
    return json.dumps({"Items": as_typed(items), "Count": len(items), "ScannedCount": len(items)}).encode()


def export(items: list[dict[str, object]]) -> bytes:
    return gzip.compress(b"\n".join(json.dumps({"Item": item}).encode() for item in as_typed(items)))


def lines(items: list[dict[str, object]]) -> bytes:
    return b"\n".join(json.dumps(item).encode() for item in items) + b"\n"


def puts(items: list[dict[str, object]]) -> bytes:
    return json.dumps({"omni-lex-Users": [{"PutRequest": {"Item": item}} for item in as_typed(items)]}).encode()


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Users.json", scan),
        ("omni-lex-Users.json.gz", export),
        ("Users.jsonl", lines),
        ("omni-lex-Users.ndjson", lines),
        ("Users.json", puts),
        ("Users.json", lambda items: b"\xef\xbb\xbf" + json.dumps(items).encode()),
        ("Users.json", lambda items: json.dumps(items[0]).encode()),
    ],
)
async def test_every_form_of_export_is_read(
    tmp_path: Path, name: str, form: Callable[[list[dict[str, object]]], bytes]
) -> None:
    (tmp_path / name).write_bytes(form(USERS[:1]))
    door = Door()
    assert await take_over(tmp_path, door, terminal())
    assert door.batches[0].customers[0].pin.get_secret_value() == "7305"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "is not text in UTF-8"),
        (b"{", "is not valid JSON"),
        (b"[1]", "holds something that is no table item"),
        (b'[{"phone": {"N": "many"}}]', "holds something that is no table item"),
        (b'[{"phone": NaN}]', "holds something that is no table item"),
        (b"\x1f\x8bnonsense", "is a damaged gzip file"),
        (b"[" * 100_000, "is not valid JSON"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "Users.json").write_bytes(content)
    with pytest.raises(CommandFailed, match=words):
        from_folder(tmp_path)


def test_a_folder_without_users_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"holds no Users\.json"):
        from_folder(tmp_path)
    with pytest.raises(CommandFailed, match="cannot be read"):
        from_folder(tmp_path / "missing")
    for name in ("Users.json", "old-Users.json"):
        (tmp_path / name).write_text("[]")
    with pytest.raises(CommandFailed, match="several files of Users"):
        from_folder(tmp_path)


async def test_many_customers_go_in_several_requests(tmp_path: Path) -> None:
    users = [USERS[0] | {"userId": f"u-{number}", "phone": f"+1555555{number:04d}"} for number in range(60)]
    (tmp_path / "Users.json").write_text(json.dumps(users))
    door = Door()
    assert await take_over(tmp_path, door, terminal())
    assert [len(batch.customers) for batch in door.batches] == [25, 25, 10]


async def test_users_that_cannot_be_told_apart_are_skipped(tmp_path: Path) -> None:
    twin = USERS[0] | {"userId": "u-9", "phone": "+15555550199"}
    (tmp_path / "Users.json").write_text(json.dumps([USERS[0], twin, USERS[0] | {"userId": "u-8"}]))
    (tmp_path / "UserExistingAccounts.json").write_text(json.dumps(EXISTING[:1]))
    console = terminal()
    assert not await take_over(tmp_path, Door(), console)
    told = printed(console)
    assert "UserExistingAccounts/Ana Ruiz/Checking: Several of the Users have this name." in told
    assert "Users/u-8: Another user has the same phone number." in told


async def test_the_later_form_of_the_sample_is_read(tmp_path: Path) -> None:
    """Its accounts carry the PIN, all values are texts, and a user's id may be the number they texted from."""
    later = {
        "userName": "Demo User",
        "planName": "Mortgage",
        "amountDue": "3325",
        "dueDate": "2024-04-01",
        "loanAmount": "640000",
        "loanDuration": "30",
        "loanInterest": "5.735",
        "unpaidPrincipal": "250000",
        "pin": "1234",
        "prefix": "Mr",
        "planId": "d7edc887-f09f",
    }
    (tmp_path / "Users.json").write_text(json.dumps([{"userId": "+15555550195", "userName": "Demo User"}]))
    (tmp_path / "UserExistingAccounts.json").write_bytes(scan([later]))
    door = Door()
    assert await take_over(tmp_path, door, terminal())
    [customer] = door.batches[0].customers
    assert (customer.first_name, customer.last_name, customer.phone) == ("Demo", "User", "+15555550195")
    assert customer.pin.get_secret_value() == "1234"
    [account] = customer.accounts
    assert (account.kind, account.balance, account.payment) == ("mortgage", 250_000_00, 3_325_00)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "either --from-json"),
        (["--from-json", "x", "--dynamodb"], "either --from-json"),
        (["--dynamodb", "--region", "us-east-1"], "needs --region and --prefix"),
    ],
)
def test_the_source_must_be_said_once(arguments: list[str], words: str) -> None:
    answer = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["accounts", "import", *arguments])
    assert answer.exit_code == 2
    assert words in " ".join(answer.output.split())


async def test_a_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    user = USERS[0] | {"userId": "\x1b[31mred", "phone": ""}
    (tmp_path / "Users.json").write_text(json.dumps([user]))
    console = terminal()
    assert not await take_over(tmp_path, Door(), console)
    assert "red: It has no phone number." in printed(console)
    assert "\x1b" not in printed(console)
