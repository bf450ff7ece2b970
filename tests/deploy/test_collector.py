"""The collector of traces: beside every service where a stack names its image, and nowhere else."""

import json
from typing import Any

import pytest

from deploy.collector import collector_of, with_collector
from deploy.manifests import IN_ORDER, read_manifest
from deploy.release import main
from deploy.service_template import template
from tests.deploy.conftest import STACK, Account

IMAGE = f"public.ecr.aws/aws-observability/aws-otel-collector@sha256:{7:064x}"


def released(account: Account, name: str) -> list[Any]:
    """The containers of the task definition that a release gives the service."""
    assert main(("apply", STACK, "--tag", "0.1.0", "--environment", "staging"), account.clients, pause=0.01) == 0
    services = account.clients.ecs.describe_services(cluster="bank", services=[name])["services"]
    told = account.clients.ecs.describe_task_definition(taskDefinition=services[0]["taskDefinition"])
    return list(told["taskDefinition"]["containerDefinitions"])


def name_image(account: Account) -> None:
    """Updates the stack to one that has a collector."""
    cloudformation = account.clients.cloudformation
    outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
    told = {output["OutputKey"]: {"Value": output["OutputValue"]} for output in outputs}
    told |= {"CollectorImage": {"Value": IMAGE}, "TracesRatio": {"Value": "0.25"}}
    body = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": told}
    cloudformation.update_stack(StackName=STACK, TemplateBody=json.dumps(body))


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container["environment"]}


def test_stack_without_an_image_has_no_collector(account: Account) -> None:
    (gateway,) = released(account, "gateway")
    assert not {"OMNILEX_TRACES_URL", "OMNILEX_TRACES_RATIO"} & set(variables(gateway))


def test_stack_with_an_image_has_one_beside_each_service(account: Account) -> None:
    name_image(account)
    gateway, collector = released(account, "gateway")
    configuration = json.loads(variables(collector)["AOT_CONFIG_CONTENT"])
    listens = configuration["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert variables(gateway)["OMNILEX_TRACES_URL"] == f"http://{listens}/v1/traces"
    assert variables(gateway)["OMNILEX_TRACES_RATIO"] == "0.25"
    assert gateway["dependsOn"] == [{"containerName": "collector", "condition": "START"}]
    assert (collector["image"], collector["essential"]) == (IMAGE, False)
    assert configuration["exporters"] == {"awsxray": {"region": "us-east-1"}}
    assert collector["logConfiguration"]["options"]["awslogs-group"] == "/omnilex/bank/gateway"


@pytest.mark.parametrize("name", IN_ORDER)
def test_collector_listens_to_its_own_task_only_and_ends_after_the_service(name: str) -> None:
    manifest = read_manifest(name)
    collector = collector_of(manifest)
    assert "portMappings" not in collector.container
    assert "127.0.0.1" in json.dumps(collector.container)
    containers = with_collector(manifest).task["containerDefinitions"]
    assert isinstance(containers, list)
    assert len(containers) == 2
    assert manifest == read_manifest(name)  # what was read is left alone


def test_template_has_it_by_condition_alone() -> None:
    made = template()
    assert made["Conditions"] == {"Traced": {"Fn::Not": [{"Fn::Equals": [{"Ref": "CollectorImage"}, ""]}]}}
    resources: Any = made["Resources"]
    tasks = [one for one in resources.values() if one["Type"] == "AWS::ECS::TaskDefinition"]
    assert len(tasks) == len(IN_ORDER)
    for task in tasks:
        service, collector = task["Properties"]["ContainerDefinitions"]
        condition, container, without = collector["Fn::If"]
        assert (condition, without) == ("Traced", {"Ref": "AWS::NoValue"})
        assert container["Image"] == {"Ref": "CollectorImage"}
        traced = [item["Fn::If"][1]["Name"] for item in service["Environment"] if "Fn::If" in item]
        assert traced == ["OMNILEX_TRACES_RATIO", "OMNILEX_TRACES_URL"]
