"""Rules that sort interactions into categories, and what they found."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.schemas.base import Moment, Wire
from shared.schemas.interaction import CategoryKind, Label, RoleName

Phrase = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]
RuleName = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]+$", max_length=100)]


class Window(Wire):
    """The part of an interaction that counts: seconds from its start, or per cent of its duration, both ends too."""

    unit: Literal["seconds", "percent"] = "percent"
    start: float = Field(0, ge=0)
    end: float | None = Field(None, ge=0, description="null means to the end")

    @model_validator(mode="after")
    def _in_order(self) -> "Window":
        if self.end is not None and self.end < self.start:
            raise ValueError("end is before start")
        return self


class _Condition(Wire):
    """`negated`: it is met where nothing of it is found."""

    window: Window = Field(default_factory=Window)
    role: RoleName | None = Field(None, description="whose turns count; null for everybody's")
    negated: bool = False


class TextCondition(_Condition):
    """Any of the phrases is said: whole words, case folded, plural `s` accepted."""

    kind: Literal["text"] = "text"
    phrases: list[Phrase] = Field(min_length=1, max_length=200)


class SentimentCondition(_Condition):
    """At least this share of the scored turns has one of the labels."""

    kind: Literal["sentiment"] = "sentiment"
    labels: list[Label] = Field(min_length=1)
    share: float = Field(0.5, gt=0, le=1)


class NonTalkCondition(_Condition):
    """Nobody speaks for so many seconds on end."""

    kind: Literal["non_talk"] = "non_talk"
    seconds: float = Field(gt=0)


class InterruptionCondition(_Condition):
    """Somebody breaks in on another so many times."""

    kind: Literal["interruption"] = "interruption"
    times: int = Field(1, ge=1)


Condition = Annotated[
    TextCondition | SentimentCondition | NonTalkCondition | InterruptionCondition, Field(discriminator="kind")
]


class CategoryRule(Wire):
    """All conditions must be met."""

    name: RuleName
    kind: CategoryKind = "category"
    conditions: list[Condition] = Field(min_length=1, max_length=20)


class CategoryRules(Wire):
    """A set of rules. Version 0 is what the product brings."""

    version: int = Field(0, ge=0)
    changed_by: str | None = None
    changed_at: Moment | None = None
    rules: list[CategoryRule] = Field(default_factory=list, max_length=500)

    @model_validator(mode="after")
    def _names_differ(self) -> "CategoryRules":
        names = [rule.name.casefold() for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError("two rules have the same name")
        return self


class TrialChange(Wire):
    """What a rule would have gained and lost among the interactions looked at, with some of their ids."""

    name: str
    before: int
    after: int
    gained: list[str]
    lost: list[str]


class CategoryTrial(Wire):
    """`looked_at` interactions, the newest ones, by the rules in force and by those tried."""

    looked_at: int
    unreadable: int
    changes: list[TrialChange]
