"""The check in front of the emulator sees what clients let through, in every protocol, and lets good requests be."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.adapters.checked_moto import CheckedMoto

MOTO = CheckedMoto()


@pytest.fixture(scope="module")
def client() -> Iterator[Callable[[str], Any]]:
    """Makes clients as a service has them, which check little by themselves."""
    with MOTO.serving() as url:
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
        yield lambda service: boto3.client(service, endpoint_url=url, config=config, **keys)


@pytest.fixture
def broken() -> list[str]:
    MOTO.broken.clear()
    return MOTO.broken


def test_good_requests_are_let_be(client: Callable[[str], Any], broken: list[str]) -> None:
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="a-bucket")
    s3.put_object(Bucket="a-bucket", Key="a b+c/ü.wav", Body=b"x" * 100, StorageClass="STANDARD_IA")
    assert s3.get_object(Bucket="a-bucket", Key="a b+c/ü.wav")["Body"].read() == b"x" * 100
    s3.list_objects_v2(Bucket="a-bucket", Prefix="a b")
    url = sqs.create_queue(QueueName="a-queue")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"
    assert broken == []
    for name in ("s3:PutObject", "s3:GetObject", "s3:ListObjectsV2", "sqs:SendMessage", "sqs:ReceiveMessage"):
        assert MOTO.seen[name] == 1


@pytest.mark.parametrize(
    ("call", "asked", "named"),
    [
        ("s3:put_object", {"Bucket": "b", "Key": "k", "StorageClass": "CHEAP"}, "StorageClass"),
        ("s3:put_object", {"Bucket": "b", "Key": "k", "ServerSideEncryption": "rot13"}, "ServerSideEncryption"),
        ("comprehend:detect_sentiment", {"Text": "good", "LanguageCode": "zz"}, "LanguageCode"),
        ("events:put_rule", {"Name": "no spaces"}, "Name"),
        ("secretsmanager:get_secret_value", {"SecretId": "x" * 2049}, "SecretId"),
        ("lexv2-runtime:recognize_text", {"botId": "BOT-BOT-BO", "botAliasId": "TSTALIASID", "localeId": "en_US",
                                             "sessionId": "s-1", "text": "hi"}, "botId"),
    ],
)  # fmt: skip
def test_what_the_service_would_refuse_is_named(
    client: Callable[[str], Any], broken: list[str], call: str, asked: dict[str, object], named: str
) -> None:
    service, _, name = call.partition(":")
    with suppress(ClientError):  # what moto makes of it is not the point
        getattr(client(service), name)(**asked)
    assert len(broken) == 1, broken
    assert named in broken[0]
