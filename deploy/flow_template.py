"""`AWS::Connect::ContactFlow` from the flows in `infra/connect`, whose placeholders `Fn::Sub` fills in."""

import json
import re
from pathlib import Path

from pydantic import JsonValue

CONNECT = Path(__file__).parents[1] / "infra" / "connect"
FLOWS = {"Voice": "omnilex-voice.json", "Chat": "omnilex-chat.json"}
_OF_THE_FLOW = {"Voice": "VoiceName"}  # a template's parameter and its resource may not have the same name

Json = dict[str, JsonValue]


def template() -> Json:
    texts = {name: json.dumps(json.loads((CONNECT / file).read_text())) for name, file in FLOWS.items()}
    names = sorted({name for text in texts.values() for name in re.findall(r"\$\{(\w+)\}", text)})
    parameters: Json = {"Environment": {"Type": "String"}, "ConnectInstanceArn": {"Type": "String"}}
    parameters |= {_OF_THE_FLOW.get(name, name): {"Type": "String"} for name in names}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The flows of Amazon Connect in front of the bot.",
        "Parameters": parameters,
        "Resources": {name: _flow(name, text) for name, text in texts.items()},
        "Outputs": {f"{name}FlowArn": {"Value": {"Fn::GetAtt": [name, "ContactFlowArn"]}} for name in FLOWS},
    }


def _flow(name: str, text: str) -> Json:
    for placeholder, parameter in _OF_THE_FLOW.items():
        text = text.replace(f"${{{placeholder}}}", f"${{{parameter}}}")
    return {
        "Type": "AWS::Connect::ContactFlow",
        "Properties": {
            "InstanceArn": {"Ref": "ConnectInstanceArn"},
            "Name": {"Fn::Sub": f"${{Environment}} {name.lower()}"},
            "Description": f"OmniLex, {name.lower()}",
            "Type": "CONTACT_FLOW",
            "Content": {"Fn::Sub": text},
        },
    }
