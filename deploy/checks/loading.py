"""CloudFormation templates as plain data: `!Ref` and its like in their long form."""

from pathlib import Path

import yaml
from pydantic import JsonValue

Json = dict[str, JsonValue]


class _Loader(yaml.CSafeLoader):
    pass


def _tag(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> JsonValue:
    value: JsonValue
    if isinstance(node, yaml.ScalarNode):
        value = str(loader.construct_scalar(node))
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101  there is no fourth kind
        value = {str(key): item for key, item in loader.construct_mapping(node, deep=True).items()}
    if suffix == "GetAtt" and isinstance(value, str):
        value = list(value.split(".", 1))
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _tag)
# A date stays what is written: CloudFormation's versions are strings.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def read_template(path: Path) -> Json:
    loaded = yaml.load(path.read_text(), _Loader)  # noqa: S506  a safe loader with CloudFormation's tags
    if not isinstance(loaded, dict):
        raise ValueError(f"{path.name} is no template")
    return loaded


def read_templates(folder: Path) -> dict[str, Json]:
    return {path.name: read_template(path) for path in sorted(folder.glob("*.yaml"))}


def resources(template: Json) -> dict[str, Json]:
    found = template["Resources"]
    assert isinstance(found, dict)  # noqa: S101  cfn-lint has seen to it
    return {name: resource for name, resource in found.items() if isinstance(resource, dict)}


def of_type(template: Json, kind: str) -> dict[str, Json]:
    """The properties of the resources of a type, by logical id."""
    return {
        name: properties
        for name, resource in resources(template).items()
        if resource.get("Type") == kind and isinstance(properties := resource.get("Properties", {}), dict)
    }
