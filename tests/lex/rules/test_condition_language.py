"""The condition language, as a conversation's branches evaluate it: rules condition."""

import logging
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lex.bots import ServedLocale
from services.lex.definition.model import Confirmation
from services.lex.dialog.conditions import ConditionError, Value, holds, sub_slots_suffice
from services.lex.ports import InputMode
from tests.lex.conversation import SIZES, Conversation, Document, enumeration, intent, said, served, slot, words
from tests.lex.rules.shop import branching

TOPPINGS = enumeration("Topping", {"onion": [], "pineapple": [], "blue cheese": []})
PARTS: Document = {name: {"slotTypeName": "SizeType"} for name in ("Small", "Big")}
SLOTS = [
    slot("Size", "SizeType", required=False),
    slot("Count", "AMAZON.Number", required=False),
    slot("Day", "AMAZON.Date", required=False),
    slot("At", "AMAZON.Time", required=False),
    slot("Long", "AMAZON.Duration", required=False),
    slot("Share", "AMAZON.Percentage", required=False),
    slot("Price", "AMAZON.Currency", required=False),
    slot("City", "AMAZON.City", required=False),
    slot("Unset", "SizeType", required=False),
    {**slot("Toppings", "Topping", required=False), "multipleValuesSetting": {"allowMultipleValues": True}},
    {**slot("Box", "SizeType", required=False), "subSlotSetting": {"slotSpecifications": PARTS}},
]
HELD: Document = {
    name: {"shape": "Scalar", "value": {"interpretedValue": value}}
    for name, value in {
        "Size": "large", "Count": "2", "Day": "1990-02-03", "At": "09:30", "Long": "PT90M", "Share": "9%",
        "Price": "USD 250.00", "City": "Portland, Oregon",
    }.items()
}  # fmt: skip
HELD["Toppings"] = {
    "shape": "List",
    "values": [{"value": {"interpretedValue": topping}} for topping in ("onion", "pineapple", "blue cheese")],
}
HELD["Box"] = {"shape": "Composite", "subSlots": {"Small": {"value": {"interpretedValue": "little"}}, "Big": None}}
BOT = served(intent("Pizza", "order it now", slots=SLOTS), types=(SIZES, TOPPINGS))
SESSION = {"n": "1", "plan": "Yearly", "flag": "TRUE", "empty": "", "words": "one two"}


async def taken(expression: str, mode: InputMode = "Text", confidence: float = 1.0) -> bool:
    """Whether a branch with this condition is taken after "yes, please", in an intent whose slots hold values."""
    branches = branching((expression, "Taken.", None), default={"response": words("Default.")})
    confirmation: Document = {"promptSpecification": words("Right?"), "confirmationConditional": branches}
    changed = BOT.intents["Pizza"].model_copy(
        update={"intent_confirmation_setting": Confirmation.model_validate(confirmation)}
    )
    locale = BOT.locale.model_copy(update={"intents": {**BOT.intents, "Pizza": changed}})
    talk = Conversation(ServedLocale(BOT.bot, locale, BOT.understanding))
    talk.mode, talk.confidence = mode, confidence
    state: Document = {
        "dialogAction": {"type": "ConfirmIntent"},
        "intent": {"name": "Pizza", "slots": HELD},
        "sessionAttributes": SESSION,
    }
    turn = await talk.say("yes, please", state, retry_enabled="true", x_amz_lex__channels__platform="Twilio")
    assert said(turn) in (["Taken."], ["Default."])
    return said(turn) == ["Taken."]


