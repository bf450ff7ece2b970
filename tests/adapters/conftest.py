"""Amazon Web Services as an emulator plays them, for the tests of this folder."""

from collections.abc import Iterator

import aioboto3
import pytest

from tests.adapters.checked_moto import CheckedMoto
from tests.aws_models import strict_session


@pytest.fixture(scope="module")
def moto_endpoint() -> Iterator[str]:
    """The address of an emulator that the tests of a module share; they fail when a request broke a model."""
    moto = CheckedMoto()
    with moto.serving() as url:
        yield url
    assert not moto.broken, moto.broken


@pytest.fixture
def aws_environment(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that are told nothing else find the emulator."""
    values = {
        "AWS_ENDPOINT_URL": moto_endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def session() -> aioboto3.Session:
    """Its clients refuse what the official models of the services do. One for all: it keeps what it has read."""
    return strict_session()
