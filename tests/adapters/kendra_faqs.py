"""Amazon Kendra with FAQs of its own, and the part of Amazon S3 that it reads them from: a FAQ is made from a file, is
searched when it is ACTIVE, and cannot be changed. Every request and answer of Kendra is checked with its model.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.bot.faq.entries import FaqEntry
from services.bot.faq.reading import read_faq
from tests.adapters.kendra_server import AwsError, KendraServer

BUCKET = "faq-files"
ROLE = "arn:aws:iam::123456789012:role/omni-lex-kendra-faq"
_XML = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>No.</Message></Error>'


@dataclass
class Faq:
    faq_id: str
    asked: dict[str, JsonValue]
    status: str = "CREATING"
    entries: list[FaqEntry] = field(default_factory=list)
    reason: str | None = None

    @property
    def name(self) -> str:
        return str(self.asked["Name"])

    @property
    def path(self) -> dict[str, JsonValue]:
        path = self.asked["S3Path"]
        assert isinstance(path, dict)
        return path


class KendraWithFaqs(KendraServer):
    """`slow` FAQs stay CREATING until they are no more. `hurdles` are raised by the operations they are named for, one
    after the other, before anything is done, or `after` it: then the answer is lost, as is every one about the making
    of FAQs with `unheard` in their name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, bytes] = {}
        self.faqs: dict[str, Faq] = {}
        self.log: list[str] = []
        self.slow = False
        self.hurdles: dict[str, list[AwsError]] = {}
        self.after: dict[str, list[AwsError]] = {}
        self.unheard: str | None = None
        self.app.routes.append(Route("/{bucket}/{key:path}", self._object, methods=["PUT", "HEAD", "DELETE"]))

    @property
    def searched(self) -> list[Faq]:
        return [faq for faq in self.faqs.values() if faq.status == "ACTIVE"]

    def answer(self, name: str, asked: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if self.hurdles.get(name):
            raise self.hurdles[name].pop(0)
        self.entries = [entry for faq in self.searched for entry in faq.entries]
        operations: dict[str, Callable[[dict[str, JsonValue]], dict[str, JsonValue]]] = {
            "CreateFaq": self._create,
            "DescribeFaq": self._describe,
            "DeleteFaq": self._delete,
            "ListFaqs": self._list,
        }
        done = operations[name](asked) if name in operations else super().answer(name, asked)
        if self.after.get(name):
            raise self.after[name].pop(0)
        if name == "CreateFaq" and self.unheard and self.unheard in str(asked["Name"]):
            raise AwsError("InternalServerException", status=500)
        return done

    def _create(self, asked: dict[str, JsonValue]) -> dict[str, JsonValue]:
        same = [faq for faq in self.faqs.values() if faq.asked["ClientToken"] == asked["ClientToken"]]
        if not same:
            same = [Faq(f"faq-{len(self.faqs) + 1}", asked)]
            self.faqs[same[0].faq_id] = same[0]
            self.log.append(f"create {same[0].name}")
        return {"Id": same[0].faq_id}

    def _describe(self, asked: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """What is under way ends when it is looked at."""
        faq = self._faq(asked)
        if faq.status == "CREATING" and not self.slow:
            self._read(faq)
        told: dict[str, JsonValue] = {"Id": faq.faq_id, "Name": faq.name, "Status": faq.status}
        if faq.status == "DELETING":
            faq.status = "GONE"
        return told | ({"ErrorMessage": faq.reason} if faq.reason else {})

    def _read(self, faq: Faq) -> None:
        content = self.objects.get(f"{faq.path['Bucket']}/{faq.path['Key']}")
        entries, _, faults = read_faq(content or b"", language=str(faq.asked["LanguageCode"]))
        looks_like = "JSON" if content and content.startswith(b"{") else "CSV_WITH_HEADER"
        faq.reason = (
            faq.reason
            or ("The file cannot be read." if content is None or faults.errors else None)
            or ("The format is another." if looks_like != faq.asked["FileFormat"] else None)
        )
        faq.status = "FAILED" if faq.reason else "ACTIVE"
        faq.entries = [
            replace(entry, question=way) for entry in entries for way in (entry.question, *entry.alternatives)
        ]
        self.log.append(f"{faq.status.lower()} {faq.name}")

    def _delete(self, asked: dict[str, JsonValue]) -> dict[str, JsonValue]:
        faq = self._faq(asked)
        if faq.status == "CREATING":
            raise AwsError("ConflictException")
        faq.status = "DELETING"
        self.log.append(f"delete {faq.name}")
        return {}

    def _list(self, asked: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """One a page."""
        faqs = [faq for faq in self.faqs.values() if faq.status != "GONE"]
        start = int(str(asked.get("NextToken") or 0))
        page: dict[str, JsonValue] = {
            "FaqSummaryItems": [{"Id": faq.faq_id, "Name": faq.name} for faq in faqs[start : start + 1]]
        }
        return page | ({"NextToken": str(start + 1)} if start + 1 < len(faqs) else {})

    def _faq(self, asked: dict[str, JsonValue]) -> Faq:
        faq = self.faqs.get(str(asked["Id"]))
        if faq is None or faq.status == "GONE":
            raise AwsError("ResourceNotFoundException")
        return faq

    async def _object(self, request: Request) -> Response:
        bucket, name = request.path_params["bucket"], f"{request.path_params['bucket']}/{request.path_params['key']}"
        if bucket != BUCKET:
            return Response(_XML.format(code="NoSuchBucket"), 404, media_type="application/xml")
        if request.method == "PUT":
            self.objects[name] = await request.body()
        if request.method == "DELETE":
            self.objects.pop(name, None)
            return Response(status_code=204)
        if name not in self.objects:
            return Response(status_code=404)
        headers = {"etag": '"e"', "last-modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
        if request.method == "HEAD":
            headers["content-length"] = str(len(self.objects[name]))
        return Response(headers=headers)
