"""Puts the templates in a bucket, from where "Launch Stack" takes them.

    python -m deploy.publish --bucket artifacts --prefix omnilex/0.2.0 --registry 123456789012.dkr.ecr.… --tag 0.2.0

The templates name each other by file; a published copy names URLs, and has the publisher's images for defaults. What is
published under a prefix is not overwritten: a running stack may be updated from it.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError

INFRA = Path(__file__).parents[1] / "infra"
ROOT_TEMPLATE = "omnilex.yaml"
_NESTED = re.compile(r"^(\s*TemplateURL: )([a-z-]+\.yaml)$", re.MULTILINE)
_MOST_BYTES = 1_000_000  # of a template in S3


class CannotPublish(Exception):
    """Says why, in a sentence for the operator."""


def published(templates: Mapping[str, str], base: str, defaults: Mapping[str, str]) -> dict[str, str]:
    """The templates as they are published below the URL `base`, the root with `defaults` for its parameters.

    Raises CannotPublish for a nested template or a parameter that is not there, and for one too large.
    """
    missing = {name for text in templates.values() for _, name in _NESTED.findall(text)} - set(templates)
    if missing:
        raise CannotPublish(f"no template {', '.join(sorted(missing))}")
    made = {name: _NESTED.sub(rf"\g<1>{base}/\g<2>", text) for name, text in templates.items()}
    for parameter, value in defaults.items():
        made[ROOT_TEMPLATE] = _with_default(made[ROOT_TEMPLATE], parameter, value)
    if large := [name for name, text in made.items() if len(text.encode()) > _MOST_BYTES]:
        raise CannotPublish(f"larger than CloudFormation takes: {', '.join(large)}")
    return made


def _with_default(template: str, parameter: str, value: str) -> str:
    if not re.fullmatch(r"[\w./:@-]+", value):
        raise CannotPublish(f"{value!r} cannot be a default")
    place = re.compile(rf"^(  {parameter}:\n    Type: String\n)(    Default: .*\n)?", re.MULTILINE)
    told, count = place.subn(rf'\g<1>    Default: "{value}"\n', template, count=1)
    if not count:
        raise CannotPublish(f"no parameter {parameter}")
    return told


def launch_url(region: str, template_url: str, stack: str = "omnilex") -> str:
    """The page on which a stack is made from the template."""
    return (
        f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}"
        f"#/stacks/create/review?templateURL={template_url}&stackName={stack}"
    )


def upload(s3: Any, bucket: str, prefix: str, templates: Mapping[str, str]) -> None:  # noqa: ANN401  a boto3 client
    """Raises CannotPublish when something is there that differs; the same is left as it is."""
    for name, text in templates.items():
        key, body = f"{prefix}/{name}", text.encode()
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/yaml", IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("PreconditionFailed", "412"):
                raise
            if s3.get_object(Bucket=bucket, Key=key)["Body"].read() != body:
                raise CannotPublish(f"{key} is there already and differs: choose another prefix") from error


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--registry", required=True)
    parser.add_argument("--tag", required=True)
    parser.add_argument("--region")
    told = parser.parse_args(arguments)
    try:
        s3 = boto3.Session(region_name=told.region).client("s3")
        region = s3.meta.region_name
        base = f"https://{told.bucket}.s3.{region}.amazonaws.com/{told.prefix}"
        sources = {path.name: path.read_text() for path in sorted(INFRA.glob("*.yaml"))}
        made = published(sources, base, {"ImageRegistry": told.registry, "ImageTag": told.tag})
        upload(s3, told.bucket, told.prefix, made)
    except (CannotPublish, BotoCoreError, ClientError) as problem:
        print(problem, file=sys.stderr)
        return 2
    print(launch_url(region, f"{base}/{ROOT_TEMPLATE}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
