"""An entry of the FAQ, and who may read it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.callers import ROLES, Caller

MAX_QUESTION = 500
MAX_ANSWER = 2000
MAX_ALTERNATIVES = 60
MAX_ENTRIES = 5000
STAFF = "staff"
CUSTOMERS = "customers"

_NOT_IN_TOPIC = re.compile(r"[^\w]+")
AttributeValue = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """Names in the sense of Amazon Kendra: who is denied never reads it; with somebody allowed, nobody else does."""

    allowed_groups: tuple[str, ...] = ()
    allowed_users: tuple[str, ...] = ()
    denied_groups: tuple[str, ...] = ()
    denied_users: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether everybody may read the entry."""
        return not (self.allowed_groups or self.allowed_users or self.denied_groups or self.denied_users)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks. A customer has no name here."""

    groups: frozenset[str]
    user: str | None = None

    def may_read(self, access: Access) -> bool:
        if self.user in access.denied_users or self.groups & set(access.denied_groups):
            return False
        if not access.allowed_groups and not access.allowed_users:
            return True
        return self.user in access.allowed_users or bool(self.groups & set(access.allowed_groups))


CUSTOMER = Reader(frozenset({CUSTOMERS}))


def reader(caller: Caller) -> Reader:
    """Staff read as `staff` and as each of their roles, an admin as every role; everybody else as a customer."""
    if caller.kind != "staff":
        return CUSTOMER
    roles = ROLES if "admin" in caller.roles else caller.roles
    return Reader(frozenset({STAFF, *roles}), caller.subject)


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """A question with its answer in one language.

    `topic` is the same in every language. `alternatives` are other ways to ask it; they are searched, never shown.
    `attributes` are the custom ones of a Kendra file, kept as they came.
    """

    topic: str
    language: str
    question: str
    answer: str
    source: str | None = None
    category: str | None = None
    alternatives: tuple[str, ...] = ()
    access: Access = Access()
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.language, self.topic


def topic_of(question: str) -> str:
    """A topic for an entry that names none: its question's words."""
    return _NOT_IN_TOPIC.sub("-", question.casefold()).strip("-")[:100]


def language_of(locale: str) -> str:
    """The language of a Lex locale or a BCP 47 tag: `es_US` and `es-419` are `es`."""
    return re.split(r"[-_]", locale, maxsplit=1)[0].casefold()


def counted(entries: Iterable[FaqEntry]) -> dict[str, int]:
    """How many entries there are in each language."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.language] = counts.get(entry.language, 0) + 1
    return dict(sorted(counts.items()))
