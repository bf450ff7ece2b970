"""What an environment has of its own: sizes, numbers of tasks, and how the public service is renewed."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from deploy.manifests import IN_ORDER, Manifest

FOLDER = Path(__file__).parent / "environments"
ON_THE_BALANCER = "gateway"
"""The one service whose traffic can be moved bit by bit."""

Json = dict[str, JsonValue]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Size(_Strict):
    cpu: Annotated[str, Field(pattern=r"^(256|512|1024|2048|4096|8192|16384)$")]
    memory: Annotated[str, Field(pattern=r"^[1-9][0-9]{2,5}$")]
    minimum: int = Field(ge=1)
    maximum: int = Field(ge=1, le=200)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        return self


class Canary(_Strict):
    """So much of the traffic for so long, then all of it; the old tasks stay for the bake time."""

    percent: float = Field(gt=0, lt=100)
    minutes: int = Field(ge=1, le=1440)
    bake_minutes: int = Field(10, ge=0, le=1440)


class Environment(_Strict):
    strategy: Literal["rolling", "canary", "blue-green"] = "rolling"
    canary: Canary | None = None
    services: dict[str, Size] = {}

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.strategy == "canary" and self.canary is None:
            raise ValueError("strategy canary needs canary: percent and minutes")
        if unknown := sorted(set(self.services) - set(IN_ORDER)):
            raise ValueError(f"no such service: {', '.join(unknown)}")
        return self


def read_environment(name: str, folder: Path = FOLDER) -> Environment:
    """Raises FileNotFoundError, naming those that there are."""
    path = folder / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.json")))
        raise FileNotFoundError(f"no environment {name}; there are {known}")
    return Environment.model_validate_json(path.read_text())


def fitted(manifest: Manifest, environment: Environment) -> Manifest:
    """The manifest as the environment has it."""
    task, service, scaling = dict(manifest.task), dict(manifest.service), dict(manifest.scaling)
    if size := environment.services.get(manifest.name):
        task |= {"cpu": size.cpu, "memory": size.memory}
        service["desiredCount"] = size.minimum
        target = scaling["target"]
        assert isinstance(target, dict)  # noqa: S101  the checks have seen to it
        scaling["target"] = {**target, "MinCapacity": size.minimum, "MaxCapacity": size.maximum}
    if manifest.name == ON_THE_BALANCER and environment.strategy != "rolling":
        service |= _moved_bit_by_bit(service, environment)
    return replace(manifest, task=task, service=service, scaling=scaling)


def _moved_bit_by_bit(service: Json, environment: Environment) -> Json:
    deployment, balancers = service["deploymentConfiguration"], service["loadBalancers"]
    assert isinstance(deployment, dict)  # noqa: S101  the checks have seen to it
    assert isinstance(balancers, list)  # noqa: S101
    own: Json = {"strategy": environment.strategy.upper().replace("-", "_")}
    if environment.canary and environment.strategy == "canary":
        own["bakeTimeInMinutes"] = environment.canary.bake_minutes
        own["canaryConfiguration"] = {
            "canaryPercent": environment.canary.percent,
            "canaryBakeTimeInMinutes": environment.canary.minutes,
        }
    advanced: Json = {
        "alternateTargetGroupArn": "${AlternateTargetGroupArn}",
        "productionListenerRule": "${PublicRuleArn}",
        "roleArn": "${TrafficRoleArn}",
    }
    both = [{**balancer, "advancedConfiguration": advanced} for balancer in balancers if isinstance(balancer, dict)]
    return {"deploymentConfiguration": {**deployment, **own}, "loadBalancers": list[JsonValue](both)}
