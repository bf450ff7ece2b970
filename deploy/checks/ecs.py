"""The manifests of ECS: official API shapes, and rules that neither these nor cfn-lint know."""

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from deploy.checks.containers import dicts, items, mapping
from deploy.checks.containers import findings as of_container
from deploy.checks.shapes import faults
from deploy.collector import with_collector
from deploy.manifests import Manifest

_ACCOUNT, _REGION = "123456789012", "us-east-1"
_SAMPLES = {
    "SecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:sample-AbCdEf",
    "RoleArn": "arn:aws:iam::123456789012:role/sample",
    "Subnet": "subnet-0a1b2c3d4e5f60718",
    "SecurityGroup": "sg-0a1b2c3d4e5f60718",
}

Json = dict[str, JsonValue]


def sample_values(names: Iterable[str]) -> dict[str, str]:
    """Values of the kind that a stack gives, for the placeholders of these names."""
    values = {
        "AccountId": _ACCOUNT,
        "Region": _REGION,
        "Partition": "aws",
        "Architecture": "X86_64",
        "Cluster": "bank",
        "CollectorImage": f"public.ecr.aws/aws-observability/aws-otel-collector@sha256:{0:064x}",
        "Environment": "bank",
        "ImageRegistry": f"{_ACCOUNT}.dkr.ecr.{_REGION}.amazonaws.com",
        "ImageTag": "0.1.0",
        "LogLevel": "INFO",
        "NamespaceArn": f"arn:aws:servicediscovery:{_REGION}:{_ACCOUNT}:namespace/ns-abcdefghij",
        "RequestsLabel": "app/bank/0123456789abcdef/targetgroup/blue/0123456789abcdef",
        "StaffIssuer": f"https://cognito-idp.{_REGION}.amazonaws.com/{_REGION}_Staff",
        "StaffSignInUrl": f"https://omnilex-0d754b99.auth.{_REGION}.amazoncognito.com",
        "TracesRatio": "0.05",
        "TargetGroupArn": f"arn:aws:elasticloadbalancing:{_REGION}:{_ACCOUNT}:targetgroup/blue/0123456789abcdef",
        "WebhookRegistryArn": f"arn:aws:servicediscovery:{_REGION}:{_ACCOUNT}:service/srv-abcdefghij",
    }
    for name in names:
        if name not in values:
            values[name] = _sample(name)
    return values


def _sample(name: str) -> str:
    if name.endswith("RoleArn"):
        return _SAMPLES["RoleArn"]
    if name.endswith("Arn"):
        return _SAMPLES["SecretArn"]
    return next((value for part, value in _SAMPLES.items() if part in name), "sample")


def findings(manifests: list[Manifest]) -> Iterator[str]:
    filled = []
    for manifest in manifests:
        if odd := manifest.placeholders() & {"", "ImageDigest"}:
            yield f"{manifest.name}: placeholders {sorted(odd)}"
        filled.append(manifest.filled(sample_values(manifest.placeholders())))
    for manifest in filled:
        yield from (f"{manifest.name}: {finding}" for finding in _of(manifest))
    for manifest in manifests:
        yield from (f"{manifest.name}, traced: {finding}" for finding in _of_traced(manifest))
    yield from _calls(filled)


def _of(manifest: Manifest) -> Iterator[str]:
    service = {**manifest.service}
    target, policies = manifest.scaling["target"], manifest.scaling["policies"]
    shaped = [
        *faults("ecs", "RegisterTaskDefinition", manifest.task),
        *faults("ecs", "CreateService", service),
        *faults("application-autoscaling", "RegisterScalableTarget", target),
    ]
    for policy in items(policies):
        shaped += faults("application-autoscaling", "PutScalingPolicy", policy)
    yield from shaped
    if shaped:
        return  # what is told of a shape that is wrong confuses
    containers = [item for item in items(manifest.task["containerDefinitions"]) if isinstance(item, dict)]
    for container in containers:
        yield from (f"{container['name']}: {finding}" for finding in of_container(container, manifest.task))
    if not any(container.get("essential", True) for container in containers):
        yield "no essential container"
    yield from _of_service(manifest, containers)
    yield from _of_scaling(manifest)


