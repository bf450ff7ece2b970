"""What compose's profile `emulator` makes, in the same emulator."""

import runpy
from pathlib import Path
from urllib.parse import quote_plus

import boto3
import pytest

SCRIPT = Path(__file__).parents[2] / "deploy/compose/emulator.py"


@pytest.fixture
def made(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "AWS_ENDPOINT_URL": moto_url,
        "AWS_ACCESS_KEY_ID": "emulator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    make = runpy.run_path(str(SCRIPT))["make"]
    make()
    return str(make())  # again: changes nothing


@pytest.mark.parametrize(
    ("key", "told"), [("originalAudio/a b.wav", True), ("conversationLogs/x.jsonl", True), ("mp3/a.mp3", False)]
)
def test_queue_tells_of_new_objects_in_the_watched_folders(made: str, key: str, told: bool) -> None:
    sqs = boto3.client("sqs")
    boto3.client("s3").put_object(Bucket="omni-lex-sentiment-source-audio", Key=key, Body=b"x")
    bodies = []
    while messages := sqs.receive_message(QueueUrl=made, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    assert any(quote_plus(key) in body for body in bodies) is told
