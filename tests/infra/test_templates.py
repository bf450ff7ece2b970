"""What the templates promise beyond the rules of `deploy.checks`."""

import ast
import importlib
import re
from pathlib import Path
from typing import get_args

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from pydantic import BaseModel, JsonValue

from deploy.checks.ecs import sample_values
from deploy.checks.loading import Json, of_type, resources
from deploy.manifests import IN_ORDER, read_manifest
from shared.callers import Role
from shared.schemas.interaction import Interaction
from shared.settings import ServiceSettings
from tests.infra.templates import INFRA, TEMPLATES, all_of, parameter_defaults

SEED = {
    "BulkUploadBucket": "omni-lex-sentiment-bulk-upload",
    "BulkUploadMaxDripRate": "50",
    "BulkUploadMaxTranscribeJobs": "250",
    "ComprehendLanguages": "en | es | fr | de | it | pt | ar | hi | ja | ko | zh | zh-TW",
    "ContentRedactionLanguages": "en-US",
    "ConversationLocation": "America/Los_Angeles",
    "EntityRecognizerEndpoint": "undefined",
    "EntityStringMap": "simple-entity-list.csv",
    "EntityThreshold": "0.5",
    "InputBucketAudioPlayback": "mp3",
    "InputBucketFailedTranscriptions": "failedAudio",
    "InputBucketName": "omni-lex-sentiment-source-audio",
    "InputBucketRawAudio": "originalAudio",
    "MaxSpeakers": "2",
    "MinSentimentNegative": "0.4",
    "MinSentimentPositive": "0.4",
    "OutputBucketName": "omni-lex-sentiment-transcribe-output",
    "OutputBucketParsedResults": "parsedFiles",
    "SpeakerNames": "Agent | Caller",
    "SpeakerSeparationType": "Speaker",
    "StepFunctionName": "PostCallAnalyticsWorkflow",
    "SupportFilesBucketName": "omni-lex-sentiment-custom-source-files",
    "TranscribeAlternateLanguage": "en-US",
    "TranscribeLanguages": "en-US",
    "VocabularyName": "undefined",
}
VARIABLES = {"OMNILEX_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper(): name for name in SEED}
SERVICE_OF = {name: name.removesuffix("-worker") for name in IN_ORDER}
ACTIONS = {  # of the APIs whose operations and permissions have different names
    "s3:HeadObject": "s3:GetObject",
    "s3:DownloadFile": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:GeneratePresignedPost": "s3:PutObject",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
}
NOT_NEEDED = {"comprehend:GetPaginator", "s3:ListBuckets", "s3:GetPaginator"}
"""S3Blobs.ready takes the refusal for an answer; a paginator is no operation."""


def test_parameters_are_the_seeds_with_its_defaults() -> None:
    defaults = parameter_defaults("omnilex.yaml")
    assert {name: defaults[name] for name in SEED} == SEED
    made = {str(properties["Name"]): properties for _, _, properties in all_of("AWS::SSM::Parameter")}
    names = {"{'Fn::Sub': '/omnilex/${Environment}/" + name + "'}" for name in SEED}
    assert set(made) == names


def settings_of(service: str) -> type[ServiceSettings]:
    module = importlib.import_module(f"services.{service}.settings")
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, ServiceSettings)]
    return max(found, key=lambda kind: len(kind.__mro__))


def variables_of(name: str) -> tuple[dict[str, str], dict[str, str]]:
    manifest = read_manifest(name)
    containers = manifest.filled(sample_values(manifest.placeholders())).task["containerDefinitions"]
    assert isinstance(containers, list)
    container = containers[0]
    assert isinstance(container, dict)

    def pairs(key: str, value: str) -> dict[str, str]:
        found = container[key]
        assert isinstance(found, list)
        return {str(item["name"]): str(item[value]) for item in found if isinstance(item, dict)}

    return pairs("environment", "value"), pairs("secrets", "valueFrom")


