"""Makes in an emulator of AWS what `infra/objects.yaml` makes in an account: the buckets, and a queue of new objects.

Run once by compose's profile `emulator`, with boto's own environment variables. Made again, it changes nothing.
"""

import json
import os
from typing import Any

import botocore.session

BUCKETS = (
    "omni-lex-sentiment-source-audio",
    "omni-lex-sentiment-bulk-upload",
    "omni-lex-sentiment-transcribe-output",
    "omni-lex-sentiment-custom-source-files",
)
QUEUE = "omnilex-arrivals"
FOLDERS = ("originalAudio/", "conversationLogs/")


def make() -> str:
    """The URL of the queue."""
    session = botocore.session.get_session()
    s3: Any = session.create_client("s3")
    sqs: Any = session.create_client("sqs")
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=bucket)
    unreadable = sqs.create_queue(QueueName=f"{QUEUE}-unreadable")["QueueUrl"]
    redrive = {"deadLetterTargetArn": _arn(sqs, unreadable), "maxReceiveCount": 10}
    queue = sqs.create_queue(QueueName=QUEUE, Attributes={"RedrivePolicy": json.dumps(redrive)})["QueueUrl"]
    rules = [
        {
            "QueueArn": _arn(sqs, queue),
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": folder}]}},
        }
        for folder in FOLDERS
    ]
    s3.put_bucket_notification_configuration(
        Bucket=BUCKETS[0], NotificationConfiguration={"QueueConfigurations": rules}
    )
    return str(queue)


def _arn(sqs: Any, url: str) -> str:  # noqa: ANN401  botocore's clients have no types
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(told["Attributes"]["QueueArn"])


if __name__ == "__main__":
    print(make(), "at", os.environ.get("AWS_ENDPOINT_URL", "AWS"))
