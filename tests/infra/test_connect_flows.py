"""The flows of Amazon Connect against the rules of its Flow language, and walked through like a contact.

Rules: "Amazon Connect Flow language" in the API reference; one row of `RULES` for each type of action.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, JsonValue

FOLDER = Path(__file__).parents[2] / "infra" / "connect"
FLOWS = ("omnilex-voice.json", "omnilex-chat.json")
PLACEHOLDERS = {"LexBotAliasArn", "QueueArn", "HoursOfOperationArn", "BankName", "Voice"}
MOST_CHARACTERS = 256_000
FORBIDDEN_IN_IDENTIFIERS = set("%:(\\/)=$,;[]{}")


@dataclass(frozen=True)
class Rule:
    """What an action may have: parameters, errors (each must be handled), and the results its conditions may name."""

    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()
    results: frozenset[str] | None = frozenset()
    all_results: bool = False
    channels: frozenset[str] = frozenset({"voice", "chat"})
    ends: bool = False


def words(*names: str) -> frozenset[str]:
    return frozenset(names)


RULES: dict[str, Rule] = {
    "UpdateFlowLoggingBehavior": Rule(needs=words("FlowLoggingBehavior")),
    "UpdateContactTextToSpeechVoice": Rule(
        needs=words("TextToSpeechVoice"), may=words("TextToSpeechEngine"), channels=words("voice")
    ),
    "UpdateContactRecordingBehavior": Rule(needs=words("RecordingBehavior"), may=words("AnalyticsBehavior")),
    "UpdateContactAttributes": Rule(
        needs=words("Attributes"), may=words("TargetContact"), errors=words("NoMatchingError")
    ),
    "UpdateContactTargetQueue": Rule(needs=words("QueueId"), errors=words("NoMatchingError")),
    "MessageParticipant": Rule(needs=words("Text"), errors=words("NoMatchingError")),
    "ConnectParticipantWithLexBot": Rule(
        needs=words("Text", "LexV2Bot"),
        may=words("LexSessionAttributes", "LexTimeoutSeconds"),
        errors=words("InputTimeLimitExceeded", "NoMatchingCondition", "NoMatchingError"),
        results=None,
    ),
    "CheckHoursOfOperation": Rule(
        needs=words("HoursOfOperationId"),
        errors=words("NoMatchingError"),
        results=words("True", "False"),
        all_results=True,
    ),
    "Loop": Rule(needs=words("LoopCount"), results=words("ContinueLooping", "DoneLooping"), all_results=True),
    "TransferContactToQueue": Rule(errors=words("QueueAtCapacity", "NoMatchingError")),
    "DisconnectParticipant": Rule(ends=True),
}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Comparison(Strict):
    Operator: str
    Operands: list[str] = Field(min_length=1, max_length=1)


class Condition(Strict):
    NextAction: str
    Condition: Comparison


class Failure(Strict):
    NextAction: str
    ErrorType: str


class Transitions(Strict):
    NextAction: str | None = None
    Conditions: list[Condition] = []
    Errors: list[Failure] = []


class Action(Strict):
    Identifier: str = Field(min_length=1, max_length=50)
    Type: str
    Parameters: dict[str, JsonValue]
    Transitions: Transitions


class Flow(Strict):
    Version: str
    StartAction: str
    Metadata: dict[str, JsonValue]
    Actions: list[Action]

    @property
    def by_id(self) -> dict[str, Action]:
        return {action.Identifier: action for action in self.Actions}


def read(name: str) -> Flow:
    return Flow.model_validate_json((FOLDER / name).read_text())


def targets(action: Action) -> Iterator[str]:
    found = action.Transitions
    if found.NextAction:
        yield found.NextAction
    yield from (condition.NextAction for condition in found.Conditions)
    yield from (failure.NextAction for failure in found.Errors)


@dataclass
class Contact:
    """Walks through a flow; each action has the results and errors given for it, in turn, then `Success`."""

    flow: Flow
    outcomes: Mapping[str, list[str]]
    path: list[str] = field(default_factory=list)

    def walk(self) -> list[str]:
        left = {name: list(given) for name, given in self.outcomes.items()}
        at: str | None = self.flow.StartAction
        while at is not None and len(self.path) < 500:
            action = self.flow.by_id[at]
            self.path.append(at)
            given = left.get(at, [])
            at = self._after(action, given.pop(0) if given else "Success")
        return self.path

    def _after(self, action: Action, outcome: str) -> str | None:
        found = action.Transitions
        branches = {one.Condition.Operands[0]: one.NextAction for one in found.Conditions}
        branches |= {one.ErrorType: one.NextAction for one in found.Errors}
        if outcome in branches:
            return branches[outcome]
        if action.Type == "ConnectParticipantWithLexBot":  # an intent that no condition names
            return branches["NoMatchingCondition"]
        if action.Type == "Loop":
            done = self.path.count(action.Identifier) > int(str(action.Parameters["LoopCount"]))
            return branches["DoneLooping" if done else "ContinueLooping"]
        if action.Type == "CheckHoursOfOperation":
            return branches["True"]
        return None if action.Type == "TransferContactToQueue" else found.NextAction


@pytest.mark.parametrize("name", FLOWS)
def test_document_is_one_that_connect_takes(name: str) -> None:
    text = (FOLDER / name).read_text()
    flow = read(name)
    assert flow.Version == "2019-10-30"
    assert len(text) < MOST_CHARACTERS
    assert len(flow.by_id) == len(flow.Actions)
    assert not any(FORBIDDEN_IN_IDENTIFIERS & set(identifier) for identifier in flow.by_id)
    metadata = flow.Metadata["ActionMetadata"]
    assert isinstance(metadata, dict)
    assert set(metadata) == set(flow.by_id)
    assert set(re.findall(r"\$\{(\w+)\}", text)) <= PLACEHOLDERS
    assert text.count("${") == len(re.findall(r"\$\{\w+\}", text))
    assert not re.search(r"arn:aws|\d{12}", text)


@pytest.mark.parametrize("name", FLOWS)
def test_every_action_keeps_its_rules(name: str) -> None:
    channel = "voice" if "voice" in name else "chat"
    for action in read(name).Actions:
        rule, found = RULES[action.Type], action.Transitions
        assert channel in rule.channels, action
        assert rule.needs <= set(action.Parameters) <= rule.needs | rule.may, action
        assert {failure.ErrorType for failure in found.Errors} == rule.errors, action
        assert len(found.Errors) == len(rule.errors), action
        results = [condition.Condition.Operands[0] for condition in found.Conditions]
        assert all(condition.Condition.Operator == "Equals" for condition in found.Conditions)
        assert len(results) == len(set(results)), action
        assert rule.results is None or set(results) <= rule.results, action
        assert not rule.all_results or set(results) == rule.results, action
        assert (found.NextAction is None) is rule.ends, action
        assert not rule.ends or not list(targets(action)), action


@pytest.mark.parametrize("name", FLOWS)
def test_every_target_is_there_and_every_action_is_reached(name: str) -> None:
    flow = read(name)
    reached, waiting = set[str](), [flow.StartAction]
    while waiting:
        at = waiting.pop()
        assert at in flow.by_id, at
        if at not in reached:
            reached.add(at)
            waiting += targets(flow.by_id[at])
    assert reached == set(flow.by_id)


@pytest.mark.parametrize("name", FLOWS)
def test_from_everywhere_the_contact_can_end(name: str) -> None:
    flow = read(name)
    ending = {"disconnect", "transfer"}
    while grown := {a.Identifier for a in flow.Actions if ending & set(targets(a))} - ending:
        ending |= grown
    assert ending == set(flow.by_id)


@pytest.mark.parametrize("name", FLOWS)
def test_nothing_of_what_is_said_gets_into_a_flow_log(name: str) -> None:
    flow = read(name)
    first = flow.by_id[flow.StartAction]
    assert (first.Type, first.Parameters) == ("UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Disabled"})
    assert sum(action.Type == first.Type for action in flow.Actions) == 1


@pytest.mark.parametrize("name", FLOWS)
def test_intents_that_the_flow_waits_for_are_the_bots(name: str) -> None:
    intents = Path(__file__).parents[2] / "infra/lex/OmniLex/OmniLex/BotLocales/en_US/Intents"
    known = {path.name for path in intents.iterdir()}
    for action in read(name).Actions:
        if action.Type == "ConnectParticipantWithLexBot":
            named = {condition.Condition.Operands[0] for condition in action.Transitions.Conditions}
            assert named == {"TransferToAgent", "Goodbye"}
            assert named <= known


def test_only_a_call_tells_the_bot_a_number() -> None:
    for name in FLOWS:
        for action in read(name).Actions:
            if action.Type == "ConnectParticipantWithLexBot":
                attributes = action.Parameters["LexSessionAttributes"]
                assert isinstance(attributes, dict)
                given = attributes.get("connectCallerNumber")
                assert given == ("$.CustomerEndpoint.Address" if "voice" in name else None)


def walked(name: str, **outcomes: list[str]) -> list[str]:
    return Contact(read(name), {key.replace("_", "-"): given for key, given in outcomes.items()}).walk()


@pytest.mark.parametrize("name", FLOWS)
def test_person_is_asked_for_and_comes(name: str) -> None:
    path = walked(name, ask=["ProvideAccountDetails"], ask_more=["TransferToAgent"])
    assert path[-6:] == ["ask-more", "note-transfer", "check-hours", "set-queue", "say-hold", "transfer"]


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize(
    ("outcomes", "end"),
    [
        ({"ask": ["TransferToAgent"], "check_hours": ["False"]}, ["say-closed", "disconnect"]),
        ({"ask": ["TransferToAgent"], "transfer": ["QueueAtCapacity"]}, ["say-busy", "disconnect"]),
        ({"ask": ["TransferToAgent"], "transfer": ["NoMatchingError"]}, ["say-call-later", "disconnect"]),
        ({"ask": ["TransferToAgent"], "set_queue": ["NoMatchingError"]}, ["say-call-later", "disconnect"]),
        ({"ask": ["TransferToAgent"], "check_hours": ["NoMatchingError"]}, ["set-queue", "say-hold", "transfer"]),
        ({"ask": ["TransferToAgent"], "note_transfer": ["NoMatchingError"]}, ["set-queue", "say-hold", "transfer"]),
        ({"ask": ["NoMatchingError"]}, ["say-trouble", "check-hours", "set-queue", "say-hold", "transfer"]),
        ({"ask": ["Goodbye"]}, ["ask", "say-goodbye", "disconnect"]),
        ({}, ["say-trouble", "check-hours", "set-queue", "say-hold", "transfer"]),
    ],
)
def test_whatever_goes_wrong_is_said(name: str, outcomes: dict[str, list[str]], end: list[str]) -> None:
    path = walked(name, **outcomes)
    assert path[-len(end) :] == end


def test_silence_on_the_phone_is_asked_about_twice_and_then_ends_the_call() -> None:
    silence = ["InputTimeLimitExceeded"] * 9
    path = walked("omnilex-voice.json", ask=silence, ask_again=silence, ask_more=silence)
    assert path.count("ask-again") == 2
    assert path[-2:] == ["say-goodbye", "disconnect"]


def test_agent_sees_what_the_bot_knew() -> None:
    for name in FLOWS:
        attributes = read(name).by_id["note-transfer"].Parameters["Attributes"]
        assert isinstance(attributes, dict)
        assert set(attributes) == {"omnilex_verified", "omnilex_customer_id", "omnilex_intent", "omnilex_reason"}


def test_rules_find_a_broken_flow() -> None:
    document = json.loads((FOLDER / FLOWS[0]).read_text())
    document["Actions"][-1]["Nonsense"] = 1
    with pytest.raises(ValueError, match="Nonsense"):
        Flow.model_validate(document)
