"""deploy/release.py as an operator runs it, against moto."""

from dataclasses import replace
from typing import Any

import pytest

from deploy.manifests import IN_ORDER
from deploy.release import main
from tests.deploy.conftest import STACK, Account


def released(account: Account, *arguments: str) -> int:
    return main(arguments, account.clients, pause=0.01)


def apply(account: Account, tag: str, environment: str = "production") -> int:
    return released(account, "apply", STACK, "--tag", tag, "--environment", environment)


def running(account: Account, name: str) -> str:
    told = account.clients.ecs.describe_services(cluster="bank", services=[name])
    return str(told["services"][0]["taskDefinition"])


def image_of(account: Account, name: str) -> str:
    told = account.clients.ecs.describe_task_definition(taskDefinition=running(account, name))
    return str(told["taskDefinition"]["containerDefinitions"][0]["image"])


class Ecs:
    """The client of ECS, but for the operations that a test answers itself."""

    def __init__(self, client: Any, **answers: Any) -> None:  # noqa: ANN401  boto3 has no types
        self._client = client
        self._answers = answers

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  as above
        return self._answers.get(name) or getattr(self._client, name)


def with_ecs(account: Account, **answers: Any) -> Account:  # noqa: ANN401  as above
    clients = account.clients
    return Account(replace(clients, ecs=Ecs(clients.ecs, **answers)))


def test_plan_changes_nothing(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert released(account, "plan", STACK, "--tag", "0.1.0") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[name, "create"] for name in IN_ORDER]
    assert account.clients.ecs.list_services(cluster="bank")["serviceArns"] == []
    assert account.clients.ecs.list_task_definitions()["taskDefinitionArns"] == []


