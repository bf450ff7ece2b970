"""The services as CloudFormation makes them, from the manifests with which `deploy.release` makes them."""

import json
import re

from pydantic import JsonValue

from deploy.manifests import Manifest, read_manifests

_PSEUDO = {"Region": "AWS::Region", "AccountId": "AWS::AccountId", "Partition": "AWS::Partition"}
_KEPT = {"options"}  # maps whose keys are the writer's own

Json = dict[str, JsonValue]


def template() -> Json:
    return template_of(read_manifests())


def template_of(manifests: list[Manifest]) -> Json:
    resources: Json = {}
    for manifest in manifests:
        resources |= _of(manifest)
    names = sorted(set().union(*(manifest.placeholders() for manifest in manifests)) - set(_PSEUDO))
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The services on ECS, by deploy/ecs; not in a stack whose services deploy/release.py makes.",
        "Parameters": {name: {"Type": "String"} for name in names},
        "Resources": resources,
    }


def _of(manifest: Manifest) -> Json:
    name = _logical(manifest.name)
    task = _pascal(manifest.task)
    service = _pascal(manifest.service)
    assert isinstance(task, dict)  # noqa: S101  what a dict becomes
    assert isinstance(service, dict)  # noqa: S101
    service["TaskDefinition"] = {"Ref": f"{name}Task"}
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
