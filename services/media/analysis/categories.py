"""Which categories an interaction falls in, by rules that are data (docs/reference/definitions.md)."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import assert_never

from pydantic import ValidationError

from services.media.analysis.entities import Terms, find_entities, key_of
from services.media.analysis.settings import AnalysisSettings
from services.media.analysis.support import UnusableFile
from shared.schemas.categories import (
    CategoryRule,
    CategoryRules,
    Condition,
    InterruptionCondition,
    NonTalkCondition,
    SentimentCondition,
    TextCondition,
    Window,
)
from shared.schemas.interaction import DetectedCategory, Interaction, Turn

FOLDER = "categories"
"""Of the support files: one object for each version, `000001.json` first."""

Found = Mapping[str, set[int]]
"""The turns in which each phrase is said, by the words of the phrase."""


@cache
def built_in() -> CategoryRules:
    """What the product brings."""
    return CategoryRules.model_validate_json(files(__package__).joinpath("categories.json").read_bytes())


def checked_rules(content: bytes) -> CategoryRules:
    """One version as it was saved. Raises UnusableFile."""
    try:
        return CategoryRules.model_validate_json(content)
    except ValidationError:
        raise UnusableFile("it holds no rules of categories") from None


def rules_in_force(settings: AnalysisSettings, support: Path | None = None) -> CategoryRules:
    """The newest version among the support files in this folder (the bucket's own), else what the product brings."""
    folder = (support or settings.support_folder) / FOLDER
    newest = max(folder.glob("*.json"), default=None) if folder.is_dir() else None
    return CategoryRules.model_validate_json(newest.read_bytes()) if newest else built_in()


def detect(document: Interaction, rules: CategoryRules) -> list[DetectedCategory]:
    """The categories whose conditions are all met, in the order of the rules. Linear in the text."""
    said = _said(document, rules.rules)
    found = ((rule, _met(document, rule, said)) for rule in rules.rules)
    return [DetectedCategory(name=rule.name, kind=rule.kind, turns=turns) for rule, turns in found if turns is not None]


def categorised(document: Interaction, rules: CategoryRules) -> Interaction:
    """The document with its categories, and each turn with those that it is a reason for."""
    detected = detect(document, rules)
    turns = [
        turn.model_copy(
            update={
                "categories": [one.name for one in detected if at in one.turns],
                "issues": [one.name for one in detected if at in one.turns and one.kind == "issue"],
            }
        )
        for at, turn in enumerate(document.turns)
    ]
    return document.model_copy(update={"turns": turns, "categories": detected})


def _said(document: Interaction, rules: Iterable[CategoryRule]) -> dict[str, set[int]]:
    """One pass over the text, whatever the number of phrases; a phrase within a longer one counts as said too."""
    phrases = {
        key_of(phrase)
        for rule in rules
        for condition in rule.conditions
        if isinstance(condition, TextCondition)
        for phrase in condition.phrases
    }
    found: dict[str, set[int]] = {phrase: set() for phrase in phrases if phrase}
    layers = _layers(phrases)
    for at, turn in enumerate(document.turns):
        for layer in layers:
            for mention in find_entities(turn.text, layer):
                found[mention.type].add(at)
    return found


def _layers(phrases: Iterable[str]) -> list[Terms]:
    """Phrases by their number of words: of those that overlap, each list finds its own."""
    layers: dict[int, Terms] = {}
    for phrase in sorted(filter(None, phrases)):
        layers.setdefault(len(phrase.split()), Terms()).add(phrase, phrase)
    return list(layers.values())


def _met(document: Interaction, rule: CategoryRule, said: Found) -> list[int] | None:
    """The turns that met its conditions; null if one is not met."""
    reasons: set[int] = set()
    for condition in rule.conditions:
        turns, met = _of_condition(document, condition, said)
        if met == condition.negated:
            return None
        if not condition.negated:
            reasons.update(turns)
    return sorted(reasons)


def _of_condition(document: Interaction, condition: Condition, said: Found) -> tuple[list[int], bool]:
    inside = [
        (at, turn)
        for at, turn in enumerate(document.turns)
        if condition.role in (None, turn.role) and _overlaps(condition.window, turn.start, turn.end, document.duration)
    ]
    match condition:
        case TextCondition():
            spoken = {at for phrase in condition.phrases for at in said.get(key_of(phrase), ())}
            turns = [at for at, _ in inside if at in spoken]
            return turns, bool(turns)
        case SentimentCondition():
            return _felt(inside, condition)
        case NonTalkCondition():
            long = [one for one in document.silences if one.end - one.start >= condition.seconds]
            return [], any(_overlaps(condition.window, one.start, one.end, document.duration) for one in long)
        case InterruptionCondition():
            turns = [at for at, turn in inside if turn.interruption]
            return turns, len(turns) >= condition.times
        case _:
            assert_never(condition)


def _felt(inside: list[tuple[int, Turn]], condition: SentimentCondition) -> tuple[list[int], bool]:
    scored = [(at, turn) for at, turn in inside if turn.sentiment.label is not None]
    turns = [at for at, turn in scored if turn.sentiment.label in condition.labels]
    return turns, bool(turns) and len(turns) >= condition.share * len(scored)


def _overlaps(window: Window, start: float, end: float, duration: float) -> bool:
    unit = duration / 100 if window.unit == "percent" else 1.0
    return end >= window.start * unit and (window.end is None or start <= window.end * unit)
