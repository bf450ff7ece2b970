"""Answers from the FAQ."""

from pydantic import Field

from shared.schemas.base import Wire


class FaqAnswer(Wire):
    """`score` is 0..1, comparable within one index; `source` is where the answer can be read in full."""

    question: str
    answer: str
    source: str | None = None
    score: float = Field(ge=0, le=1)


class FaqResults(Wire):
    """Best first. Empty when nothing answers the question: that is an answer too."""

    query: str
    answers: list[FaqAnswer]
