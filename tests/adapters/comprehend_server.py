"""Amazon Comprehend as far as our requests go: what it is asked and what it answers is checked against the model of the
service. It finds a text as good as it has words of `good`, and an entity in each capitalised word; how well Comprehend
judges is not what it is for.
"""

import json
from collections.abc import Callable

from pydantic import JsonValue

from tests.adapters.modelled_server import Asked, AwsError, JsonServer

_LIMIT = 5000
_WORDS = {"good": "Positive", "bad": "Negative", "mixed": "Mixed"}


class ComprehendServer(JsonServer):
    """Texts with a word of `refused` are in the error list, so many times as it says."""

    def __init__(self) -> None:
        operations: dict[str, Callable[[Asked], Asked]] = {
            "BatchDetectSentiment": lambda asked: self._batch(asked, _sentiment),
            "BatchDetectEntities": lambda asked: self._batch(
                asked, lambda text: {"Entities": _entities(text, "PERSON")}
            ),
            "BatchDetectDominantLanguage": lambda asked: self._batch(asked, _language),
            "DetectEntities": self._custom,
            "DetectPiiEntities": _personal_data,
            "ListEndpoints": self._list,
        }
        super().__init__("comprehend", "Comprehend_20171127", operations)
        self.refused: dict[str, int] = {}
        self.endpoints: dict[str, str] = {}

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
