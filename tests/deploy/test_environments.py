"""What an environment may say, and what becomes of the manifests by it."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.checks import ecs
from deploy.environments import Environment, fitted, read_environment
from deploy.generate import GENERATED, out_of_step
from deploy.manifests import IN_ORDER, MissingValues, read_manifest, read_manifests
from deploy.release import main

ENVIRONMENTS = Path(__file__).parents[2] / "deploy/environments"
OF_A_BLUE_GREEN_STACK = {"AlternateTargetGroupArn", "PublicRuleArn", "TrafficRoleArn"}


@pytest.mark.parametrize("name", sorted(path.stem for path in ENVIRONMENTS.glob("*.json")))
def test_manifests_of_every_environment_are_sound(name: str) -> None:
    environment = read_environment(name)
    assert list(ecs.findings([fitted(manifest, environment) for manifest in read_manifests()])) == []


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"strategy": "canary"}, "needs canary"),
        ({"strategy": "sudden"}, "strategy"),
        ({"services": {"lex": {"cpu": "256", "memory": "512", "minimum": 1, "maximum": 2}}}, "no such service: lex"),
        (
            {"services": {"bot": {"cpu": "256", "memory": "512", "minimum": 3, "maximum": 2}}},
            "minimum is above maximum",
        ),
        ({"services": {"bot": {"cpu": "300", "memory": "512", "minimum": 1, "maximum": 2}}}, "cpu"),
        ({"canary": {"percent": 100, "minutes": 5}}, "percent"),
        ({"canray": {}}, "canray"),
    ],
)
def test_environment_that_says_nonsense_is_refused(told: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        Environment.model_validate_json(json.dumps(told))


def test_canary_leaves_the_other_services_as_they_are() -> None:
    environment = read_environment("production")
    for name in IN_ORDER:
        before, after = read_manifest(name), fitted(read_manifest(name), environment)
        assert (before == after) is (name != "gateway")
    gateway = fitted(read_manifest("gateway"), environment)
    assert gateway.placeholders() - read_manifest("gateway").placeholders() == OF_A_BLUE_GREEN_STACK


def test_missing_values_are_all_named() -> None:
    manifest = read_manifest("insights")
    values = dict.fromkeys(manifest.placeholders() - {"DatabaseHost", "Cluster"}, "x")
    with pytest.raises(MissingValues, match="insights: no value for Cluster, DatabaseHost"):
        manifest.filled(values)


def test_generated_templates_are_in_step_with_their_sources() -> None:
    assert set(GENERATED) == {"bot-definition.yaml", "contact-flows.yaml", "services.yaml"}
    assert out_of_step() == []


def test_command_without_a_region_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    assert main(["status", "bank"]) == 2
    assert "region" in capsys.readouterr().err.lower()
