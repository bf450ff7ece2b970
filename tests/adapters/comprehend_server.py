"""Amazon Comprehend as far as our requests go: what it is asked and what it answers is checked against the model of the
service. It finds a text as good as it has words of `good`, and an entity in each capitalised word; how well Comprehend
judges is not what it is for.
"""

import json
from collections.abc import Callable

from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.adapters.service_model import operation, violations
from tests.adapters.transcribe_server import AwsError

_TYPE = "application/x-amz-json-1.1"
_LIMIT = 5000
_WORDS = {"good": "Positive", "bad": "Negative", "mixed": "Mixed"}
Asked = dict[str, JsonValue]


class ComprehendServer:
    """`broken` names every break of the model. `faults` are answered one after the other, before all else; texts with a
    word of `refused` are in the error list, so many times as it says.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, Asked]] = []
        self.broken: list[str] = []
        self.faults: list[AwsError] = []
        self.refused: dict[str, int] = {}
        self.endpoints: dict[str, str] = {}
        self.app = Starlette(routes=[Route("/", self._serve, methods=["POST"])])
        self._operations: dict[str, Callable[[Asked], Asked]] = {
            "BatchDetectSentiment": lambda asked: self._batch(asked, _sentiment),
            "BatchDetectEntities": lambda asked: self._batch(
                asked, lambda text: {"Entities": _entities(text, "PERSON")}
            ),
            "BatchDetectDominantLanguage": lambda asked: self._batch(asked, _language),
            "DetectEntities": self._custom,
            "DetectPiiEntities": _personal_data,
            "ListEndpoints": self._list,
        }

    def asked(self, name: str) -> list[Asked]:
        """The requests for this operation, in order."""
        return [asked for operation_name, asked in self.requests if operation_name == name]

    async def _serve(self, request: Request) -> Response:
        name = request.headers.get("x-amz-target", "").removeprefix("Comprehend_20171127.")
        asked: Asked = await request.json()
        self.requests.append((name, asked))
        model = operation("comprehend", name)
        self.broken += [f"{name} request: {fault}" for fault in violations(model.input_shape, asked)]
        try:
            if self.faults:
                raise self.faults.pop(0)
            answer = self._operations[name](asked)
        except AwsError as error:
            body = {"__type": error.kind, "Message": error.message}
            return JSONResponse(body, error.status, media_type=_TYPE)
        self.broken += [f"{name} answer: {fault}" for fault in violations(model.output_shape, answer)]
        return JSONResponse(answer, media_type=_TYPE)

    def _batch(self, asked: Asked, judge: Callable[[str], Asked]) -> Asked:
        """The reference: 25 texts of 5,000 bytes at most, none of them empty."""
        texts: list[str] = json.loads(json.dumps(asked["TextList"]))
        if len(texts) > 25:
            raise AwsError("BatchSizeLimitExceededException")
        if any(len(text.encode()) > _LIMIT for text in texts):
            raise AwsError("TextSizeLimitExceededException")
        if any(not text.strip() for text in texts):
            raise AwsError("InvalidRequestException")
        results: list[JsonValue] = []
        errors: list[JsonValue] = []
        for index, text in enumerate(texts):
            word = next((word for word, times in self.refused.items() if word in text and times > 0), None)
            if word is None:
                results.append({"Index": index} | judge(text))
            else:
                self.refused[word] -= 1
                errors.append({"Index": index, "ErrorCode": "INTERNAL_SERVER_ERROR", "ErrorMessage": "telltale"})
        return {"ResultList": results, "ErrorList": errors}

    def _custom(self, asked: Asked) -> Asked:
        if asked.get("EndpointArn") not in self.endpoints:
            raise AwsError("ResourceUnavailableException")
        return {"Entities": _entities(str(asked["Text"]), "COMMERCIAL_ITEM")}

    def _list(self, asked: Asked) -> Asked:
        """One a page, so that the pages count."""
        wanted = json.loads(json.dumps(asked.get("Filter", {}))).get("Status")
        listed = [arn for arn, status in self.endpoints.items() if wanted in (None, status)]
        at = int(str(asked.get("NextToken", "0")))
        page: list[JsonValue] = [{"EndpointArn": arn, "Status": self.endpoints[arn]} for arn in listed[at : at + 1]]
        return {"EndpointPropertiesList": page} | ({"NextToken": str(at + 1)} if at + 1 < len(listed) else {})


def _sentiment(text: str) -> Asked:
    words = text.lower().split()
    found = {side: words.count(word) for word, side in _WORDS.items()}
    total = sum(found.values())
    shares: dict[str, JsonValue] = {side: count / total if total else 0.0 for side, count in found.items()}
    shares["Neutral"] = 0.0 if total else 1.0
    label = max(shares, key=lambda side: float(str(shares[side]))).upper()
    return {"Sentiment": label, "SentimentScore": shares}


def _entities(text: str, kind: str) -> list[JsonValue]:
    found: list[JsonValue] = []
    at = 0
    for word in text.split():
        begin = text.index(word, at)
        at = begin + len(word)
        if word[0].isupper():
            found.append({"Score": 0.9, "Type": kind, "Text": word, "BeginOffset": begin, "EndOffset": at})
    return found


def _language(text: str) -> Asked:
    code = "zh-TW" if "帳" in text else "es" if "hola" in text else "en"
    return {"Languages": [{"LanguageCode": code, "Score": 0.9}, {"LanguageCode": "fr", "Score": 0.1}]}


def _personal_data(asked: Asked) -> Asked:
    text = str(asked["Text"])
    if asked["LanguageCode"] not in ("en", "es"):
        raise AwsError("UnsupportedLanguageException")
    kinds = {"4111": "CREDIT_DEBIT_NUMBER", "Jo": "NAME", "maybe@x.org": "EMAIL"}
    return {
        "Entities": [
            {
                "Score": 0.3 if "maybe" in word else 0.99,
                "Type": kind,
                "BeginOffset": text.index(word),
                "EndOffset": text.index(word) + len(word),
            }
            for word, kind in kinds.items()
            if word in text
        ]
    }
