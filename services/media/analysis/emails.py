"""Addresses of e-mail, written and spoken."""

import re
from collections.abc import Iterator

_AT = r"(?:@|\s?[\[({]\s?at\s?[\])}]\s?)"
_WRITTEN = re.compile(rf"[\w.+%'-]{{1,64}}{_AT}(?:[\w-]{{1,63}}\.){{1,8}}[A-Za-z]{{2,24}}\b")
_TLD = (
    r"(?:com|org|net|edu|gov|io|co|uk|de|fr|es|it|nl|us|ca|au|ie|in|eu|info|biz|me|app|bank|"
    r"ch|at|be|se|no|dk|pl|jp|mx|br)"
)
_JOINT = r"(?:dot|point|underscore|under score|dash|hyphen|minus|plus|\.|_|-|\+)"
_PART = r"[^\W_]{1,40}"
_SPOKEN = re.compile(
    rf"(?<!['’])\b(?P<local>(?:{_PART}\s?{_JOINT}\s?){{1,4}}{_PART}|(?:\w\s){{1,30}}\w{{1,2}}|"
    rf"{_PART})\s(?:at|@)(?:\ssign)?\s"
    rf"(?:{_PART}\s?(?:dash|-)?\s?){{1,3}}(?:(?:dot|\.)\s?{_PART}\s?){{0,2}}(?:\s?dot\s|"
    rf"\.)\s?{_TLD}\b(?:\s?(?:dot\s|\.){_TLD}\b)?",
    re.IGNORECASE,
)
_NO_NAMES = frozenset(
    [
        "us",
        "look",
        "find",
        "found",
        "online",
        "website",
        "site",
        "available",
        "shop",
        "page",
        "go",
        "is",
        "was",
        "here",
        "it",
        "out",
        "bank",
        "visit",
        "that",
        "this",
        "up",
        "deal",
        "prices",
        "sale",
        "more",
        "them",
        "me",
        "you",
        "we",
        "they",
        "him",
        "her",
        "us",
        "now",
        "back",
        "today",
        "there",
        "working",
        "work",
        "live",
        "arrive",
        "meet",
        "stop",
        "start",
        "one",
        "all",
        "order",
        "orders",
    ]
)
_CUE = re.compile(r"\be-?mails?\b", re.IGNORECASE)
_LEAD = re.compile(
    r"\b(?:is|it's|its|address|e-?mail|use|under|yes|yeah|sure|okay|ok|um|uh|to|at|that's)\b[:,]?\s*", re.IGNORECASE
)


def written_emails(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each."""
    return (hit.span() for hit in _WRITTEN.finditer(text))


def spoken_emails(text: str) -> Iterator[tuple[int, int]]:
    """`jo dot do at example dot com`; the words before it belong to it where an e-mail was spoken of."""
    for hit in _SPOKEN.finditer(text):
        local = hit.group("local").casefold()
        if local.split()[-1] in _NO_NAMES and len(local.split()) == 1:
            continue
        yield _beginning(text, hit.start("local")), hit.end()


def _beginning(text: str, at: int) -> int:
    before = text[max(0, at - 60) : at]
    if not _CUE.search(before):
        return at
    leads = list(_LEAD.finditer(before))
    return at - len(before) + leads[-1].end() if leads else at
