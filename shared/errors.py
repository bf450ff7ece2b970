"""Errors a caller may see, as RFC 9457 problem details. Framework-free: `shared.app` turns them into answers.

Problem
├── InvalidRequest 422        ├── NotFound 404           ├── UpstreamFailed 502
├── MalformedRequest 400
├── Unauthenticated 401       ├── Conflict 409           ├── Unavailable 503
├── Forbidden 403             ├── PayloadTooLarge 413    └── UpstreamTimeout 504
├── TooManyRequests 429       ├── UnsupportedMedia 415
└── RangeNotSatisfiable 416
"""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import JsonValue

PROBLEM_BASE = "https://omnilex.dev/problems/"
PROBLEM_MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An expected failure. `detail` is a sentence for the caller; `members` are extension members of the body."""

    slug: ClassVar[str] = "problem"
    title: ClassVar[str] = "The request failed"
    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str = "",
        *,
        members: Mapping[str, JsonValue] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.members = dict(members or {})
        self.headers = dict(headers or {})


class InvalidRequest(Problem):
    slug, title, status = "invalid-request", "The request is not valid", 422


class MalformedRequest(Problem):
    slug, title, status = "malformed-request", "The request cannot be read", 400


class Unauthenticated(Problem):
    slug, title, status = "unauthenticated", "Sign-in is needed", 401


class Forbidden(Problem):
    slug, title, status = "forbidden", "Not allowed", 403


class NotFound(Problem):
    slug, title, status = "not-found", "Not found", 404


class Conflict(Problem):
    slug, title, status = "conflict", "In conflict with the present state", 409


class PayloadTooLarge(Problem):
    slug, title, status = "payload-too-large", "The body is too large", 413


class UnsupportedMedia(Problem):
    slug, title, status = "unsupported-media", "This kind of content is not accepted", 415


class RangeNotSatisfiable(Problem):
    slug, title, status = "range-not-satisfiable", "There is no such part", 416


class TooManyRequests(Problem):
    slug, title, status = "too-many-requests", "Too many requests", 429


class UpstreamFailed(Problem):
    slug, title, status = "upstream-failed", "A service behind this one failed", 502


class Unavailable(Problem):
    slug, title, status = "unavailable", "Not available at the moment", 503


class UpstreamTimeout(Problem):
    slug, title, status = "upstream-timeout", "A service behind this one did not answer in time", 504


def problem_body(
    *, slug: str | None, title: str, status: int, detail: str, request_id: str, members: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """The RFC 9457 document; without a slug its `type` is `about:blank`."""
    body: dict[str, JsonValue] = {
        "type": PROBLEM_BASE + slug if slug else "about:blank",
        "title": title,
        "status": status,
        "request_id": request_id,
    }
    if detail:
        body["detail"] = detail
    return {**members, **body}
