"""`omnilex`, the operator's command line. Every command but `up` is a client of the gateway."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli import accounts as banking
from services.cli import audit as trail
from services.cli import bot as bots
from services.cli import bulk_commands, category_commands, erasure_commands, explain_commands, ledger_commands
from services.cli import channels as doors
from services.cli import chat as conversation
from services.cli import upload as uploads
from services.cli.gateway import Gateway, staff_token
from services.cli.laptop import Plan
from services.cli.settings import CliSettings
from services.cli.terminal import console, told, with_gateway
from services.cli.up import bring_up
from shared.callers import ROLES
from shared.schemas.staff import LEAST_PASSWORD

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="OmniLex: one banking bot on every channel, and customer sentiment from every interaction.",
)
users = typer.Typer(no_args_is_help=True, help="Staff who may sign in to the dashboard.")
app.add_typer(users, name="users")
channels = typer.Typer(no_args_is_help=True, help="Web chat, text messages, phone, Slack, Amazon Connect.")
app.add_typer(channels, name="channels")
accounts = typer.Typer(no_args_is_help=True, help="The bank's books and customers.")
app.add_typer(accounts, name="accounts")
app.add_typer(ledger_commands.app, name="ledger")
app.add_typer(bulk_commands.app, name="bulk")
app.add_typer(erasure_commands.app, name="erasures")
app.add_typer(category_commands.app, name="categories")
app.command()(explain_commands.explain)
app.command()(explain_commands.export)


@app.command()
def up(
    port: Annotated[
        int, typer.Option(min=1, max=65530, help="The gateway's port; the other services take the five after it.")
    ] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data: Annotated[
        Path | None, typer.Option(help="Where everything is kept. Default: OMNILEX_DATA_DIR or ./data")
    ] = None,
    samples: Annotated[bool, typer.Option(help="Load the sample interactions the first time.")] = True,
) -> None:
    """Start the whole system on this machine; Ctrl-C stops it."""
    folder = (data or CliSettings().data_dir).resolve()
    plan = Plan(data_dir=folder, host=host, port=port, samples=samples)
    _finish(asyncio.run(told(bring_up(plan, console))))


@app.command()
def chat() -> None:
    """Talk with the bank's bot. Reads a conversation from standard input when that is a pipe."""
    read = conversation.from_terminal if sys.stdin.isatty() else conversation.from_pipe(console)
    with_gateway(lambda gateway, _: conversation.converse(gateway, console, read))


@app.command()
def upload(
    files: Annotated[list[Path], typer.Argument(help="Recordings, Amazon Transcribe JSON, Lex conversation logs.")],
    wait: Annotated[bool, typer.Option(help="Follow each file to its fate.")] = True,
) -> None:
    """Hand interactions in. A side-car FILE.metadata.json beside a file goes with it."""

    async def send(gateway: Gateway, settings: CliSettings) -> bool:
        token = await staff_token(gateway, settings)
        return await uploads.upload(gateway, token, files, console, wait=wait)

    if not with_gateway(send):
        raise typer.Exit(1)


app.command("bot", context_settings=bots.UNTOUCHED, add_help_option=False)(bots.bot)


@users.command("add")
def add_user(
    username: str,
    role: Annotated[list[str], typer.Option(help="admin, supervisor, analyst or agent; may be given again.")],
) -> None:
    """Add somebody to the staff; asks for the password."""
    if unknown := set(role) - ROLES:
        raise typer.BadParameter(f"no such role: {', '.join(sorted(unknown))}", param_hint="--role")
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(password) < LEAST_PASSWORD:
        raise typer.BadParameter(f"needs at least {LEAST_PASSWORD} characters.", param_hint="the password")

    async def add(gateway: Gateway, settings: CliSettings) -> None:
        await gateway.add_user(await staff_token(gateway, settings), username, password, role)
        console.print(f"{username} may sign in.")

    with_gateway(add)


@channels.command("check")
def check_channels(
    test: Annotated[
        bool, typer.Option(help="Try the credentials at the providers; nothing is sent to anybody.")
    ] = True,
) -> None:
    """Tell what is configured, what URL to paste where, and what works (exit code 1 when something does not)."""

    async def told(gateway: Gateway, settings: CliSettings) -> bool:
        return await doors.check(gateway, await staff_token(gateway, settings), console, test=test)

    if not with_gateway(told):
        raise typer.Exit(1)


@accounts.command("audit")
def audit(
    customer: Annotated[str | None, typer.Option(help="Only what concerns this customer: C-…")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 25,
    prove: Annotated[bool, typer.Option("--prove", help="Check instead that nothing of it was changed.")] = False,
    anchor: Annotated[str | None, typer.Option(help="What an earlier proof gave; check against that too.")] = None,
) -> None:
    """Show who did what, or prove that the trail of it is whole (exit code 1 when it is not)."""

    async def told(gateway: Gateway, settings: CliSettings) -> bool:
        token = await staff_token(gateway, settings)
        if prove or anchor:
            return await trail.prove(gateway, token, console, anchor=anchor)
        await trail.show(gateway, token, console, customer_id=customer, limit=limit)
        return True

    if not with_gateway(told):
        raise typer.Exit(1)


@accounts.command("import")
def import_accounts(
    from_json: Annotated[
        Path | None, typer.Option(help="A folder with Users.json, UserPendingAccounts.json, UserExistingAccounts.json.")
    ] = None,
    dynamodb: Annotated[bool, typer.Option("--dynamodb", help="Read the tables themselves.")] = False,
    region: Annotated[str | None, typer.Option(help="Where the tables are, for example us-west-2.")] = None,
    prefix: Annotated[str | None, typer.Option(help="The stack's name, before -Users and so on.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, keep nothing.")] = False,
) -> None:
    """Take over customers, accounts and applications of the omni-lex sample. May be repeated."""
    if (from_json is not None) == dynamodb:
        raise typer.BadParameter("say either --from-json FOLDER or --dynamodb.", param_hint="the source")
    if dynamodb and not (region and prefix):
        raise typer.BadParameter("needs --region and --prefix.", param_hint="--dynamodb")

    async def take_over(gateway: Gateway, settings: CliSettings) -> bool:
        source = (
            banking.from_folder(from_json) if from_json else await banking.from_dynamodb(region or "", prefix or "")
        )
        token = await staff_token(gateway, settings)
        return await banking.import_customers(gateway, token, source, console, dry_run=dry_run)

    if not with_gateway(take_over):
        raise typer.Exit(1)


def _finish(code: int) -> None:
    if code:
        raise typer.Exit(code)
