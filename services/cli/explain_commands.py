"""`omnilex explain` and `omnilex export`: what analysis found in an interaction, and why a number is what it is."""

import json
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.table import Table

from services.cli.chat import escaped
from services.cli.connection import CommandFailed
from services.cli.gateway import Gateway
from services.cli.terminal import as_staff, console
from services.cli.upload import shown
from shared.schemas.explanation import ExplainedTurn, Explanation, Measure
from shared.schemas.interaction import Interaction, Speaker

_OF_SPEAKERS = tuple(name for name in get_args(Measure) if name != "turn")
_MOST_TERMS = 4
InteractionId = Annotated[str, typer.Argument(help="An interaction's id, as `omnilex ledger` shows it.")]


def explain(
    interaction: InteractionId,
    measure: Annotated[str | None, typer.Option(help=f"Why this number: {', '.join(_OF_SPEAKERS)}")] = None,
    speaker: Annotated[str | None, typer.Option(help="Whose: caller, agent, bot, ivr or a label like spk_0.")] = None,
    turn: Annotated[int | None, typer.Option(min=1, help="Why the score of this turn, the first being 1.")] = None,
) -> None:
    """Show what analysis found in an interaction; with options, why one number is what it is."""
    if turn is not None and (measure or speaker):
        raise typer.BadParameter("say either --turn or --measure and --speaker.", param_hint="the number")
    if measure is not None and measure not in _OF_SPEAKERS:
        raise typer.BadParameter(f"must be one of: {', '.join(_OF_SPEAKERS)}", param_hint="--measure")
    if measure is not None and speaker is None:
        raise typer.BadParameter("needs --speaker.", param_hint="--measure")

    async def explained(gateway: Gateway, token: str) -> None:
        if turn is not None:
            query = {"measure": "turn", "turn": str(turn - 1)}
            _print_explanation(await gateway.explanation(token, interaction, query), f"the score of turn {turn}")
            return
        document = await gateway.interaction(token, interaction)
        if speaker is None:
            _print_found(document)
            return
        whose = _speaker(document, speaker)
        query = {"measure": measure or "average", "speaker": whose.speaker}
        named = f"the {query['measure'].replace('_', ' ')} of {_called(whose)}"
        _print_explanation(await gateway.explanation(token, interaction, query), named)

    as_staff(explained)


def export(
    interactions: Annotated[list[str], typer.Argument(help="Ids of interactions.")],
    into: Annotated[
        Path | None, typer.Option(help="Write a file ID.json for each into this folder, instead of printing one.")
    ] = None,
) -> None:
    """Give interactions in the layout of Amazon Transcribe Post Call Analytics, for reports that were built on it."""
    if into is None and len(interactions) > 1:
        raise typer.BadParameter("is needed for more than one interaction.", param_hint="--into")

    async def exported(gateway: Gateway, token: str) -> None:
        for interaction in interactions:
            laid_out = json.dumps(await gateway.export(token, interaction), indent=2, ensure_ascii=False) + "\n"
            if into is None:
                typer.echo(laid_out, nl=False)
            else:
                _write(into, interaction, laid_out)
        if into is not None:
            console.print(f"{len(interactions)} written to {escaped(shown(str(into)))}.")

    as_staff(exported)


def _write(folder: Path, interaction: str, content: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{interaction.replace('/', '_')}.json").write_text(content, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"Cannot write to {shown(str(folder))}: {error.strerror}.") from error


def _speaker(document: Interaction, given: str) -> Speaker:
    found = [one for one in document.speakers if given in (one.speaker, one.role.lower()) or given == one.role]
    if len(found) != 1:
        known = ", ".join(f"{one.speaker} ({one.role.lower()})" for one in document.speakers) or "none"
        many = "More than one speaker is" if found else "There is no speaker"
        raise CommandFailed(f"{many} {shown(given)}. Known: {shown(known)}.")
    return found[0]


def _called(speaker: Speaker) -> str:
    return f"{speaker.role.lower()} {speaker.speaker}"


def _print_found(document: Interaction) -> None:
    for flag in document.quality:
        console.print(f"[yellow]Not to be trusted ({flag.code})[/]: {_plain(flag.sentence)}")
    for warning in document.warnings:
        console.print(f"[yellow]{_plain(warning)}[/]")
    for line in document.summary:
        console.print(f"  {_plain(line)}")
    if document.categories:
        table = Table("found", "kind", "in turns", box=None, pad_edge=False, header_style="dim")
        for one in document.categories:
            turns = ", ".join(str(at + 1) for at in one.turns) or "the whole"
            table.add_row(_plain(one.name), one.kind, turns)
        console.print(table)
    numbers = Table("speaker", "average", "Q1", "Q2", "Q3", "Q4", "trend", "change", "turns", box=None, pad_edge=False)
    numbers.header_style = "dim"
    for speaker in document.speakers:
        values = (speaker.average, *(part.score for part in speaker.quarters), speaker.trend, speaker.change)
        over = f"{speaker.turns_scored} of {speaker.turns}"
        numbers.add_row(_plain(_called(speaker)), *(_score(value) for value in values), over)
    console.print(numbers)
    if document.speakers:
        label, interaction = document.speakers[0].speaker, document.interaction_id
        console.print(f"[dim]Why: omnilex explain {_plain(f'{interaction} --speaker {label} --measure average')}[/]")


def _print_explanation(found: Explanation, number: str) -> None:
    console.print(f"{_plain(number.capitalize())} is {_score(found.value)}.")
    console.print(f"  made by     {_plain(found.formula)}")
    if found.denominator is not None:
        console.print(f"  divided by  {found.denominator}")
    console.print(f"  thresholds  negative {found.min_sentiment_negative}, positive {found.min_sentiment_positive}")
    console.print(f"  engine      {_plain(found.sentiment_engine)}")
    if not found.turns:
        console.print("No turn counts for it.")
        return
    table = Table("turn", "at", "score", "positive", "negative", "weighs", "said", box=None, pad_edge=False)
    table.header_style = "dim"
    table.columns[-1].overflow = "fold"
    for turn in found.turns:
        felt = turn.sentiment
        probabilities = ("" if value is None else f"{value:.2f}" for value in (felt.positive, felt.negative))
        at = f"{int(turn.start) // 60:02}:{int(turn.start) % 60:02}"
        why = _plain(felt.reason) if felt.reason else _terms(turn)
        table.add_row(str(turn.turn + 1), at, _score(felt.score), *probabilities, why, _plain(turn.text))
    console.print(table)


def _terms(turn: ExplainedTurn) -> str:
    """The words that weigh most, each with its points."""
    heaviest = sorted(turn.sentiment.evidence, key=lambda term: -abs(term.valence))[:_MOST_TERMS]
    return ", ".join(f"{_plain(term.text)} {term.valence:+.1f}" for term in heaviest)


def _score(value: float | None) -> str:
    if value is None:
        return "not known"
    return f"{value:+.2f}" if round(value, 2) else "0.00"


def _plain(text: str) -> str:
    return escaped(shown(text))
