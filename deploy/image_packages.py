"""What of its packages an image does without.  `python image_packages.py SITE-PACKAGES SERVICE`

Most of what some packages bring is never reached from here: the clients of four hundred AWS services and of all that
Twilio sells, SciPy's other half, the names of towns by telephone number. Whatever is taken away, `image_proof.py` then
imports and opens everything that the service could use.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# Those that the services call, and those that botocore asks for credentials.
AWS_SERVICES = frozenset(
    {"bedrock-runtime", "comprehend", "kendra", "lexv2-runtime", "s3", "sqs", "transcribe"} | {"sso", "sso-oidc", "sts"}
)
# Those in which Lex's slots are understood; the bot's own are among them.
LANGUAGES = frozenset({"de", "en", "es", "fr", "it", "pt"})

# Patterns below site-packages.
_UNUSED = (
    "alembic/testing",
    "boto3/data/*",  # resources; clients need none
    "boto3/examples",
    "dateutil/zoneinfo/*.tar.gz",  # the system's and tzdata's are used
    "numpy/*/tests",
    "numpy/_core/include",
    "numpy/_core/lib",
    "numpy/distutils",
    "numpy/tests",
    "phonenumbers/carrierdata",
    "phonenumbers/geodata",
    "phonenumbers/tzdata",
    "rapidfuzz/__pyinstaller",
    "scipy/**/tests",
    "scipy/_external/cobyqa",
    "scipy/_external/pyprima",
    "scipy/cluster",
    "scipy/datasets",
    "scipy/differentiate",
    "scipy/fftpack",
    "scipy/integrate",
    "scipy/interpolate",
    "scipy/io",
    "scipy/misc",
    "scipy/ndimage",
    "scipy/odr",
    "scipy/optimize",
    "scipy/signal",
    "scipy/spatial",
    "scipy/stats",
    "slack",  # the name slack_sdk had before
    "slack_sdk/audit_logs",
    "slack_sdk/rtm",
    "slack_sdk/rtm_v2",
    "slack_sdk/scim",
    "slack_sdk/socket_mode",
    "sqlalchemy/dialects/mssql",
    "sqlalchemy/dialects/mysql",
    "sqlalchemy/dialects/oracle",
    "sqlalchemy/testing",
    "twilio/rest",
    # For compilers and type checkers
    "**/*.c",
    "**/*.h",
    "**/*.pxd",
    "**/*.pyi",
    "**/*.pyx",
)

# SciPy is sparse matrices to bot and lex, for which it needs no BLAS; media has factors of matrices and transforms too.
_ALL_BUT_SPARSE = (
    "scipy.libs",
    "scipy/constants",
    "scipy/fft",
    "scipy/linalg",
    "scipy/sparse/linalg",
    "scipy/special",
)
_UNUSED_BY = {
    "bot": _ALL_BUT_SPARSE,
    # Its language model is large; only the words are asked for, and they are in services/lex/speech.
    "lex": (*_ALL_BUT_SPARSE, "pocketsphinx/model/en-us/en-us.lm.bin"),
}


def unused(site: Path, service: str) -> Iterator[Path]:
    """Every file and folder below `site` to take away."""
    for pattern in (*_UNUSED, *_UNUSED_BY.get(service, ())):
        yield from site.glob(pattern)
    models = site / "botocore/data"
    yield from (path for path in models.glob("*") if path.is_dir() and path.name not in AWS_SERVICES)
    for path in (site / "babel/locale-data").glob("*.dat"):
        if path.stem != "root" and path.stem.partition("_")[0] not in LANGUAGES:
            yield path


def trim(site: Path, service: str) -> None:
    for path in sorted(set(unused(site, service))):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # gone with its folder


if __name__ == "__main__":
    trim(Path(sys.argv[1]), sys.argv[2])
