"""What of AWS a release uses, each a plain boto3 client. `AWS_ENDPOINT_URL` leads them elsewhere."""

from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})


@dataclass(frozen=True)
class Clients:
    cloudformation: Any
    ecr: Any
    ecs: Any
    scaling: Any
    region: str


def open_clients(region: str | None = None) -> Clients:
    """Credentials and Region of the environment. Raises botocore's NoRegionError."""
    session = boto3.Session(region_name=region)
    names = ("cloudformation", "ecr", "ecs", "application-autoscaling")
    cloudformation, ecr, ecs, scaling = (session.client(name, config=_CONFIG) for name in names)
    return Clients(cloudformation, ecr, ecs, scaling, cloudformation.meta.region_name)
