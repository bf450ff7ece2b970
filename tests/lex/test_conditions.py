"""The condition language."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lex.dialog.conditions import ConditionError, holds

SLOTS = {"Menu": "2", "Name": "Ann Lee", "Many": "a,b,c"}
SESSION = {"n": "1", "flag": "TRUE", "empty": ""}


class Values:
    def slot(self, name: str) -> str | None:
        return SLOTS.get(name)

    def session(self, name: str) -> str | None:
        return SESSION.get(name)

    def request(self, name: str) -> str | None:
        return {"x-amz-lex:channels:platform": "Twilio"}.get(name)

    def path(self, name: str) -> str | None:
        return "Text" if name == "$.inputMode" else None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('{Menu} = "2"', True),
        ('({Menu}="2")|| ({Menu}="dos")', True),
        ("{Menu} < 10", True),
        ("{Menu} >= 2.0", True),
        ('[flag] = "true"', True),
        ('{Name} CONTAINS "ann"', True),
        ("fn.IS_SET([n]) AND !fn.IS_SET([missing])", True),
        ("fn.COUNT({Many}) = 3", True),
        ("fn.LENGTH({Name}) > 20", False),
        ('[missing] = "x"', False),
        ('NOT [missing] = "x"', False),
        ('[missing] = "x" OR {Menu} = 2', True),
        ("{Menu} = 1 OR {Menu} = 2 AND [n] = 5", False),
        ("{Menu} = 2 OR {Menu} = 1 AND [n] = 5", True),
        ('((x-amz-lex:channels:platform)) = "twilio"', True),
        ('$.inputMode = "Text"', True),
        ('(!fn.IS_SET([m]) OR [m] = "" OR [m] = "0") AND (!fn.IS_SET([f]) OR [f] != "true")', True),
        ('(({Menu} = "2"))', True),
        ('[empty] = ""', True),
    ],
)
def test_conditions_hold_as_lex_evaluates_them(expression: str, expected: bool) -> None:
    assert holds(expression, Values()) is expected


@pytest.mark.parametrize("expression", ["", "{Menu}", "{Menu} =", "{Menu} = 2 )", "fn.SUM({Menu}) = 2", "(" * 200])
def test_an_expression_outside_of_the_language_is_refused(expression: str) -> None:
    with pytest.raises(ConditionError):
        holds(expression, Values())


@given(st.text(alphabet='{}[]()"!=<>&|ANDORT fn.IS_SET0a', max_size=60))
def test_no_text_breaks_the_parser(expression: str) -> None:
    with suppress(ConditionError):
        holds(expression, Values())
