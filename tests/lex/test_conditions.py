"""The condition language."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lex.dialog.conditions import ConditionError, Value, holds, sub_slots_suffice

SLOTS: dict[str, Value] = {
    "Menu": "2", "Name": "Ann Lee", "Many": ("a", "b", "c"), "Long": "PT90M", "Day": "2026-03-04", "At": "09:30",
    "Back": "a\\b", "Town": "Portland, Oregon",
}  # fmt: skip
SESSION = {"n": "1", "flag": "TRUE", "empty": ""}


class Values:
    def slot(self, name: str) -> Value | None:
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
        ('{Many} = "A,b,c"', True),
        ('{Many} CONTAINS "b"', True),
        ("fn.COUNT({Town}) = 1", True),
        ("fn.COUNT({missing}) = 0", False),
        ("{Long} > PT1H", True),
        ("{Long} = PT1H30M", True),
        ('{Day} < "2026-10-01"', True),
        ("{At} >= 10:00", False),
        ("{Menu} = dos || {Menu} = 2", True),
        ("NOT NOT {Menu} = 2", True),
        ("!({Menu} = 2 && [missing] = 1)", False),
        ("NOT ({Menu} = 1 AND [missing] = 1)", True),
        ('{Menu} != "3" AND {Name} = "ANN LEE"', True),
        (r'"say \"two\"" CONTAINS "\"two"', True),
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


LEAVES = st.sampled_from([('{Menu} = "2"', True), ("{Menu} > 5", False), ("[missing] = 1", None)])
Logic = tuple[str, bool | None]


def either(one: Logic, other: Logic) -> Logic:
    known = True if True in (one[1], other[1]) else None if None in (one[1], other[1]) else False
    return f"({one[0]} OR {other[0]})", known


def both(one: Logic, other: Logic) -> Logic:
    known = False if False in (one[1], other[1]) else None if None in (one[1], other[1]) else True
    return f"({one[0]} && {other[0]})", known


def negated(one: Logic) -> Logic:
    return f"NOT ({one[0]})", None if one[1] is None else not one[1]


@given(
    st.recursive(
        LEAVES,
        lambda inner: st.one_of(
            st.builds(either, inner, inner), st.builds(both, inner, inner), st.builds(negated, inner)
        ),
        max_leaves=12,
    )
)
def test_an_unknown_comparison_counts_as_neither_true_nor_false(expression: Logic) -> None:
    assert holds(expression[0], Values()) is (expression[1] is True)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(Menu AND Name) OR nothing", True),
        ("Menu AND nothing", False),
        ("{Menu} AND {Name}", True),
        ("nothing", False),
    ],
)
def test_a_composite_slots_expression_is_true_when_its_sub_slots_have_values(expression: str, expected: bool) -> None:
    assert sub_slots_suffice(expression, Values()) is expected
