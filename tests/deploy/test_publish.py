"""The published copy of the templates."""

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deploy.checks.loading import of_type
from deploy.publish import INFRA, CannotPublish, launch_url, published, upload

SOURCES = {path.name: path.read_text() for path in INFRA.glob("*.yaml")}
BASE = "https://artifacts.s3.us-west-2.amazonaws.com/omnilex/0.2.0"
DEFAULTS = {"ImageRegistry": "123456789012.dkr.ecr.us-west-2.amazonaws.com", "ImageTag": "0.2.0"}


def read(text: str) -> Any:  # noqa: ANN401  a template
    import yaml

    from deploy.checks import loading

    return yaml.load(text, loading._Loader)  # noqa: S506


def test_every_nested_template_is_named_by_its_url() -> None:
    made = published(SOURCES, BASE, DEFAULTS)
    urls = [
        properties["TemplateURL"]
        for text in made.values()
        for properties in of_type(read(text), "AWS::CloudFormation::Stack").values()
    ]
    assert len(urls) >= 18
    assert {str(url).removeprefix(f"{BASE}/") for url in urls} <= set(SOURCES)


def test_nothing_else_is_changed() -> None:
    made = published(SOURCES, BASE, {})
    for name, text in SOURCES.items():
        assert made[name].replace(f"{BASE}/", "") == text


def test_root_has_the_publishers_images_for_defaults() -> None:
    parameters = read(published(SOURCES, BASE, DEFAULTS)["omnilex.yaml"])["Parameters"]
    assert {name: parameters[name]["Default"] for name in DEFAULTS} == DEFAULTS
    assert all("Default" in parameter for parameter in parameters.values())  # launched without filling in anything


@pytest.mark.parametrize(
    ("sources", "defaults", "told"),
    [
        ({"omnilex.yaml": "      TemplateURL: gone.yaml\n"}, {}, "no template gone.yaml"),
        ({"omnilex.yaml": ""}, {"ImageTag": "1"}, "no parameter ImageTag"),
        (SOURCES, {"ImageTag": '1"\n'}, "cannot be a default"),
        ({"omnilex.yaml": "#" * 1_000_001}, {}, "larger than CloudFormation takes: omnilex.yaml"),
    ],
)
def test_what_cannot_be_published_is_said(sources: dict[str, str], defaults: dict[str, str], told: str) -> None:
    with pytest.raises(CannotPublish, match=told):
        published(sources, BASE, defaults)


class Bucket:
    """As much of S3 as an upload asks for."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, *, Key: str, Body: bytes, **told: str) -> None:  # noqa: N803
        assert told["IfNoneMatch"] == "*"
        if Key in self.objects:
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
        self.objects[Key] = Body

    def get_object(self, *, Key: str, **_: str) -> Any:  # noqa: ANN401, N803
        return {"Body": io.BytesIO(self.objects[Key])}


def test_what_is_published_stays_as_it_is() -> None:
    bucket = Bucket()
    upload(bucket, "artifacts", "omnilex/0.2.0", {"omnilex.yaml": "one"})
    upload(bucket, "artifacts", "omnilex/0.2.0", {"omnilex.yaml": "one"})
    with pytest.raises(CannotPublish, match="is there already and differs"):
        upload(bucket, "artifacts", "omnilex/0.2.0", {"omnilex.yaml": "two"})
    assert bucket.objects == {"omnilex/0.2.0/omnilex.yaml": b"one"}


def test_link_launches_the_stack() -> None:
    assert launch_url("us-west-2", f"{BASE}/omnilex.yaml") == (
        "https://us-west-2.console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/create/review"
        f"?templateURL={BASE}/omnilex.yaml&stackName=omnilex"
    )
