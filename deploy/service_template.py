"""The services as CloudFormation makes them, from the manifests with which `deploy.release` makes them."""

import json
import re

from pydantic import JsonValue

from deploy.collector import IMAGE as COLLECTOR_IMAGE
from deploy.collector import collector_of, with_collector
from deploy.manifests import Manifest, read_manifests

_PSEUDO = {"Region": "AWS::Region", "AccountId": "AWS::AccountId", "Partition": "AWS::Partition"}
_KEPT = {"options"}  # maps whose keys are the writer's own
_TRACED = "Traced"

Json = dict[str, JsonValue]


def template() -> Json:
    return template_of(read_manifests())


def template_of(manifests: list[Manifest]) -> Json:
    resources: Json = {}
    for manifest in manifests:
        resources |= _of(manifest)
    names = sorted(set().union(*(with_collector(manifest).placeholders() for manifest in manifests)) - set(_PSEUDO))
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The services on ECS, by deploy/ecs; not in a stack whose services deploy/release.py makes.",
        "Parameters": {name: {"Type": "String"} for name in names},
        "Conditions": {_TRACED: {"Fn::Not": [{"Fn::Equals": [{"Ref": COLLECTOR_IMAGE}, ""]}]}},
        "Resources": resources,
    }


def _of(manifest: Manifest) -> Json:
    name = _logical(manifest.name)
    task = _pascal(manifest.task)
    service = _pascal(manifest.service)
    assert isinstance(task, dict)  # noqa: S101  what a dict becomes
    assert isinstance(service, dict)  # noqa: S101
    service["TaskDefinition"] = {"Ref": f"{name}Task"}
    _add_collector(manifest, task)
    target, policies = manifest.scaling["target"], manifest.scaling["policies"]
    assert isinstance(target, dict)  # noqa: S101  as scaling.json is written
    assert isinstance(policies, list)  # noqa: S101
    made: Json = {
        f"{name}Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task},
        f"{name}Service": {"Type": "AWS::ECS::Service", **_after(manifest), "Properties": service},
        f"{name}Scaling": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "DependsOn": f"{name}Service",
            "Properties": _substituted(target),
        },
    }
    for policy in policies:
        assert isinstance(policy, dict)  # noqa: S101
        made[f"{name}By{str(policy['PolicyName']).capitalize()}"] = {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": policy["PolicyName"],
                "PolicyType": policy["PolicyType"],
                "ScalingTargetId": {"Ref": f"{name}Scaling"},
                "TargetTrackingScalingPolicyConfiguration": _substituted(
                    policy["TargetTrackingScalingPolicyConfiguration"]
                ),
            },
        }
    return made


def _add_collector(manifest: Manifest, task: Json) -> None:
    """Beside the service's container, and told to it, where the stack has one."""
    collector = collector_of(manifest)
    containers = task["ContainerDefinitions"]
    assert isinstance(containers, list)  # noqa: S101  the checks have seen to it
    service = containers[0]
    assert isinstance(service, dict)  # noqa: S101
    environment = service["Environment"]
    assert isinstance(environment, list)  # noqa: S101
    environment += [_if_traced(_pascal(item)) for item in collector.environment]
    service["DependsOn"] = _if_traced(_pascal(collector.depends_on))
    containers.append(_if_traced(_pascal(collector.container)))


def _if_traced(value: JsonValue) -> JsonValue:
    return {"Fn::If": [_TRACED, value, {"Ref": "AWS::NoValue"}]}


def _after(manifest: Manifest) -> Json:
    """A task knows by Service Connect only who was there when it started, so those that it calls are made first."""
    called = sorted(set(re.findall(r"http://([a-z-]+):8000", json.dumps(manifest.task))))
    return {"DependsOn": [f"{_logical(name)}Service" for name in called]} if called else {}


def _logical(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _pascal(value: JsonValue, name: str = "") -> JsonValue:
    if isinstance(value, list):
        return [_pascal(item) for item in value]
    if isinstance(value, dict):
        return {key if name in _KEPT else key[:1].upper() + key[1:]: _pascal(item, key) for key, item in value.items()}
    return _substituted(value)


def _substituted(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_substituted(item) for item in value]
    if isinstance(value, dict):
        return {key: _substituted(item) for key, item in value.items()}
    if not isinstance(value, str) or "${" not in value:
        return value
    if value.startswith("${") and value.count("${") == 1 and value.endswith("}"):
        return {"Ref": _PSEUDO.get(value[2:-1], value[2:-1])}
    for ours, theirs in _PSEUDO.items():
        value = value.replace(f"${{{ours}}}", f"${{{theirs}}}")
    return {"Fn::Sub": value}