@pytest.mark.parametrize("name", IN_ORDER)
def test_every_variable_of_a_task_is_a_setting_of_its_service(name: str) -> None:
    environment, secrets = variables_of(name)
    known = {f"OMNILEX_{field.upper()}" for field in settings_of(SERVICE_OF[name]).model_fields}
    known |= set(VARIABLES) if "media" in name else set()  # all the seed's, whichever there are settings for
    of_libraries = {"AWS_DEFAULT_REGION", "HOST", "PGPASSWORD"}
    assert set(environment) | set(secrets) <= known | of_libraries


@pytest.mark.parametrize("name", ["media", "media-worker"])
def test_every_parameter_reaches_the_media_service(name: str) -> None:
    _, secrets = variables_of(name)
    for variable, parameter in VARIABLES.items():
        assert secrets[variable].endswith(f":parameter/omnilex/bank/{parameter}")


@pytest.mark.parametrize("name", IN_ORDER)
def test_production_mode_starts_with_what_a_task_is_given(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    environment, secrets = variables_of(name)
    given = {key: SEED[VARIABLES[key]] if key in VARIABLES else "s" * 64 for key in secrets}
    given |= {key: "" for key in given if "TWILIO" in key or "SLACK" in key}  # as the stack makes them
    own = {
        "OMNILEX_TRANSCRIBER": "transcribe",
        "OMNILEX_SUMMARY": "extractive",
        "OMNILEX_KENDRA_INDEX_ID": "0d754b99-5a63-4aba-873a-f65d4ec7258e",
    }
    for key, value in {**given, **environment}.items():
        monkeypatch.setenv(key, own.get(key, value))
    settings = settings_of(SERVICE_OF[name])()
    assert settings.environment == "production"


def test_columns_of_the_table_are_of_the_result_document() -> None:
    _, _, table = next(all_of("AWS::Glue::Table"))
    described = table["TableInput"]
    assert isinstance(described, dict)
    storage = described["StorageDescriptor"]
    assert isinstance(storage, dict)
    columns = storage["Columns"]
    assert isinstance(columns, list)
    for column in columns:
        assert isinstance(column, dict)
        name, kind = str(column["Name"]), str(column["Type"])
        field = Interaction.model_fields[name]
        if kind.startswith("array<struct<"):
            item = field.annotation.__args__[0]  # type: ignore[union-attr]
            assert issubclass(item, BaseModel)
            members = re.findall(r"(?:<|,)(\w+):", kind.removeprefix("array"))
            assert set(members) <= set(item.model_fields)


def stack_rules() -> Json:
    rules = TEMPLATES["omnilex.yaml"]["Rules"]
    assert isinstance(rules, dict)
    return rules


def test_regions_that_are_let_in_are_those_that_have_every_part() -> None:
    allowed = set(re.findall(r"'([a-z]+-[a-z]+-\d)'", str(stack_rules()["RegionHasEveryPart"])))
    assert {"us-east-1", "us-west-2", "eu-west-1"} <= allowed
    for region in sorted(allowed):
        for kind in ("AWS::Kendra::Index", "AWS::Lex::Bot", "AWS::Cognito::UserPool", "AWS::ECS::Service"):
            assert kind in PROVIDER_SCHEMA_MANAGER.get_resource_types(region), (region, kind)


def statements(logical: str, template: str = "access.yaml") -> list[Json]:
    role = of_type(TEMPLATES[template], "AWS::IAM::Role")[logical]
    policies = role.get("Policies", [])
    assert isinstance(policies, list)
    found: list[Json] = []
    for policy in policies:
        assert isinstance(policy, dict)
        document = policy["PolicyDocument"]
        assert isinstance(document, dict)
        listed = document["Statement"]
        assert isinstance(listed, list)
        found += [statement for statement in listed if isinstance(statement, dict)]
    return found


def allowed_to(logical: str, template: str = "access.yaml") -> set[str]:
    actions: list[JsonValue] = []
    for statement in statements(logical, template):
        told = statement["Action"]
        actions += told if isinstance(told, list) else [told]
    return {str(action) for action in actions}


def asked_by(paths: list[Path], api: str) -> set[str]:
    """The permissions for the operations that the code calls on its clients."""
    asked = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                name = (
                    owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
                )
                if name in ("_client", "client"):
                    asked.add(f"{api}:{''.join(part.capitalize() for part in node.func.attr.split('_'))}")
    return {ACTIONS.get(action, action) for action in asked} - NOT_NEEDED


MEDIA_AWS = INFRA.parent / "services/media/aws"
BOT_AWS = INFRA.parent / "services/bot/aws"


@pytest.mark.parametrize(
    ("role", "paths", "api"),
    [
        ("BotTaskRole", [BOT_AWS / "faqs.py", BOT_AWS / "search.py"], "kendra"),
        ("GatewayTaskRole", [INFRA.parent / "services/gateway/aws.py"], "lex"),
        ("MediaTaskRole", [INFRA.parent / "shared/aws.py"], "s3"),
        ("MediaTaskRole", [MEDIA_AWS / "queues.py"], "sqs"),
        ("MediaTaskRole", [MEDIA_AWS / "transcribe.py", MEDIA_AWS / "word_lists.py"], "transcribe"),
        ("MediaTaskRole", [MEDIA_AWS / "comprehend.py"], "comprehend"),
    ],
)
def test_task_may_do_all_that_its_code_asks_for(role: str, paths: list[Path], api: str) -> None:
    asked = asked_by(paths, api)
    assert asked
    assert asked <= allowed_to(role)


def test_only_a_stack_with_a_model_may_ask_one_and_no_other() -> None:
    """Converse is allowed by the permission to invoke. A profile's models may be asked only by way of it."""
    asked = asked_by([MEDIA_AWS / "bedrock.py"], "bedrock")
    assert asked == {"bedrock:Converse"}
    assert not any(action.startswith("bedrock:") for action in allowed_to("MediaTaskRole"))
    policy = resources(TEMPLATES["access.yaml"])["MediaSummaryPolicy"]
    assert policy["Condition"] == "SummariesByBedrock"
    properties = policy["Properties"]
    assert isinstance(properties, dict)
    assert properties["RoleName"] == {"Ref": "MediaTaskRole"}
    document = properties["PolicyDocument"]
    assert isinstance(document, dict)
    model = {"Ref": "SummaryModelArn"}
    one, behind = document["Statement"]  # type: ignore[misc]
    assert isinstance(one, dict)
    assert isinstance(behind, dict)
    assert (one["Action"], one["Resource"]) == ("bedrock:InvokeModel", model)
    assert behind["Action"] == "bedrock:InvokeModel"
    assert behind["Condition"] == {"StringEquals": {"bedrock:InferenceProfileArn": model}}
    assert parameter_defaults("omnilex.yaml")["SummaryModelArn"] == ""


def test_release_role_may_do_all_that_a_release_asks_for() -> None:
    services = {"cloudformation": "cloudformation", "ecr": "ecr", "ecs": "ecs", "scaling": "application-autoscaling"}
    texts = [(INFRA.parent / "deploy" / name).read_text() for name in ("plan.py", "rollout.py")]
    calls = re.findall(r"clients\.(cloudformation|ecr|ecs|scaling)\.([a-z_]+)\(", "".join(texts))
    asked = {f"{services[api]}:{''.join(part.capitalize() for part in name.split('_'))}" for api, name in calls}
    assert len(asked) > 10
    assert asked <= allowed_to("ReleaseRole", "delivery.yaml")


def test_no_task_reads_the_secrets_of_another() -> None:
    owned = {"PinPepperArn": "Accounts", "AuditKeyArn": "Accounts", "IdentityTokenSecretArn": "Bot"}
    owned |= {"ChatTokenSecretArn": "Gateway", "ProvidersSecretArn": "Gateway"}
    owned |= {f"{name}DatabaseSecretArn": name for name in ("Accounts", "Bot", "Gateway", "Insights", "Media")}
    for secret, owner in owned.items():
        readers = {
            name
            for name in ("Accounts", "Bot", "Gateway", "Insights", "Media")
            if any(f"'{secret}'" in str(statement["Resource"]) for statement in statements(f"{name}ExecutionRole"))
        }
        assert readers == {owner}, secret


def test_nothing_is_public_but_the_load_balancer() -> None:
    balancers = [
        (name, properties["Scheme"]) for name, _, properties in all_of("AWS::ElasticLoadBalancingV2::LoadBalancer")
    ]
    assert balancers == [("cluster.yaml", "internet-facing")]
    addresses = {logical for _, logical, _ in all_of("AWS::EC2::EIP")}
    assert addresses == {"AddressA", "AddressB"}  # of the NAT gateways, by which nobody comes in


def test_bot_has_every_intent_and_slot_of_its_definition() -> None:
    _, _, bot = next(all_of("AWS::Lex::Bot"))
    locales = bot["BotLocales"]
    assert isinstance(locales, list)
    definition = INFRA / "lex/OmniLex/OmniLex/BotLocales"
    assert {str(locale["LocaleId"]) for locale in locales if isinstance(locale, dict)} == {
        path.name for path in definition.iterdir()
    }
    for locale in locales:
        assert isinstance(locale, dict)
        folder = definition / str(locale["LocaleId"])
        intents = locale["Intents"]
        assert isinstance(intents, list)
        made = {
            f"{intent['Name']}/{slot['Name']}"
            for intent in intents
            if isinstance(intent, dict)
            for slot in intent.get("Slots", [])  # type: ignore[union-attr]
            if isinstance(slot, dict)
        }
        assert {str(intent["Name"]) for intent in intents if isinstance(intent, dict)} == {
            path.name for path in (folder / "Intents").iterdir()
        }
        assert made == {
            f"{path.parents[1].parent.name}/{path.parent.name}" for path in folder.glob("Intents/*/Slots/*/Slot.json")
        }
        hidden = re.findall(r"'ObfuscationSettingType': '(\w+)'", str(locale))
        assert set(hidden) == {"DefaultObfuscation"}
        assert len(hidden) == 4


def test_alias_calls_the_forwarder_in_every_locale() -> None:
    _, _, alias = next(all_of("AWS::Lex::BotAlias"))
    settings = alias["BotAliasLocaleSettings"]
    assert isinstance(settings, list)
    locales = {str(setting["LocaleId"]) for setting in settings if isinstance(setting, dict)}
    assert locales == {path.name for path in (INFRA / "lex/OmniLex/OmniLex/BotLocales").iterdir()}
    assert str(settings).count("'Fn::GetAtt': ['Forwarder', 'Arn']") == len(locales)


def test_groups_of_staff_are_the_roles() -> None:
    groups = {str(group["GroupName"]) for _, _, group in all_of("AWS::Cognito::UserPoolGroup")}
    assert groups == set(get_args(Role))


def test_objects_that_are_told_of_are_in_the_watched_folders() -> None:
    bucket = of_type(TEMPLATES["objects.yaml"], "AWS::S3::Bucket")["Input"]
    prefixes = set(re.findall(r"'Value': (?:\{'Fn::Sub': )?'([^']+)'", str(bucket["NotificationConfiguration"])))
    assert prefixes == {"${InputBucketRawAudio}/", "conversationLogs/"}
    watched = settings_of("media")()
    assert watched.watched_folders == ("originalAudio", "conversationLogs")  # type: ignore[attr-defined]


def test_firehose_writes_where_new_objects_are_told_of() -> None:
    _, _, stream = next(all_of("AWS::KinesisFirehose::DeliveryStream"))
    destination = stream["ExtendedS3DestinationConfiguration"]
    assert isinstance(destination, dict)
    assert str(destination["Prefix"]).startswith("conversationLogs/")
    assert "partitionKeyFromQuery:session" in str(destination["Prefix"])
    assert not str(destination["ErrorOutputPrefix"]).startswith("conversationLogs/")


def test_services_are_made_after_those_that_they_call() -> None:
    made = resources(TEMPLATES["services.yaml"])
    waits = {name: made[name].get("DependsOn", []) for name in made if made[name]["Type"] == "AWS::ECS::Service"}
    assert waits["BotService"] == ["AccountsService"]
    assert waits["GatewayService"] == ["AccountsService", "BotService", "InsightsService", "MediaService"]
    assert waits["MediaWorkerService"] == ["InsightsService"]
    assert waits["AccountsService"] == []
