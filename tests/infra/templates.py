"""The templates as data, and what of them the tests run."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from pydantic import JsonValue

from deploy.checks.loading import Json, of_type, read_templates

INFRA = Path(__file__).parents[2] / "infra"
TEMPLATES = read_templates(INFRA)


def all_of(kind: str) -> Iterator[tuple[str, str, Json]]:
    """Template, logical id and properties of every resource of a type."""
    for name, template in TEMPLATES.items():
        for logical, properties in of_type(template, kind).items():
            yield name, logical, properties


def function_of(template: str, logical: str) -> dict[str, object]:
    """The names that the inline code of a Lambda function defines."""
    code = of_type(TEMPLATES[template], "AWS::Lambda::Function")[logical]["Code"]
    assert isinstance(code, dict)
    text = str(code["ZipFile"])
    assert len(text) <= 4096, "CloudFormation takes no more inline"
    sys.modules.setdefault("cfnresponse", ModuleType("cfnresponse"))  # Lambda brings it
    names: dict[str, object] = {}
    exec(compile(text, f"{template}:{logical}", "exec"), names)  # noqa: S102  our own template
    return names


def parameter_defaults(template: str) -> dict[str, JsonValue]:
    found = TEMPLATES[template]["Parameters"]
    assert isinstance(found, dict)
    return {name: spec.get("Default") for name, spec in found.items() if isinstance(spec, dict)}
