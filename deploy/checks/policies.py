"""Rules about rights: what a role, a resource policy or a key policy in the templates may say."""

from collections.abc import Iterator

from pydantic import JsonValue

from deploy.checks.loading import Json, resources

WITHOUT_RESOURCES = {
    "cloudwatch:PutMetricData",
    "comprehend:BatchDetectDominantLanguage",
    "comprehend:BatchDetectEntities",
    "comprehend:BatchDetectSentiment",
    "comprehend:DetectPiiEntities",
    "comprehend:ListEndpoints",
    "ecr:GetAuthorizationToken",
    "ecs:DescribeTaskDefinition",
    "ecs:RegisterTaskDefinition",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "transcribe:StartCallAnalyticsJob",
    "transcribe:StartTranscriptionJob",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
"""Actions for which the Service Authorization Reference names no resource types."""
_FOR_EVERYBODY_IN_THE_ACCOUNT = {"lambda.amazonaws.com"}  # it sets no source of its own when it takes a role
_TELLS_WHOSE = {"aws:sourceaccount", "aws:sourcearn", "sts:externalid", "kms:encryptioncontext:aws:logs:arn"}
_POLICY_KEYS = ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy")


def findings(template: Json) -> Iterator[str]:
    for name, resource in resources(template).items():
        for key, document in _documents(resource.get("Properties", {})):
            for statement in _statements(document):
                for finding in _of_statement(statement, key, str(resource["Type"])):
                    yield f"{name}: {finding}"
        if resource["Type"] in ("AWS::IAM::User", "AWS::IAM::AccessKey"):
            yield f"{name}: a long-lived key; roles do without"


def _documents(value: JsonValue) -> Iterator[tuple[str, Json]]:
    if isinstance(value, list):
        for item in value:
            yield from _documents(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in _POLICY_KEYS and isinstance(item, dict):
                yield key, item
            else:
                yield from _documents(item)


def _statements(document: Json) -> list[Json]:
    found = document.get("Statement", [])
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]


def _listed(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _of_statement(statement: Json, key: str, kind: str) -> Iterator[str]:
    if statement.get("Effect") == "Deny":
        return
    for member in ("NotAction", "NotResource", "NotPrincipal"):
        if member in statement:
            yield f"{member} allows what nobody has thought of"
    actions = [str(action) for action in _listed(statement.get("Action"))]
    if key != "KeyPolicy" or not _is_account(statement.get("Principal")):
        yield from (f"action {action}" for action in actions if "*" in action)
    if key == "PolicyDocument" and "*" in _listed(statement.get("Resource")) and kind.startswith("AWS::IAM"):
        for action in sorted(set(actions) - WITHOUT_RESOURCES):
            yield f"resource * with {action}, which can be held to its resources"
    if "iam:PassRole" in actions and "iam:PassedToService" not in _condition_keys(statement):
        yield "iam:PassRole without iam:PassedToService"
    yield from _of_principal(statement)


def _of_principal(statement: Json) -> Iterator[str]:
    principal = statement.get("Principal")
    if principal is None:
        return
    if principal == "*" or (isinstance(principal, dict) and "*" in _listed(principal.get("AWS"))):
        yield "open to everybody"
        return
    if not isinstance(principal, dict):
        return
    keys = _condition_keys(statement)
    for service in _listed(principal.get("Service")):
        if str(service) in _FOR_EVERYBODY_IN_THE_ACCOUNT or _names_its_resource(statement):
            continue
        if not keys & _TELLS_WHOSE:
            yield f"{service} may act for another account: no aws:SourceAccount or aws:SourceArn"


def _names_its_resource(statement: Json) -> bool:
    """The log deliveries of load balancers carry no source, but write below the account's own folder."""
    return "AWSLogs/${AWS::AccountId}" in str(statement.get("Resource"))


def _condition_keys(statement: Json) -> set[str]:
    condition = statement.get("Condition", {})
    found = (
        {key for part in condition.values() if isinstance(part, dict) for key in part}
        if isinstance(condition, dict)
        else set()
    )
    return found | {key.lower() for key in found}


def _is_account(principal: JsonValue) -> bool:
    return isinstance(principal, dict) and ":root" in str(principal.get("AWS"))