def _of_traced(manifest: Manifest) -> Iterator[str]:
    """What the collector beside the service adds."""
    traced = with_collector(manifest)
    filled = traced.filled(sample_values(traced.placeholders()))
    yield from faults("ecs", "RegisterTaskDefinition", filled.task)
    collector = dicts(filled.task["containerDefinitions"])[-1]
    yield from (f"{collector['name']}: {finding}" for finding in of_container(collector, filled.task))
    if collector.get("essential", True):
        yield "the service ends with its collector"


def _of_service(manifest: Manifest, containers: list[Json]) -> Iterator[str]:
    service, task = manifest.service, manifest.task
    ports = {
        (str(container["name"]), port.get("containerPort")): port.get("name")
        for container in containers
        for port in dicts(container.get("portMappings"))
    }
    if str(service["taskDefinition"]).split(":")[0] != task["family"]:
        yield f"runs {service['taskDefinition']}, but its task is {task['family']}"
    for balancer in dicts(service.get("loadBalancers")):
        if (str(balancer.get("containerName")), balancer.get("containerPort")) not in ports:
            yield f"target {balancer.get('containerName')}:{balancer.get('containerPort')} is not of the task"
    for connected in dicts(mapping(service.get("serviceConnectConfiguration")).get("services")):
        if connected["portName"] not in ports.values():
            yield f"Service Connect's port {connected['portName']} is not of the task"
    network = mapping(mapping(service.get("networkConfiguration")).get("awsvpcConfiguration"))
    if task.get("networkMode") == "awsvpc" and not network:
        yield "awsvpc needs networkConfiguration"
    if network.get("assignPublicIp", "DISABLED") != "DISABLED":
        yield "has a public address"
    if len(items(network.get("subnets", []))) < 2:
        yield "stands in one zone only"
    yield from _of_deployment(service)
    if service.get("enableExecuteCommand"):
        yield "lets operators into its containers"


def _of_deployment(service: Json) -> Iterator[str]:
    deployment = mapping(service.get("deploymentConfiguration"))
    if not mapping(deployment.get("deploymentCircuitBreaker")).get("rollback"):
        yield "a failed release is not rolled back"
    if int(str(deployment.get("minimumHealthyPercent", 100))) >= int(str(deployment.get("maximumPercent", 200))):
        yield "minimumHealthyPercent leaves no room for a release"
    if service.get("loadBalancers") and "healthCheckGracePeriodSeconds" not in service:
        yield "a load balancer without healthCheckGracePeriodSeconds"


def _of_scaling(manifest: Manifest) -> Iterator[str]:
    target = mapping(manifest.scaling["target"])
    expected = f"service/{manifest.service['cluster']}/{manifest.service['serviceName']}"
    if target["ResourceId"] != expected:
        yield f"scales {target['ResourceId']}, not {expected}"
    least, most = int(str(target["MinCapacity"])), int(str(target["MaxCapacity"]))
    if not least <= int(str(manifest.service["desiredCount"])) <= most:
        yield f"desiredCount is not within {least} to {most}"
    names = [str(policy["PolicyName"]) for policy in dicts(manifest.scaling["policies"])]
    if len(names) != len(set(names)):
        yield "two policies of one name"
    for policy in dicts(manifest.scaling["policies"]):
        if policy["ResourceId"] != target["ResourceId"]:
            yield f"policy {policy['PolicyName']} is for {policy['ResourceId']}"


def _calls(manifests: list[Manifest]) -> Iterator[str]:
    """Every address that a service is given must be one that Service Connect serves."""
    served = {
        f"http://{alias['dnsName']}:{alias['port']}"
        for manifest in manifests
        for service in dicts(mapping(manifest.service.get("serviceConnectConfiguration")).get("services"))
        for alias in dicts(service.get("clientAliases"))
    }
    for manifest in manifests:
        for container in dicts(manifest.task["containerDefinitions"]):
            for item in dicts(container.get("environment")):
                value = str(item["value"])
                if str(item["name"]).endswith("_URL") and value.startswith("http://") and value not in served:
                    yield f"{manifest.name}: {item['name']} is {value}, where nobody is"