def case(expression: str, expected: bool, *rules: str) -> object:
    return pytest.param(expression, expected, marks=pytest.mark.rule(*rules), id=expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        case('{Size} = "large" OR {Size} = "small"', True, "condition-1"),
        case('{Size} = "small" || {Size} = "large"', True, "condition-1"),
        case('{Size} = "small" or {Size} = "none"', False, "condition-1"),
        case('{Size} = "large" AND {Count} = 2', True, "condition-2"),
        case('{Size} = "large" && {Count} = 3', False, "condition-2"),
        case('{Size} = "small" and {Count} = 2', False, "condition-2"),
        case('NOT {Size} = "small"', True, "condition-3"),
        case('!({Size} = "large")', False, "condition-3"),
        case("NOT NOT {Count} = 2", True, "condition-3"),
        case("({Count} = 2 OR {Count} = 3) AND {Count} = 3", False, "condition-4"),
        case("(({Count} = 2))", True, "condition-4"),
        case("NOT ({Count} = 2 AND {Count} = 3)", True, "condition-4"),
        case("{Count} = 2", True, "condition-5"),
        case("{Count} = 3", False, "condition-5"),
        case("{Count} != 3", True, "condition-5"),
        case("{Count} != 2", False, "condition-5"),
        case("{Count} < 3", True, "condition-5"),
        case("{Count} < 2", False, "condition-5"),
        case("{Count} <= 2", True, "condition-5"),
        case("{Count} <= 1", False, "condition-5"),
        case("{Count} > 1", True, "condition-5"),
        case("{Count} > 2", False, "condition-5"),
        case("{Count} >= 2", True, "condition-5"),
        case("{Count} >= 3", False, "condition-5"),
        case("fn.IS_SET({Size})", True, "condition-6"),
        case("fn.IS_SET({Unset})", False, "condition-6"),
        case("fn.IS_SET([n]) AND !fn.IS_SET([missing])", True, "condition-6"),
        case("fn.IS_SET(((x-amz-lex:channels:platform)))", True, "condition-6"),
        case("fn.IS_SET(((x-amz-lex:kendra-search-response-answer-1)))", False, "condition-6"),
        case('{Toppings} CONTAINS "pineapple"', True, "condition-7"),
        case('{Toppings} CONTAINS "Pineapple"', True, "condition-7"),
        case('{Toppings} CONTAINS "apple"', False, "condition-7"),
        case('{Toppings} CONTAINS "ham"', False, "condition-7"),
        case('[words] CONTAINS "two"', True, "condition-7"),
        case('[words] CONTAINS "three"', False, "condition-7"),
        case("fn.COUNT({Toppings}) = 3", True, "condition-8"),
        case("fn.COUNT({Toppings}) > 3", False, "condition-8"),
        case("fn.COUNT({City}) = 1", True, "condition-8"),
        case("fn.COUNT({Unset}) = 0", False, "condition-8"),
        case("fn.LENGTH({Size}) = 5", True, "condition-9"),
        case("fn.LENGTH([words]) > 20", False, "condition-9"),
        case("fn.LENGTH({Unset}) = 0", False, "condition-9"),
        case('{Size} = "large"', True, "condition-10"),
        case('{Pizza.Size} = "large"', True, "condition-10"),
        case('{Nothing} = "large"', False, "condition-10"),
        case('{Box.Small} = "little"', True, "condition-11"),
        case("fn.IS_SET({Box.Big})", False, "condition-11"),
        case('[plan] = "yearly"', True, "condition-12"),
        case('[plan] = "monthly"', False, "condition-12"),
        case('((retry-enabled)) = "TRUE"', True, "condition-13", "condition-24"),
        case('((x-amz-lex:channels:platform)) = "slack"', False, "condition-13"),
        case('$.inputTranscript = "yes, please"', True, "condition-15"),
        case('$.inputTranscript CONTAINS "please"', True, "condition-15"),
        case('$.inputTranscript = "no"', False, "condition-15"),
        case('[plan] = "YEARLY"', True, "condition-17", "condition-24"),
        case(r'"say \"two\"" CONTAINS "\"two"', True, "condition-17"),
        case('"a ) AND ( b" CONTAINS "AND"', True, "condition-17"),
        case("{Count} = 2.0", True, "condition-18", "condition-21"),
        case("{Count} > -1", True, "condition-18"),
        case("{Count} < .5", False, "condition-18"),
        case("{Long} < P2H", True, "condition-19", "condition-23"),
        case("{Size} = large", True, "condition-19"),
        case("{Size} = little-one", False, "condition-19"),
        case('({Count}="2")||({Count}="dos")', True, "condition-20"),
        case('{Count}>=2&&!fn.IS_SET([missing])', True, "condition-20"),
        case('  {Size}   =   "large"  ', True, "condition-20"),
        case("{Count} < 10", True, "condition-21"),
        case('{Count} < "10"', True, "condition-21"),
        case("{Share} >= 78", False, "condition-21"),
        case("{Share} = 9", True, "condition-21"),
        case("{Price} > 30", True, "condition-21"),
        case('{Price} > "USD 1000.00"', False, "condition-21"),
        case('{Day} < "1990-10-01"', True, "condition-22"),
        case('{Day} > "1990-2-2"', True, "condition-22"),
        case('{At} > "20:00"', False, "condition-22"),
        case("{At} < 9:45", True, "condition-22"),
        case("{At} >= 10:00", False, "condition-22"),
        case("{Long} > PT1H", True, "condition-23"),
        case("{Long} = PT1H30M", True, "condition-23"),
        case("{Long} > P1D", False, "condition-23"),
        case('{City} = "portland, oregon"', True, "condition-24"),
        case('{City} < "Quebec"', True, "condition-24"),
        case('{Size} > "small"', False, "condition-24"),
        case('{Toppings} = "Onion,pineapple,Blue Cheese"', True, "condition-25"),
        case('{Toppings} = "onion"', False, "condition-25"),
        case('{Unset} = "large"', False, "condition-26"),
        case('{Unset} != "large"', False, "condition-26"),
        case('[empty] = ""', True, "condition-26"),
        case('NOT {Unset} = "large"', False, "condition-27"),
        case('!([missing] = "x")', False, "condition-27"),
        case("NOT ({Count} = 3 AND [missing] = 1)", True, "condition-27"),
        case('[missing] = "x" OR {Count} = 2', True, "condition-28"),
        case('{Count} = 2 OR [missing] = "x"', True, "condition-28"),
        case('[missing] = "x" OR {Count} = 3', False, "condition-28"),
        case("{Count} = 2 OR {Count} = 3 AND {Count} = 4", True, "condition-29"),
        case("{Count} = 3 OR {Count} = 2 AND {Count} = 4", False, "condition-29"),
        case('(!fn.IS_SET([m]) OR [m] = "" OR [m] = "0") AND (!fn.IS_SET([f]) OR [f] != "true")', True, "condition-30"),
        case('(!fn.IS_SET([n]) OR [n] = "" OR [n] = "0") AND (!fn.IS_SET([flag]) OR [flag] != "true")', False,
             "condition-30"),
        case('({Count}="2")|| ({Count}="dos")', True, "condition-30"),
        case('$.transcriptions[0].transcriptionConfidence < 0.8 AND $.transcriptions[1].transcriptionConfidence > 0.5',
             False, "condition-30"),
    ],
)  # fmt: skip
async def test_a_condition_is_evaluated_as_lex_does(expression: str, expected: bool) -> None:
    assert await taken(expression) is expected


