"""The bank's frequently asked questions: searching them, changing them, and what nobody could answer."""

from typing import Literal

from pydantic import Field

from shared.schemas.base import Moment, Wire

FaqFormat = Literal["csv", "json", "kendra-csv", "kendra-json"]


class FaqAnswer(Wire):
    """`source` is where the answer can be read in full. `groups` are those who may read it; empty means everybody.

    `score` is 0..1, comparable between searches; null when the search engine tells none.
    """

    question: str
    answer: str
    source: str | None = None
    score: float | None = Field(None, ge=0, le=1)
    topic: str | None = None
    language: str | None = Field(None, description="of the answer, ISO 639-1", examples=["en"])
    groups: list[str] = Field(default_factory=list)


class FaqResults(Wire):
    """Best first. Empty when nothing answers the question: that is an answer too.

    `language` is the one that was searched: not the one asked for when the FAQ has no entries in that.
    """

    query: str
    answers: list[FaqAnswer]
    language: str = "en"


class FaqPublication(Wire):
    """How far the search service is with a version: taking it over, or giving it up for another one.

    `reason` is what went wrong last, by language. What has failed stays so until the version is activated once more.
    """

    status: Literal["publishing", "published", "failed", "withdrawing", "withdrawn"]
    reason: str | None = None
    updated_at: Moment | None = None


class FaqVersion(Wire):
    """One state of the whole FAQ. `entries` counts them by language.

    `publication` is null while it is searched in the bot itself, and for a version that was never to be published.
    """

    number: int
    active: bool
    origin: Literal["shipped", "import"]
    note: str
    entries: dict[str, int]
    created_at: Moment
    created_by: str
    publication: FaqPublication | None = None


class FaqFault(Wire):
    """What is wrong with a row of a file: rows are counted from 1, the header being row 1 of a CSV file."""

    row: int | None = Field(None, description="null when it is about the file as a whole")
    column: str | None = None
    detail: str


class FaqChanges(Wire):
    """Entries by topic, each with its language in front: `en/opening-hours`. At most 200 of each kind are named."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    unchanged: int


class FaqImport(Wire):
    """What an import did, or would do. `version` is null after a dry run, and when nothing changes."""

    version: FaqVersion | None
    rows: int
    entries: dict[str, int]
    changes: FaqChanges
    warnings: list[FaqFault]


class UnansweredQuestion(Wire):
    """A question without an answer, as it was asked; every digit of it is masked."""

    question_id: str
    question: str
    language: str
    asked: int
    channels: dict[str, int]
    first_asked_at: Moment
    last_asked_at: Moment
    done_at: Moment | None = None
    done_by: str | None = None
