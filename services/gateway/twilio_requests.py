"""Proof that a request comes from Twilio, for the account that is ours.

Twilio signs the URL it was given and the sorted parameters with the account's auth token (HMAC-SHA-1, "Webhooks
security"). The URL is built from the address of our own that is configured, so that proxies may change what they like.
"""

import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

from shared.errors import Forbidden, MalformedRequest, UnsupportedMedia

_FORM = "application/x-www-form-urlencoded"
_FIELDS = 300


class Form(Mapping[str, str]):
    """The parameters of a request. One that comes twice has no value of its own: `getlist` has all of them."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        values = self._values[name]
        if len(values) > 1:
            raise KeyError(name)
        return values[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getlist(self, name: str) -> list[str]:
        return self._values[name]


class TwilioRequests:
    def __init__(self, *, account_sid: str, auth_token: str, public_url: str) -> None:
        self._account_sid = account_sid
        self._validator = RequestValidator(auth_token)
        self._public_url = public_url.rstrip("/")

    def url(self, path: str) -> str:
        """The path as Twilio is to call it."""
        return self._public_url + path

    def verified(self, *, path: str, query: str, content_type: str, body: bytes, signature: str | None) -> Form:
        """The parameters of a request that Twilio has signed.

        Raises UnsupportedMedia or MalformedRequest for what is no form, Forbidden for all that is not Twilio's.
        """
        if content_type.partition(";")[0].strip().lower() != _FORM:
            raise UnsupportedMedia("A form is expected.")
        try:
            pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
        except ValueError:  # not ASCII, no UTF-8 behind the escapes, or far too many fields
            raise MalformedRequest("The form cannot be read.") from None
        form = Form(pairs)
        url = self._public_url + path + (f"?{query}" if query else "")
        if not signature or not self._validator.validate(url, form, signature):
            raise Forbidden("The request is not signed by Twilio.")
        if not hmac.compare_digest(form.get("AccountSid", "").encode(), self._account_sid.encode()):
            raise Forbidden("The request is of another account.")
        return form
