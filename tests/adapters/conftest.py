"""Amazon Web Services as an emulator plays them, for the tests of this folder."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aioboto3
import pytest

from shared.aws import S3Blobs, open_s3
from shared.blobs import Blobs, FolderBlobs
from shared.processes import Processes
from tests.adapters.checked_moto import CheckedMoto
from tests.aws_models import strict_session

BUCKETS = ("omni-lex-sentiment-source-audio", "omni-lex-sentiment-custom-source-files")


@pytest.fixture(scope="module")
def moto_endpoint() -> Iterator[str]:
    """The address of an emulator that the tests of a module share; they fail when a request broke a model."""
    moto = CheckedMoto()
    with moto.serving() as url:
        yield url
    assert not moto.broken, moto.broken


@pytest.fixture
def aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def aws_environment(aws_credentials: None, moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that are told nothing else find the emulator."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_endpoint)


@pytest.fixture(scope="module")
def session() -> aioboto3.Session:
    """Its clients refuse what the official models of the services do. One for all: it keeps what it has read."""
    return strict_session()


@pytest.fixture(scope="module")
def desk() -> Iterator[Processes]:
    """Child processes in which the tests of a module analyse: starting one takes longer than most tests."""
    processes = Processes(2, "media", "CRITICAL")
    yield processes
    asyncio.run(processes.close())


@pytest.fixture
async def s3(aws_environment: None, session: aioboto3.Session, tmp_path: Path) -> AsyncIterator[S3Blobs]:
    """Empty buckets of this test alone: their prefix is the test's own folder's name."""
    prefix = "".join(letter for letter in tmp_path.name.lower() if letter.isalnum())[-20:] + "-"
    async with open_s3(prefix, session) as blobs:
        for bucket in BUCKETS:
            await blobs._client.create_bucket(Bucket=prefix + bucket)
            for found in await blobs.listing(bucket, ""):
                await blobs.delete(bucket, found.key)
        yield blobs


@pytest.fixture
def folder(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "objects")


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest) -> Blobs:
    store: Blobs = request.getfixturevalue(request.param)
    return store
