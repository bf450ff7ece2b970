"""AWS Signature Version 4, verified. Source: "Create a signed AWS API request", IAM user guide."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from services.lex.errors import AccessDenied

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
_SERVICE = "lex"
_WINDOW = timedelta(minutes=5)
_HEADER = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<key>[^/,\s]+)/(?P<day>\d{{8}})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)"
    r"/aws4_request,\s*SignedHeaders=(?P<headers>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_DENIED = "The security token included in the request is invalid."
_MISMATCH = "The request signature we calculated does not match the signature you provided."


class SignedRequest(NamedTuple):
    """A request as it arrived: `path` still percent-encoded, the headers with lower-case names."""

    method: str
    path: str
    query: str
    headers: Mapping[str, Sequence[str]]
    body: bytes

    def header(self, name: str) -> str:
        return ",".join(" ".join(value.split()) for value in self.headers.get(name, ()))


class SignatureVerifier:
    """Checks requests against one key pair."""

    def __init__(self, access_key_id: str, secret_access_key: str) -> None:
        self._key_id = access_key_id.encode()
        self._secret = secret_access_key.encode()

    def verify(self, request: SignedRequest, now: datetime, *, unsigned_payload: bool = False) -> None:
        """Returns when the request is signed with the key; `unsigned_payload` lets it leave out its body.

        Raises AccessDenied for a missing, foreign, old or wrong signature, or a body that is not the one signed.
        """
        given = _HEADER.fullmatch(request.header("authorization"))
        if given is None:
            raise AccessDenied("Missing Authentication Token")
        names = given["headers"].split(";")
        if not {"host", "x-amz-date"} <= set(names) or given["service"] != _SERVICE:
            raise AccessDenied("The signature does not cover what it must.")
        moment = _moment(request.header("x-amz-date"), given["day"])
        if abs(now - moment) > _WINDOW:
            raise AccessDenied("Signature expired.")
        if not hmac.compare_digest(given["key"].encode(), self._key_id):
            raise AccessDenied(_DENIED)
        scope = f"{given['day']}/{given['region']}/{_SERVICE}/aws4_request"
        key = self._signing_key(given["day"], given["region"])
        wanted = (
            _signature(key, scope, request, names, payload) for payload in _payloads(request, unsigned=unsigned_payload)
        )
        if not any(hmac.compare_digest(one, given["signature"]) for one in wanted):
            raise AccessDenied(_MISMATCH)

    def _signing_key(self, day: str, region: str) -> bytes:
        key = b"AWS4" + self._secret
        for part in (day, region, _SERVICE, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key


def _moment(stamp: str, day: str) -> datetime:
    try:
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise AccessDenied("The date of the signature is not valid.") from error
    if not stamp.startswith(day):
        raise AccessDenied("The date of the signature is not that of its credential.")
    return moment


def _payloads(request: SignedRequest, *, unsigned: bool) -> list[str]:
    """The payload hashes that may have been signed for this body. Raises AccessDenied for another one announced."""
    actual = hashlib.sha256(request.body).hexdigest()
    announced = request.header("x-amz-content-sha256")
    allowed = [actual, UNSIGNED] if unsigned else [actual]
    if not announced:
        return allowed
    if announced not in allowed:
        raise AccessDenied(_MISMATCH)
    return [announced]


def _signature(key: bytes, scope: str, request: SignedRequest, names: list[str], payload: str) -> str:
    canonical = "\n".join(
        [
            request.method,
            quote(request.path, safe="/~"),  # encoded once on the wire, and once more here, as all but S3 want it
            _canonical_query(request.query),
            *(f"{name}:{request.header(name)}" for name in names),
            "",
            ";".join(names),
            payload,
        ]
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join([ALGORITHM, request.header("x-amz-date"), scope, hashed])
    return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical_query(query: str) -> str:
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{name}={value}" for name, value in pairs)
