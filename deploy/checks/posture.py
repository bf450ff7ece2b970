"""Rules about resources: encrypted, closed, kept, and named so that two stacks fit beside each other in one account."""

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from deploy.checks.loading import Json, of_type, resources

_KEY_BY_TYPE = {
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SecretsManager::Secret": "KmsKeyId",
    "AWS::Kendra::Index": "ServerSideEncryptionConfiguration",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamEncryptionConfigurationInput",
}
_KEPT = {
    "AWS::Cognito::UserPool": {"Retain"},
    "AWS::KMS::Key": {"Retain"},
    "AWS::RDS::DBCluster": {"Snapshot", "Retain"},
    "AWS::S3::Bucket": {"Retain"},
}
_NAMES = {
    "AlarmName", "AliasName", "BucketName", "ClusterName", "DashboardName", "DBClusterIdentifier", "DeliveryStreamName",
    "FunctionName", "LogGroupName", "QueueName", "RoleName", "TopicName", "UserPoolName",
}  # fmt: skip
_OF_THE_STACK = re.compile(r"\$\{(Environment|BucketPrefix|AWS::StackName)\}")
_WAF_LOGS = "aws-waf-logs-"  # nothing of customers' is in them, and the name is WAF's own
_SECRET_PARAMETER = re.compile(r"(Password|Secret|Token|ApiKey)$")


def findings(template: Json) -> Iterator[str]:
    yield from _parameters(template)
    for name, resource in resources(template).items():
        kind, properties = str(resource["Type"]), resource.get("Properties", {})
        assert isinstance(properties, dict)  # noqa: S101  cfn-lint has seen to it
        if kind in _KEY_BY_TYPE and _KEY_BY_TYPE[kind] not in properties:
            yield f"{name}: not encrypted with the key of the stack"
        if kind in _KEPT and not {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} <= _KEPT[kind]:
            yield f"{name}: lost when the stack is deleted or the resource replaced"
        yield from (f"{name}: {finding}" for finding in _names(properties))
    yield from _buckets(template)
    yield from _databases(template)
    yield from _network(template)
    yield from _log_groups(template)


def _parameters(template: Json) -> Iterator[str]:
    found = template.get("Parameters", {})
    for name, parameter in found.items() if isinstance(found, dict) else ():
        if _SECRET_PARAMETER.search(name) and isinstance(parameter, dict) and parameter.get("NoEcho") is not True:
            yield f"{name}: a secret that everybody reads who may read the stack"


def _names(properties: Mapping[str, JsonValue]) -> Iterator[str]:
    for key in sorted(_NAMES & set(properties)):
        value = properties[key]
        of_the_stack = isinstance(value, dict) and (
            "Fn::Sub" not in value or _OF_THE_STACK.search(str(value["Fn::Sub"]))
        )
        if not of_the_stack:
            yield f"{key} is not of the stack: a second one would not fit beside it"


def _buckets(template: Json) -> Iterator[str]:
    closed = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    over_tls = {
        str(policy["Bucket"]) for policy in of_type(template, "AWS::S3::BucketPolicy").values() if _denies_plain(policy)
    }
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        block = bucket.get("PublicAccessBlockConfiguration", {})
        if not isinstance(block, dict) or {key for key, value in block.items() if value is True} != closed:
            yield f"{name}: may be made public"
        for key in ("BucketEncryption", "VersioningConfiguration", "LifecycleConfiguration", "OwnershipControls"):
            if key not in bucket:
                yield f"{name}: no {key}"
        if str({"Ref": name}) not in over_tls:
            yield f"{name}: may be read without TLS"
        if "AccessControl" in bucket:
            yield f"{name}: has an access control list"


def _denies_plain(policy: Json) -> bool:
    text = str(policy.get("PolicyDocument"))
    return "'Effect': 'Deny'" in text and "'aws:SecureTransport': 'false'" in text


def _databases(template: Json) -> Iterator[str]:
    for name, cluster in of_type(template, "AWS::RDS::DBCluster").items():
        if cluster.get("StorageEncrypted") is not True:
            yield f"{name}: not encrypted"
        if cluster.get("ManageMasterUserPassword") is not True:
            yield f"{name}: its master password is somebody's"
        if not isinstance(days := cluster.get("BackupRetentionPeriod"), int) or days < 7:
            yield f"{name}: backups of less than a week"
        if "DeletionProtection" not in cluster:
            yield f"{name}: may be deleted by mistake"
    found = template.get("Parameters", {})
    for name, parameter in found.items() if isinstance(found, dict) else ():
        default = parameter.get("Default") if isinstance(parameter, dict) else None
        if name.endswith("Capacity") and default is not None and float(str(default)) * 2 % 1:
            yield f"{name}: Aurora's capacity goes in steps of a half"
    for name, instance in of_type(template, "AWS::RDS::DBInstance").items():
        if instance.get("PubliclyAccessible") is not False:
            yield f"{name}: reachable from outside"


def _network(template: Json) -> Iterator[str]:
    for name, group in of_type(template, "AWS::EC2::SecurityGroup").items():
        rules = group.get("SecurityGroupIngress", [])
        for rule in rules if isinstance(rules, list) else []:
            if _open(rule):
                yield f"{name}: open to the world"
    for name, rule in of_type(template, "AWS::EC2::SecurityGroupIngress").items():
        if _open(rule) and rule.get("GroupId") != {"Ref": "BalancerSecurityGroup"}:
            yield f"{name}: open to the world"
    for name, subnet in of_type(template, "AWS::EC2::Subnet").items():
        if subnet.get("MapPublicIpOnLaunch"):
            yield f"{name}: gives out public addresses"
    for name, group in of_type(template, "AWS::ElasticLoadBalancingV2::TargetGroup").items():
        if group.get("TargetType") != "ip":
            yield f"{name}: tasks of Fargate are targets by address"
    for name, listener in of_type(template, "AWS::ElasticLoadBalancingV2::Listener").items():
        if "HTTPS" in str(listener.get("Protocol")) and "TLS13" not in str(listener.get("SslPolicy")):
            yield f"{name}: takes old versions of TLS"


def _open(rule: JsonValue) -> bool:
    return isinstance(rule, dict) and ("0.0.0.0/0" in str(rule.get("CidrIp")) or "CidrIpv6" in rule)


def _log_groups(template: Json) -> Iterator[str]:
    for name, group in of_type(template, "AWS::Logs::LogGroup").items():
        if "RetentionInDays" not in group:
            yield f"{name}: logs are kept for ever"
        if "KmsKeyId" not in group and _WAF_LOGS not in str(group.get("LogGroupName")):
            yield f"{name}: logs are not encrypted with the key of the stack"
