"""Conditional branches of a path."""

import logging

from services.lex.definition.parts import Conditional, DefaultBranch, Path
from services.lex.dialog.conditions import ConditionError, holds, pieces
from services.lex.dialog.events import TriedBranch
from services.lex.dialog.references import TurnValues
from services.lex.dialog.turn import Turn

log = logging.getLogger("omnilex.lex.dialog")


def chosen_branch(turn: Turn, path: Path, tried: list[TriedBranch] | None = None) -> DefaultBranch | None:
    """The first branch whose condition is true, else the default branch; None where nothing branches.

    `tried` grows by the branches whose condition was looked at.
    """
    conditional = path.conditional
    step = path.next_step.dialog_action if path.next_step else None
    evaluates = step is not None and step.type == "EvaluateConditional"
    if conditional is None or not (conditional.is_active or evaluates):
        return None
    return _first_true(turn, conditional, [] if tried is None else tried) or conditional.default_branch


def _first_true(turn: Turn, conditional: Conditional, tried: list[TriedBranch]) -> DefaultBranch | None:
    values = TurnValues(turn)
    for branch in conditional.conditional_branches:
        expression = branch.condition.expression_string
        try:
            held = holds(expression, values)
            tried.append(TriedBranch(branch.name, expression, pieces(expression, values), held))
            if held:
                return branch
        except ConditionError as error:
            log.warning("lex.condition_ignored", extra={"branch": branch.name, "reason": str(error)})
    return None
