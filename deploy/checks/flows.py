"""The flows of Amazon Connect as graphs: everything leads somewhere, everything is reached, and a contact can end."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

Json = dict[str, JsonValue]


def findings(path: Path) -> Iterator[str]:
    flow = json.loads(path.read_text())
    actions: dict[str, Json] = {str(action["Identifier"]): action for action in flow["Actions"]}
    if len(actions) != len(flow["Actions"]):
        yield "two actions of one identifier"
    leads = {name: set(_targets(action["Transitions"])) for name, action in actions.items()}
    for name, targets in leads.items():
        yield from (f"{name} leads to {target}, which is not there" for target in sorted(targets - set(actions)))
    start = str(flow["StartAction"])
    if start not in actions:
        yield f"begins with {start}, which is not there"
        return
    reached = _reached(start, leads)
    yield from (f"{name} is never reached" for name in sorted(set(actions) - reached))
    ends = {name for name, targets in leads.items() if not targets or actions[name]["Type"] == "TransferContactToQueue"}
    yield from (f"{name} never ends" for name in sorted(reached) if not _reached(name, leads) & ends)


def _reached(start: str, leads: dict[str, set[str]]) -> set[str]:
    reached, waiting = set[str](), [start]
    while waiting:
        at = waiting.pop()
        if at not in reached:
            reached.add(at)
            waiting += leads.get(at, ())
    return reached


def _targets(value: JsonValue) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _targets(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "NextAction":
                yield str(item)
            else:
                yield from _targets(item)
