"""AWS as moto has it, and a stack in it with a registry full of images."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest

from deploy.clients import Clients, open_clients
from deploy.manifests import read_manifests
from tests.adapters.checked_moto import CheckedMoto

STACK, REGION, ACCOUNT = "bank", "us-east-1", "123456789012"
_BALANCING = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
IMAGES = ("accounts", "bot", "gateway", "insights", "media")
_MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
_MANIFEST = '{"schemaVersion": 2, "config": {"digest": "sha256:%064d"}, "layers": []}'


@dataclass(frozen=True)
class Account:
    """`push` puts an image into the registry."""

    clients: Clients

    def push(self, tag: str, content: int, services: tuple[str, ...] = IMAGES) -> None:
        for service in services:
            self.clients.ecr.put_image(
                repositoryName=f"omnilex/{service}",
                imageManifest=_MANIFEST % content,
                imageManifestMediaType=_MEDIA_TYPE,
                imageDigest=f"sha256:{content:064x}",
                imageTag=tag,
            )


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """The address of an emulator that all tests of the folder share; they fail when a request broke a model."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = CheckedMoto()
    with moto.serving() as url:
        yield url
    assert not moto.broken, moto.broken


@pytest.fixture(scope="session")
def clients(moto_url: str) -> Clients:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ENDPOINT_URL": moto_url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
        }.items():
            environment.setenv(name, value)
        return open_clients()


@pytest.fixture(scope="session")
def ec2(moto_url: str) -> Any:  # noqa: ANN401  boto3 has no types
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client("ec2", endpoint_url=moto_url, region_name=REGION, **keys)


@pytest.fixture
def aws(clients: Clients, moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "2")  # tasks that a new service has at once
    yield clients
    httpx.post(f"{moto_url}/moto-api/reset")


@pytest.fixture
def account(aws: Clients, ec2: Any) -> Account:  # noqa: ANN401  boto3 has no types
    """A stack that tells what the manifests ask for, and images of 0.1.0."""
    vpc = ec2.create_vpc(CidrBlock="10.42.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.42.{place}.0/24")["Subnet"]["SubnetId"] for place in range(2)
    ]
    group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
    known = {
        "Architecture": "X86_64",
        "Cluster": "bank",
        "Environment": "bank",
        "ImageRegistry": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com",
        "GatewaySecurityGroup": group,
        "ServicesSecurityGroup": group,
        "PrivateSubnetA": subnets[0],
        "PrivateSubnetB": subnets[1],
        "AlternateTargetGroupArn": f"{_BALANCING}:targetgroup/green/0123456789abcdef",
        "PublicRuleArn": f"{_BALANCING}:listener-rule/app/bank/1/2/3",
        "TrafficRoleArn": f"arn:aws:iam::{ACCOUNT}:role/traffic",
        "RequestsLabel": "app/bank/0123456789abcdef/targetgroup/blue/0123456789abcdef",
    }
    told_elsewhere = {"Region", "AccountId", "Partition", "ImageTag"}
    asked = set().union(*(manifest.placeholders() for manifest in read_manifests())) - told_elsewhere
    outputs = {name: f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in asked if name.endswith("RoleArn")}
    outputs = {name: f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf" for name in asked} | outputs
    lines = "\n".join(f"  {name}: {{Value: '{value}'}}" for name, value in sorted({**outputs, **known}.items()))
    resource = "Resources:\n  Queue: {Type: 'AWS::SQS::Queue'}\n"
    aws.cloudformation.create_stack(StackName=STACK, TemplateBody=f"{resource}Outputs:\n{lines}\n")
    aws.ecs.create_cluster(clusterName="bank")
    for service in IMAGES:
        aws.ecr.create_repository(repositoryName=f"omnilex/{service}")
    found = Account(aws)
    found.push("0.1.0", 1)
    return found