@pytest.mark.rule("condition-14")
@pytest.mark.parametrize("mode", ["Text", "Speech", "DTMF"])
async def test_the_input_mode_is_how_the_customer_speaks(mode: InputMode) -> None:
    for named in ("Text", "Speech", "DTMF"):
        assert await taken(f'$.inputMode = "{named}"', mode) is (named == mode)


@pytest.mark.rule("condition-16")
@pytest.mark.parametrize(("confidence", "expected"), [(0.5, True), (0.9, False), (1.0, False)])
async def test_the_transcriptions_confidence_is_known(confidence: float, expected: bool) -> None:
    assert await taken("$.transcriptions[0].transcriptionConfidence < 0.8", "Speech", confidence) is expected


@pytest.mark.rule("condition-31")
@pytest.mark.parametrize("expression", ["", "{Count}", "{Count} =", "{Count} = 2 )", "fn.SUM({Count}) = 2", "(" * 200])
async def test_a_condition_that_cannot_be_read_is_not_true_and_logged(
    expression: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert not await taken(expression)
    assert "lex.condition_ignored" in caplog.text


VALUES: dict[str, Value] = {"Menu": "2", "Name": "Ann Lee"}


class Values:
    def slot(self, name: str) -> Value | None:
        return VALUES.get(name)

    def session(self, name: str) -> str | None:
        return {"n": "1"}.get(name)

    def request(self, name: str) -> str | None:
        return None

    def path(self, name: str) -> str | None:
        return None


@given(st.text(alphabet='{}[]()"!=<>&|ANDORT fn.IS_SET0aP:-%', max_size=60))
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


@pytest.mark.rule("condition-26", "condition-27", "condition-28")
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


@pytest.mark.rule("condition-11")
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
