"""Event patterns against events as the services send them: every kind a rule names must be matched by one of ours, and
no event of another environment's may be. Source: the developer guide of Amazon Transcribe, "Using Amazon EventBridge".
"""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from moto.events.models import EventPattern
from pydantic import JsonValue

from deploy.checks.loading import Json, of_type

ENVIRONMENT = "bank"
_ACCOUNT, _REGION = "123456789012", "us-east-1"


def _event(source: str, kind: str, detail: Json) -> Json:
    return {
        "version": "0",
        "id": "1de9a55a-39aa-d889-84eb-22d245492319",
        "source": source,
        "detail-type": kind,
        "account": _ACCOUNT,
        "region": _REGION,
        "time": "2026-11-22T10:00:00Z",
        "resources": [],
        "detail": detail,
    }


def _jobs(environment: str, status: str) -> list[Json]:
    name = f"{environment}-0d754b995a635aba473af65d4ec7258e-1-1"
    return [
        _event(
            "aws.transcribe",
            "Transcribe Job State Change",
            {"TranscriptionJobName": name, "TranscriptionJobStatus": status},
        ),
        _event(
            "aws.transcribe",
            "Call Analytics Job State Change",
            {"JobName": name, "JobStatus": status, "FailureReason": "", "AnalyticsJobDetails": {"Skipped": []}},
        ),
    ]


OURS = [*_jobs(ENVIRONMENT, "COMPLETED"), *_jobs(ENVIRONMENT, "FAILED")]
OTHERS = [*_jobs("neighbour", "COMPLETED"), *_jobs(ENVIRONMENT, "IN_PROGRESS"), *_jobs("", "COMPLETED")]


def findings(template: Json) -> Iterator[str]:
    for name, rule in of_type(template, "AWS::Events::Rule").items():
        pattern = _resolved(rule.get("EventPattern"))
        if not isinstance(pattern, dict):
            continue
        try:
            matcher = EventPattern.load(json.dumps(pattern))
            heard = [event for event in [*OURS, *OTHERS] if matcher.matches_event(cast("Any", event))]
        except Exception as error:  # noqa: BLE001  whatever the parser of patterns makes of nonsense
            yield f"{name}: no event pattern: {type(error).__name__}"
            continue
        sent = {str(event["detail-type"]) for event in OURS}
        kinds = pattern.get("detail-type")
        unsent = [kind for kind in kinds if kind not in sent] if isinstance(kinds, list) else []
        yield from (f"{name}: listens to {kind}, which nobody sends" for kind in unsent)
        if not any(_named(event, pattern) for event in OURS):
            yield f"{name}: listens to events that nobody sends"
        for event in (event for event in OURS if _named(event, pattern) and event not in heard):
            yield f"{name}: does not hear {event['detail-type']} {json.dumps(event['detail'])}"
        for event in (event for event in OTHERS if event in heard):
            yield f"{name}: hears what is not ours: {event['detail-type']} {json.dumps(event['detail'])}"


def _named(event: Json, pattern: Json) -> bool:
    sources, kinds = pattern.get("source"), pattern.get("detail-type")
    return (
        isinstance(sources, list)
        and event["source"] in sources
        and (not isinstance(kinds, list) or event["detail-type"] in kinds)
    )


def _resolved(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_resolved(item) for item in value]
    if isinstance(value, dict):
        if "Fn::Sub" in value:
            return re.sub(r"\$\{Environment\}", ENVIRONMENT, str(value["Fn::Sub"]))
        return {key: _resolved(item) for key, item in value.items()}
    return value
