"""`AWS::Lex::Bot` from the bot's definition in `infra/lex`, an export of Amazon Lex.

The export and CloudFormation say the same things under nearly the same names: CloudFormation begins them with a capital
letter, writes the maps of session attributes and slots as lists, and knows neither identifiers nor nulls.
Sources: the Lex V2 export format (`LexJson`), and the resource type's schema.
"""

import hashlib
import json
from pathlib import Path

from pydantic import JsonValue

LEX = Path(__file__).parents[1] / "infra" / "lex" / "OmniLex" / "OmniLex"
_IDENTITY = {"identifier", "version"}
_OWN_NAMES = {"dtmfSpecification": "DTMFSpecification", "ssmlMessage": "SSMLMessage"}
_MAPS_BY_NAME = {"promptAttemptsSpecification"}

Json = dict[str, JsonValue]


def template() -> Json:
    locales = [_locale(folder) for folder in sorted((LEX / "BotLocales").iterdir())]
    bot = _read(LEX / "Bot.json")
    digest = hashlib.sha256(json.dumps([bot, locales], sort_keys=True).encode()).hexdigest()[:12]
    version = f"Version{digest}"
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The bot in Amazon Lex. A changed definition is a new version; the alias is moved to it.",
        "Parameters": {"Environment": {"Type": "String"}},
        "Resources": {"Role": _role(), "Bot": _bot(bot, locales), version: _version(locales)},
        "Outputs": {
            "BotId": {"Value": {"Ref": "Bot"}},
            "BotArn": {"Value": {"Fn::GetAtt": ["Bot", "Arn"]}},
            "BotVersion": {"Value": {"Fn::GetAtt": [version, "BotVersion"]}},
        },
    }


def locale_ids() -> list[str]:
    return sorted(folder.name for folder in (LEX / "BotLocales").iterdir())


def _bot(bot: Json, locales: list[Json]) -> Json:
    return {
        "Type": "AWS::Lex::Bot",
        "Properties": {
            "Name": {"Fn::Sub": "${Environment}"},
            "Description": bot["description"],
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "DataPrivacy": _converted(bot["dataPrivacy"]),
            "IdleSessionTTLInSeconds": bot["idleSessionTTLInSeconds"],
            "AutoBuildBotLocales": True,
            "BotLocales": list[JsonValue](locales),
        },
    }


def _role() -> Json:
    here = "${AWS::Region}:${AWS::AccountId}"
    voices = f"arn:${{AWS::Partition}}:polly:{here}:lexicon/*"
    logs = f"arn:${{AWS::Partition}}:logs:{here}:log-group:/omnilex/${{Environment}}/conversations:*"
    log_actions: list[JsonValue] = ["logs:CreateLogStream", "logs:PutLogEvents"]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lexv2.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "speaks-and-logs",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Allow", "Action": "polly:SynthesizeSpeech", "Resource": {"Fn::Sub": voices}},
                            {"Effect": "Allow", "Action": log_actions, "Resource": {"Fn::Sub": logs}},
                        ],
                    },
                }
            ],
        },
    }


def _version(locales: list[Json]) -> Json:
    return {
        "Type": "AWS::Lex::BotVersion",
        "DeletionPolicy": "Retain",  # an earlier version is what the alias goes back to
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BotId": {"Ref": "Bot"},
            "BotVersionLocaleSpecification": [
                {"LocaleId": locale["LocaleId"], "BotVersionLocaleDetails": {"SourceBotVersion": "DRAFT"}}
                for locale in locales
            ],
        },
    }


def _locale(folder: Path) -> Json:
    own = _read(folder / "BotLocale.json")
    slot_types = [_slot_type(_read(path)) for path in sorted(folder.glob("SlotTypes/*/SlotType.json"))]
    intents = [_intent(path) for path in sorted(folder.glob("Intents/*/Intent.json"))]
    return {
        "LocaleId": folder.name,
        "Description": own["description"],
        "NluConfidenceThreshold": own["nluConfidenceThreshold"],
        "VoiceSettings": _converted(own["voiceSettings"]),
        "SlotTypes": list[JsonValue](slot_types),
        "Intents": list[JsonValue](intents),
    }


def _slot_type(own: Json) -> Json:
    return _members(own)


def _intent(path: Path) -> Json:
    intent = _members(_read(path))
    slots = [_members(_read(slot)) for slot in sorted(path.parent.glob("Slots/*/Slot.json"))]
    return intent | {"Slots": list[JsonValue](slots)} if slots else intent


def _members(own: Json) -> Json:
    converted = _converted({name: value for name, value in own.items() if name not in _IDENTITY})
    assert isinstance(converted, dict)  # noqa: S101  what a dict becomes
    return converted


def _converted(value: JsonValue, name: str = "") -> JsonValue:
    if isinstance(value, list):
        return [_converted(item) for item in value]
    if not isinstance(value, dict):
        return value
    if name == "sessionAttributes":
        return [{"Key": key, "Value": item} for key, item in sorted(value.items())]
    if name == "intent":
        return _intent_override(value)
    inner = {key: _converted(item, key) for key, item in value.items() if item is not None}
    return {key if name in _MAPS_BY_NAME else _cased(key): item for key, item in inner.items() if item != {}}


def _intent_override(value: Json) -> JsonValue:
    slots = value.get("slots")
    found: Json = {"Name": value["name"]} if value.get("name") else {}
    if isinstance(slots, dict):
        found["Slots"] = [{"SlotName": key, "SlotValueOverride": _converted(item)} for key, item in slots.items()]
    return found


def _cased(name: str) -> str:
    return _OWN_NAMES.get(name, name[:1].upper() + name[1:])


def _read(path: Path) -> Json:
    found = json.loads(path.read_text())
    assert isinstance(found, dict)  # noqa: S101  as every file of an export
    return found
