"""Rules about one container of a task definition that neither the API's shapes nor cfn-lint know."""

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

_HEALTH = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
_SECRET_ARN = re.compile(
    r"arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:]+(:[^:]*:[^:]*:[^:]*)?"
    r"|ssm:[a-z0-9-]+:\d{12}:parameter/.+)"
)
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN(?!_URL$)|PEPPER|API_KEY|(^|_)KEY$")
_NO_SECRETS = {"OMNILEX_TRANSCRIBE_KMS_KEY"}

Json = dict[str, JsonValue]


def findings(container: Json, task: Json) -> Iterator[str]:
    yield from _health(container.get("healthCheck"), ours="/omnilex/" in str(container["image"]))
    yield from _confinement(container)
    yield from _variables(container)
    yield from _log(container)
    if "executionRoleArn" not in task:
        yield "secrets and logs need executionRoleArn"
    volumes = {str(volume["name"]) for volume in dicts(task.get("volumes"))}
    for mount in dicts(container.get("mountPoints")):
        if mount.get("sourceVolume") not in volumes:
            yield f"volume {mount.get('sourceVolume')} is not of the task"
    stop = container.get("stopTimeout", 30)
    if not isinstance(stop, int) or not 2 <= stop <= 120:
        yield "stopTimeout is 2 to 120 seconds"


def _confinement(container: Json) -> Iterator[str]:
    if container.get("readonlyRootFilesystem") is not True:
        yield "may write to its own root file system"
    if str(container.get("user", "0")).split(":")[0] in ("0", "root"):
        yield "runs as root"
    if container.get("privileged"):
        yield "is privileged"
    if not re.fullmatch(r".+(@sha256:[0-9a-f]{64}|:(?!latest$)[\w.-]+)", str(container["image"])):
        yield "image has no fixed version"


def _variables(container: Json) -> Iterator[str]:
    environment = {str(item["name"]): str(item["value"]) for item in dicts(container.get("environment"))}
    secrets = {str(item["name"]): str(item["valueFrom"]) for item in dicts(container.get("secrets"))}
    for name in sorted(set(environment) & set(secrets)):
        yield f"{name} is in environment and in secrets"
    for name in sorted(environment):
        if _SECRET_NAME.search(name) and name not in _NO_SECRETS:
            yield f"{name} is told to everybody who may read the task"
    for name, source in sorted(secrets.items()):
        if not _SECRET_ARN.fullmatch(source):
            yield f"{name} does not come from Secrets Manager or Parameter Store"
    ours = "/omnilex/" in str(container["image"])
    if ours and environment.get("OMNILEX_ENVIRONMENT") != "production":
        yield "does not run in production mode"


def _log(container: Json) -> Iterator[str]:
    log = container.get("logConfiguration")
    if not isinstance(log, dict) or log.get("logDriver") != "awslogs":
        yield "its log goes nowhere"
    elif not {"awslogs-group", "awslogs-region", "awslogs-stream-prefix"} <= set(mapping(log.get("options"))):
        yield "its log has no group, Region or stream"


def _health(check: JsonValue, *, ours: bool) -> Iterator[str]:
    if not isinstance(check, dict):
        yield "no health check"
        return
    command = items(check["command"])
    if not command or command[0] not in ("CMD", "CMD-SHELL"):
        yield "healthCheck.command begins with CMD or CMD-SHELL"
    if ours and command and command[0] == "CMD-SHELL":
        yield "healthCheck.command calls a shell, which is not in the image"
    if any(re.search(r"\b(curl|wget)\b", str(part)) for part in command):
        yield "healthCheck.command calls what is not in the image"
    for name, (least, most) in _HEALTH.items():
        value = check.get(name)
        if isinstance(value, int) and not least <= value <= most:
            yield f"healthCheck.{name} is {least} to {most}"
    if int(str(check.get("timeout", 5))) >= int(str(check.get("interval", 30))):
        yield "healthCheck.timeout is not below the interval"


def items(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def dicts(value: JsonValue) -> list[Json]:
    return [item for item in items(value) if isinstance(item, dict)]


def mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}
