"""Conditional branches of a path."""

import logging

from services.lex.definition.parts import Conditional, DefaultBranch, Path
from services.lex.dialog.conditions import ConditionError, holds
from services.lex.dialog.references import TurnValues
from services.lex.dialog.turn import Turn

log = logging.getLogger("omnilex.lex.dialog")


def chosen_branch(turn: Turn, path: Path) -> DefaultBranch | None:
    """The first branch whose condition is true, else the default branch; None where nothing branches."""
    conditional = path.conditional
    step = path.next_step.dialog_action if path.next_step else None
    evaluates = step is not None and step.type == "EvaluateConditional"
    if conditional is None or not (conditional.is_active or evaluates):
        return None
    return _first_true(turn, conditional) or conditional.default_branch


def _first_true(turn: Turn, conditional: Conditional) -> DefaultBranch | None:
    values = TurnValues(turn)
    for branch in conditional.conditional_branches:
        try:
            if holds(branch.condition.expression_string, values):
                return branch
        except ConditionError as error:
            log.warning("lex.condition_ignored", extra={"branch": branch.name, "reason": str(error)})
    return None
