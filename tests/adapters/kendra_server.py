"""Amazon Kendra as far as a query goes: its protocol, its filters, its readers. What it is asked and what it answers is
checked against the model of the service; how well it searches is not what it is for.
"""

import re
from collections.abc import Sequence

from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.bot.faq.entries import FaqEntry, Reader
from tests.adapters.service_model import operation, violations

_TARGET = "AWSKendraFrontendService."
_TYPE = "application/x-amz-json-1.1"


class AwsError(Exception):
    """An error as the service answers it."""

    def __init__(self, kind: str, message: str = "No.", status: int = 400) -> None:
        super().__init__(kind)
        self.kind, self.message, self.status = kind, message, status


class KendraServer:
    """Finds the entries that share most words with the query, as sure as `confidence` says."""

    def __init__(self, entries: Sequence[FaqEntry] = ()) -> None:
        self.entries = list(entries)
        self.confidence = "HIGH"
        self.requests: list[dict[str, JsonValue]] = []
        self.broken: list[str] = []
        self.failure: tuple[int, str] | None = None
        self.result: list[JsonValue] | None = None
        self.app = Starlette(routes=[Route("/", self._serve, methods=["POST"])])

    async def _serve(self, request: Request) -> Response:
        name = request.headers.get("x-amz-target", "").removeprefix(_TARGET)
        asked: dict[str, JsonValue] = await request.json()
        self.requests.append(asked)
        if self.failure:
            status, kind = self.failure
            return JSONResponse({"__type": kind, "message": "telltale of the vendor"}, status, media_type=_TYPE)
        model = operation("kendra", name)
        self.broken += [f"{name} request: {fault}" for fault in violations(model.input_shape, asked)]
        try:
            answer = self.answer(name, asked)
        except AwsError as error:
            return JSONResponse({"__type": error.kind, "message": error.message}, error.status, media_type=_TYPE)
        self.broken += [f"{name} answer: {fault}" for fault in violations(model.output_shape, answer)]
        return JSONResponse(answer, media_type=_TYPE)

    def answer(self, name: str, asked: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """The answer to the operation. Raises AwsError, and AssertionError for one that is not served here."""
        assert name == "Query", name
        items = self._items(asked) if self.result is None else self.result
        return {"QueryId": "q-1", "ResultItems": items, "TotalNumberOfResults": len(items)}

    def _items(self, asked: dict[str, JsonValue]) -> list[JsonValue]:
        language = _path(asked, "AttributeFilter", "EqualsTo", "Value", "StringValue") or "en"
        words = _words(str(asked.get("QueryText")))
        fitting = [
            (len(words & _words(f"{entry.question} {entry.answer}")), entry)
            for entry in self.entries
            if entry.language == language and _may_read(asked.get("UserContext"), entry)
        ]
        best = sorted((pair for pair in fitting if pair[0] > 1), key=lambda pair: -pair[0])[:4]
        return [item(entry.question, entry.answer, entry.source, self.confidence) for _, entry in best]


def item(
    question: str, answer: str, source: str | None = None, confidence: str = "HIGH", kind: str = "QUESTION_ANSWER"
) -> JsonValue:
    """A result as Kendra writes it."""
    attributes: list[JsonValue] = [_attribute("AnswerText", answer)]
    if kind == "QUESTION_ANSWER":
        attributes.insert(0, _attribute("QuestionText", question))
    found: dict[str, JsonValue] = {
        "Id": "r-1",
        "Type": kind,
        "Format": "TEXT",
        "AdditionalAttributes": attributes if kind != "DOCUMENT" else [],
        "DocumentId": "d-1",
        "DocumentTitle": {"Text": question, "Highlights": []},
        "DocumentExcerpt": {"Text": answer, "Highlights": []},
        "DocumentAttributes": [{"Key": "_source_uri", "Value": {"StringValue": source}}] if source else [],
        "ScoreAttributes": {"ScoreConfidence": confidence},
    }
    return found | ({"DocumentURI": source} if source else {})


def _attribute(key: str, text: str) -> JsonValue:
    value: JsonValue = {"TextWithHighlightsValue": {"Text": text, "Highlights": []}}
    return {"Key": key, "ValueType": "TEXT_WITH_HIGHLIGHTS_VALUE", "Value": value}


def _may_read(context: JsonValue, entry: FaqEntry) -> bool:
    """A query without a user sees everything: so does Kendra show it."""
    if not isinstance(context, dict):
        return True
    groups, user = context.get("Groups") or [], context.get("UserId")
    assert isinstance(groups, list)
    return Reader(frozenset(map(str, groups)), str(user) if user else None).may_read(entry.access)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.casefold()))


def _path(document: JsonValue, *names: str) -> str | None:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, str) else None
