"""`omnilex bot test`: how well a bot understands a set of utterances."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from pydantic import JsonValue

from services.lex.bots import ServedLocale
from services.lex.commands.command import Command, CommandFailed
from services.lex.commands.conversing import dialog_of, partner, partner_arguments
from services.lex.test_sets import TestSetError, read_set
from services.lex.workbench import Outcome, Report, run_set


def _arguments(parser: argparse.ArgumentParser) -> None:
    partner_arguments(parser)
    parser.add_argument(
        "--set",
        required=True,
        type=Path,
        metavar="FILE",
        help="a test set of the Lex Test Workbench, or utterance,intent",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--fail-under", type=_share, metavar="SHARE", help="exit code 1 below this accuracy, 0 to 1")


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be from 0 to 1")
    return value


def _run(given: argparse.Namespace) -> int:
    bot = partner(given)
    report = asyncio.run(_report(given, bot))
    if given.json:
        sys.stdout.write(json.dumps(_document(bot, report), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_text(report))
    lowest = min(report.intent_accuracy, 1.0 if report.slot_accuracy is None else report.slot_accuracy)
    return 1 if given.fail_under is not None and lowest < given.fail_under else 0


async def _report(given: argparse.Namespace, bot: ServedLocale) -> Report:
    try:
        cases = read_set(given.set, {name: list(intent.slots) for name, intent in bot.intents.items()})
    except TestSetError as error:
        raise CommandFailed(str(error)) from error
    async with dialog_of(given) as dialog:
        return await run_set(bot, cases, dialog)


def _text(report: Report) -> str:
    right = sum(outcome.intent_right for outcome in report.outcomes)
    lines = [f"intent accuracy  {report.intent_accuracy:.1%}  ({right} of {len(report.outcomes)})"]
    if report.slot_accuracy is not None:
        expected = sum(len(outcome.case.slots) for outcome in report.outcomes)
        found = sum(outcome.slots_right for outcome in report.outcomes)
        lines.append(f"slot accuracy    {report.slot_accuracy:.1%}  ({found} of {expected})")
    lines += _section("confused", [f"{count} × {one} taken for {other}" for one, other, count in report.confusions])
    lines += _section("missed", [f"line {o.case.line}: {o.case.text!r} ({o.case.intent})" for o in report.missed])
    wrong = [o for o in report.outcomes if not o.right and not o.missed]
    lines += _section("wrong", [f"line {o.case.line}: {o.case.text!r}: {_reason(o)}" for o in wrong])
    turns = report.conversations.items()
    lines += _section("conversations", [f"{name}: {right} of {all_} turns right" for name, (right, all_) in turns])
    return "\n".join(lines) + "\n"


def _section(title: str, entries: list[str]) -> list[str]:
    return [title, *(f"  {entry}" for entry in entries)] if entries else []


def _reason(outcome: Outcome) -> str:
    if outcome.fault:
        return outcome.fault
    if not outcome.intent_right:
        return f"{outcome.intent} instead of {outcome.case.intent}"
    slots = outcome.case.slots.items()
    return ", ".join(f"{name} is {outcome.slots.get(name)!r}, not {value!r}" for name, value in slots)


def _document(bot: ServedLocale, report: Report) -> dict[str, JsonValue]:
    return {
        "bot": bot.bot.name,
        "locale": bot.locale.identifier,
        "utterances": len(report.outcomes),
        "intentAccuracy": report.intent_accuracy,
        "slotAccuracy": report.slot_accuracy,
        "confusions": [{"expected": one, "actual": two, "count": count} for one, two, count in report.confusions],
        "missed": [{"line": o.case.line, "input": o.case.text, "expected": o.case.intent} for o in report.missed],
        "conversations": [
            {"conversation": name, "turns": turns, "right": right}
            for name, (right, turns) in report.conversations.items()
        ],
        "results": [_result(outcome) for outcome in report.outcomes],
    }


def _result(outcome: Outcome) -> dict[str, JsonValue]:
    return {
        "line": outcome.case.line,
        "conversation": outcome.case.conversation or None,
        "input": outcome.case.text,
        "expectedIntent": outcome.case.intent,
        "actualIntent": outcome.intent,
        "expectedSlots": dict(outcome.case.slots),
        "actualSlots": dict(outcome.slots),
        "right": outcome.right,
        "error": outcome.fault,
    }


COMMAND = Command(help="Measure how a bot does on a set of utterances.", arguments=_arguments, run=_run)