def test_first_release_makes_every_service_after_those_it_calls(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply(account, "0.1.0") == 0
    out = capsys.readouterr().out
    done = [line.split(":")[0] for line in out.splitlines() if line.endswith(": done")]
    assert done == list(IN_ORDER)
    migrated = [line.split(":")[0] for line in out.splitlines() if line.endswith(": migrated")]
    assert migrated == [name for name in IN_ORDER if name != "media-worker"]
    assert out.index("gateway: migrated") < out.index("insights: create")
    targets = account.clients.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert {target["ResourceId"] for target in targets} == {f"service/bank/{name}" for name in IN_ORDER}


def test_images_are_named_by_what_they_hold(account: Account) -> None:
    assert apply(account, "0.1.0") == 0
    repository, _, digest = image_of(account, "media-worker").partition("@")
    assert repository.endswith(".amazonaws.com/omnilex/media")
    assert digest.startswith("sha256:")


def test_same_release_again_does_nothing(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert apply(account, "0.1.0") == 0
    account.push("0.1.1", 1)  # the same images under another tag
    capsys.readouterr()
    assert apply(account, "0.1.1") == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [[name, "keep"] for name in IN_ORDER]


def test_only_what_changed_is_renewed(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert apply(account, "0.1.0") == 0
    before = {name: running(account, name) for name in IN_ORDER}
    account.push("0.2.0", 1)
    account.push("0.2.0", 2, ("bot",))
    capsys.readouterr()
    assert apply(account, "0.2.0") == 0
    after = {name: running(account, name) for name in IN_ORDER}
    assert {name for name in IN_ORDER if before[name] != after[name]} == {"bot"}
    assert "bot: migrated" in capsys.readouterr().out


def test_release_that_renews_leaves_the_number_of_tasks_to_scaling(account: Account) -> None:
    assert apply(account, "0.1.0") == 0
    account.clients.ecs.update_service(cluster="bank", service="bot", desiredCount=7)
    account.push("0.2.0", 2)
    assert apply(account, "0.2.0") == 0
    assert account.clients.ecs.describe_services(cluster="bank", services=["bot"])["services"][0]["desiredCount"] == 7


def test_status_tells_of_every_service(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert released(account, "status", STACK) == 0
    assert capsys.readouterr().out.count("is not there") == len(IN_ORDER)
    assert apply(account, "0.1.0") == 0
    capsys.readouterr()
    assert released(account, "status", STACK) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(IN_ORDER)
    assert all("tasks of bank-" in line and "release 0.1.0, completed" in line for line in lines)


def test_going_back_takes_the_release_before(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert apply(account, "0.1.0") == 0
    first = {name: running(account, name) for name in IN_ORDER}
    account.push("0.2.0", 2)
    assert apply(account, "0.2.0") == 0
    capsys.readouterr()
    assert released(account, "roll-back", STACK) == 0
    assert {name: running(account, name) for name in IN_ORDER} == first
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines if ": back to" in line] == list(reversed(IN_ORDER))


def test_release_that_failed_midway_is_undone_where_it_got_to(account: Account) -> None:
    assert apply(account, "0.1.0") == 0
    account.push("0.2.0", 2)
    assert apply(account, "0.2.0") == 0
    second = {name: running(account, name) for name in IN_ORDER}
    account.push("0.3.0", 3)
    ecs = account.clients.ecs

    def refused(**asked: Any) -> Any:  # noqa: ANN401  as ECS answers
        if asked["service"] != "bot":
            return ecs.update_service(**asked)
        return {"service": ecs.describe_services(cluster="bank", services=["bot"])["services"][0]}

    assert apply(with_ecs(account, update_service=refused), "0.3.0") == 1
    assert running(account, "accounts") != second["accounts"]
    assert released(account, "roll-back", STACK) == 0
    assert {name: running(account, name) for name in IN_ORDER} == second


def test_going_back_twice_does_not_go_forward(account: Account) -> None:
    assert apply(account, "0.1.0") == 0
    account.push("0.2.0", 2)
    assert apply(account, "0.2.0") == 0
    assert released(account, "roll-back", STACK) == 0
    assert released(account, "roll-back", STACK) == 2


def test_one_service_goes_back_alone(account: Account) -> None:
    assert apply(account, "0.1.0") == 0
    first = running(account, "gateway")
    account.push("0.2.0", 2)
    assert apply(account, "0.2.0") == 0
    second = running(account, "bot")
    assert released(account, "roll-back", STACK, "--service", "gateway") == 0
    assert (running(account, "gateway"), running(account, "bot")) == (first, second)


def test_nothing_to_go_back_to_is_said_before_anything_is_changed(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert apply(account, "0.1.0") == 0
    assert released(account, "roll-back", STACK) == 2
    assert "nothing to go back to: " + ", ".join(IN_ORDER) in capsys.readouterr().err


def test_missing_images_are_all_named(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.push("0.2.0", 2, ("accounts", "bot"))
    assert apply(account, "0.2.0") == 2
    told = capsys.readouterr().err
    assert all(f"omnilex/{service}:0.2.0" in told for service in ("gateway", "insights", "media"))
    assert "omnilex/bot" not in told
    assert account.clients.ecs.list_services(cluster="bank")["serviceArns"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("plan", "elsewhere", "--tag", "0.1.0"), "no stack elsewhere"),
        (
            ("plan", STACK, "--tag", "0.1.0", "--environment", "moon"),
            "there are production, staging",
        ),
        (("status", "elsewhere"), "no stack elsewhere"),
    ],
)
def test_what_cannot_be_is_said(
    account: Account, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    assert released(account, *arguments) == 2
    assert told in capsys.readouterr().err


def test_stack_of_an_older_template_is_named_with_what_it_lacks(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.clients.cloudformation.create_stack(
        StackName="old", TemplateBody="Resources: {Queue: {Type: 'AWS::SQS::Queue'}}\nOutputs: {Cluster: {Value: bank}}"
    )
    assert released(account, "plan", "old", "--tag", "0.1.0") == 2
    told = capsys.readouterr().err
    assert "the stack old tells no" in told
    assert "DatabaseHost" in told


def test_failed_migration_changes_no_service(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(cluster: str, tasks: list[str]) -> Any:  # noqa: ANN401  what ECS tells of a task
        container = {"name": "accounts", "exitCode": 1}
        return {"tasks": [{"taskArn": tasks[0], "lastStatus": "STOPPED", "containers": [container]}]}

    assert apply(with_ecs(account, describe_tasks=stopped), "0.1.0") == 1
    assert "insights: the migration failed" in capsys.readouterr().err
    assert account.clients.ecs.list_services(cluster="bank")["serviceArns"] == []


def test_task_that_never_started_is_a_failed_migration(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(cluster: str, tasks: list[str]) -> Any:  # noqa: ANN401  what ECS tells of a task
        task = {"taskArn": tasks[0], "lastStatus": "STOPPED", "stoppedReason": "CannotPullContainerError"}
        return {"tasks": [{**task, "containers": [{"name": "insights"}]}]}

    assert apply(with_ecs(account, describe_tasks=stopped), "0.1.0") == 1
    assert "CannotPullContainerError" in capsys.readouterr().err


def test_service_that_ecs_took_back_stops_the_release(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert apply(account, "0.1.0") == 0
    account.push("0.2.0", 2)
    before = running(account, "bot")
    ecs = account.clients.ecs

    def refused(**asked: Any) -> Any:  # noqa: ANN401  as ECS answers
        if asked["service"] != "bot":
            return ecs.update_service(**asked)
        return {"service": ecs.describe_services(cluster="bank", services=["bot"])["services"][0]}

    capsys.readouterr()
    assert apply(with_ecs(account, update_service=refused), "0.2.0") == 1
    told = capsys.readouterr()
    assert f"bot: failed and was taken back to {before.rpartition('/')[2]}" in told.err
    assert "accounts: done" in told.out
    assert "media: update" not in told.out


def test_canary_reaches_the_public_service_alone(account: Account) -> None:
    asked: list[dict[str, Any]] = []
    ecs = account.clients.ecs

    def create(**told: Any) -> Any:  # noqa: ANN401  as ECS answers
        asked.append(told)
        return ecs.create_service(**told)

    assert apply(with_ecs(account, create_service=create), "0.1.0") == 0
    strategies = {told["serviceName"]: told["deploymentConfiguration"]["strategy"] for told in asked}
    assert strategies == {name: "CANARY" if name == "gateway" else "ROLLING" for name in IN_ORDER}
    gateway = next(told for told in asked if told["serviceName"] == "gateway")
    assert gateway["deploymentConfiguration"]["canaryConfiguration"] == {
        "canaryPercent": 10,
        "canaryBakeTimeInMinutes": 10,
    }
    assert gateway["loadBalancers"][0]["advancedConfiguration"]["alternateTargetGroupArn"].endswith("0123456789abcdef")


def test_staging_is_smaller(account: Account) -> None:
    assert apply(account, "0.1.0", "staging") == 0
    told = account.clients.ecs.describe_task_definition(taskDefinition=running(account, "media-worker"))
    assert (told["taskDefinition"]["cpu"], told["taskDefinition"]["memory"]) == ("1024", "4096")
    targets = account.clients.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert {target["MaxCapacity"] for target in targets} == {2, 4}
