"""`omnilex categories`: the rules that sort interactions, read, tried on what there is, and saved."""

from pathlib import Path
from typing import Annotated, assert_never

import typer
from pydantic import ValidationError
from rich.table import Table

from services.cli.chat import escaped
from services.cli.connection import CommandFailed, Refused
from services.cli.gateway import Gateway
from services.cli.terminal import as_staff, console
from services.cli.upload import shown
from shared.schemas.categories import (
    CategoryRules,
    CategoryTrial,
    Condition,
    InterruptionCondition,
    NonTalkCondition,
    SentimentCondition,
    TextCondition,
)

app = typer.Typer(no_args_is_help=True, help="The rules that sort interactions into categories.")

_CONFLICT = 409
_MOST_PHRASES = 3
_MOST_IDS = 3
Version = Annotated[int | None, typer.Option(min=0, max=999_999, help="An earlier one; 0 is what the product brings.")]
RulesFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="Rules, as `show --to FILE` writes them.")
]


@app.command("list")
def list_rules(version: Version = None) -> None:
    """List the rules in force with what each asks for."""

    async def listed(gateway: Gateway, token: str) -> None:
        rules = await gateway.category_rules(token, version)
        table = Table("rule", "kind", "asks for", box=None, pad_edge=False, header_style="dim")
        for rule in rules.rules:
            conditions = "; ".join(_words(one) for one in rule.conditions)
            table.add_row(_plain(rule.name), rule.kind, _plain(conditions))
        console.print(table if rules.rules else "There are no rules: nothing is sorted.")
        console.print(f"[dim]{_plain(_of_version(rules))}[/]")

    as_staff(listed)


@app.command()
def show(
    name: Annotated[str | None, typer.Argument(help="One rule; all of them without it.")] = None,
    version: Version = None,
    to: Annotated[Path | None, typer.Option(help="Write all rules to this file, to be changed and saved.")] = None,
) -> None:
    """Show rules as they are written (JSON)."""
    if name is not None and to is not None:
        raise typer.BadParameter("writes all rules: name none.", param_hint="--to")

    async def showed(gateway: Gateway, token: str) -> None:
        rules = await gateway.category_rules(token, version)
        if name is None:
            _give(rules.model_dump_json(indent=2), to, rules)
            return
        found = [rule for rule in rules.rules if rule.name.casefold() == name.casefold()]
        if not found:
            raise CommandFailed(f"There is no rule {shown(name)}. To see all: omnilex categories list")
        typer.echo(found[0].model_dump_json(indent=2))

    as_staff(showed)


@app.command("test")
def try_rules(
    file: RulesFile,
    limit: Annotated[int, typer.Option(min=1, max=500, help="On so many interactions, the newest.")] = 100,
) -> None:
    """Tell what the rules of a file would gain and lose against those in force. Nothing is changed."""
    rules = _read(file)

    async def tried(gateway: Gateway, token: str) -> None:
        _print_trial(await gateway.try_category_rules(token, rules, limit))

    as_staff(tried)


@app.command()
def save(file: RulesFile) -> None:
    """Put the rules of a file in force, in place of all there are, if nobody saved others since they were read."""
    rules = _read(file)

    async def saved(gateway: Gateway, token: str) -> None:
        try:
            kept = await gateway.save_category_rules(token, rules)
        except Refused as refusal:
            if refusal.status != _CONFLICT:
                raise
            hint = "Look at what changed, put its number into the file as `version`, and save again."
            raise CommandFailed(f"{refusal} {hint}") from refusal
        console.print(f"Version {kept.version} with {len(kept.rules)} rules is in force for what is analysed now.")

    as_staff(saved)


def _read(file: Path) -> CategoryRules:
    """Raises CommandFailed, which names the first places that are wrong."""
    try:
        return CategoryRules.model_validate_json(file.read_bytes())
    except OSError as error:
        raise typer.BadParameter(f"cannot be read: {error.strerror}.", param_hint="the file") from error
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)[:3]
        told = "; ".join(f"{'/'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}" for fault in faults)
        raise typer.BadParameter(f"holds no rules: {shown(told)}.", param_hint="the file") from error


def _give(content: str, to: Path | None, rules: CategoryRules) -> None:
    if to is None:
        typer.echo(content)
        return
    try:
        to.write_text(content + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"Cannot write {shown(str(to))}: {error.strerror}.") from error
    console.print(f"{len(rules.rules)} rules of version {rules.version} written to {_plain(str(to))}.")


def _print_trial(trial: CategoryTrial) -> None:
    changed = [one for one in trial.changes if one.gained or one.lost]
    console.print(f"{trial.looked_at} interactions looked at, {len(changed)} of {len(trial.changes)} rules differ.")
    if trial.unreadable:
        console.print(f"[yellow]{trial.unreadable} could not be read.[/]")
    if not changed:
        return
    table = Table("rule", "before", "after", "gained", "lost", box=None, pad_edge=False, header_style="dim")
    for one in changed:
        table.add_row(_plain(one.name), str(one.before), str(one.after), _some(one.gained), _some(one.lost))
    console.print(table)


def _some(ids: list[str]) -> str:
    return _plain(", ".join(ids[:_MOST_IDS])) + (" and more" if len(ids) > _MOST_IDS else "")


def _of_version(rules: CategoryRules) -> str:
    if not rules.version:
        return "Version 0: what the product brings."
    when = rules.changed_at.astimezone().strftime("%Y-%m-%d %H:%M") if rules.changed_at else "?"
    return f"Version {rules.version}, saved by {rules.changed_by or '?'} on {when}."


def _words(condition: Condition) -> str:
    """A condition as one would say it."""
    match condition:
        case TextCondition(phrases=phrases):
            more = f" or {len(phrases) - _MOST_PHRASES} more" if len(phrases) > _MOST_PHRASES else ""
            said = "says " + ", ".join(f"“{one}”" for one in phrases[:_MOST_PHRASES]) + more
        case SentimentCondition(labels=labels, share=share):
            said = f"is {' or '.join(labels).lower()} in {share:.0%} of the turns"
        case NonTalkCondition(seconds=seconds):
            said = f"is silent for {seconds:g} s"
        case InterruptionCondition(times=times):
            said = f"breaks in {times} times" if times > 1 else "breaks in"
        case _:
            assert_never(condition)
    who = "nobody" if condition.negated else "somebody"
    if condition.role is not None:
        who = f"no {condition.role.lower()}" if condition.negated else f"the {condition.role.lower()}"
    elif condition.kind == "non_talk":
        who = "not: everybody" if condition.negated else "everybody"
    return f"{who} {said}{_window(condition)}"


def _window(condition: Condition) -> str:
    window = condition.window
    if not window.start and window.end is None:
        return ""
    unit = "%" if window.unit == "percent" else " s"
    end = f"{window.end:g}{unit}" if window.end is not None else "the end"
    return f" (from {window.start:g}{unit} to {end})"


def _plain(text: str) -> str:
    return escaped(shown(text))
