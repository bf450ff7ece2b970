"""FAQs of an Amazon Kendra index: made from a file in Amazon S3, followed until they are searched, taken away.

Sources: the botocore model of `kendra` (CreateFaq, DescribeFaq, ListFaqs, DeleteFaq); the developer guide, "Adding
frequently asked questions (FAQs) to an index". A FAQ cannot be changed: a new one takes its place.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Literal

from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError, ParamValidationError

from services.bot.faq.entries import FaqEntry
from services.bot.faq.ports import FaqRefused, HostedFaq
from services.bot.faq.writing import write_faq
from shared.aws import AWS_CONFIG, aws_session, open_s3, translated_errors
from shared.blobs import Blobs
from shared.errors import Forbidden, NotFound, Problem, Unavailable

if TYPE_CHECKING:
    from types_aiobotocore_kendra import KendraClient
    from types_aiobotocore_kendra.type_defs import ListFaqsRequestTypeDef

_CONFIG = AWS_CONFIG.merge(AioConfig(retries={"mode": "standard", "total_max_attempts": 1}))  # the publisher retries
MAX_FILE_BYTES = 5 * 1024 * 1024
_ENDINGS: dict[Literal["CSV_WITH_HEADER", "JSON"], str] = {"CSV_WITH_HEADER": "csv", "JSON": "json"}
_STATES: dict[str, Literal["creating", "active", "failed", "deleting"]] = {
    "CREATING": "creating",
    "UPDATING": "creating",
    "ACTIVE": "active",
    "FAILED": "failed",
    "DELETING": "deleting",
}
# Kendra's words for "not now". A conflict ends when the index, or the FAQ, is done with what it is doing.
_NOT_NOW = frozenset({"ThrottlingException", "TooManyRequestsException", "ConflictException", "ResourceInUseException"})


class KendraFaqs:
    """Takes an open client, the index, and where Kendra reads files: `role_arn` is the role with which it does."""

    def __init__(
        self, client: "KendraClient", blobs: Blobs, *, index_id: str, bucket: str, prefix: str, role_arn: str
    ) -> None:
        self._client = client
        self._blobs = blobs
        self._index_id = index_id
        self._bucket = bucket
        self._prefix = prefix
        self._role_arn = role_arn

    async def create(self, name: str, language: str, entries: Sequence[FaqEntry]) -> str:
        kind = _format(entries)
        content = write_faq(entries, "kendra-csv" if kind == "CSV_WITH_HEADER" else "kendra-json")
        if len(content) > MAX_FILE_BYTES:
            raise FaqRefused(f"The file of {len(content)} bytes is larger than Amazon Kendra takes.")
        key = self._key(name, _ENDINGS[kind])
        with _file_refused(self._bucket):
            await self._blobs.put(self._bucket, key, content)
        with _refused():
            made = await self._client.create_faq(
                IndexId=self._index_id,
                Name=name,
                S3Path={"Bucket": self._bucket, "Key": key},
                RoleArn=self._role_arn,
                FileFormat=kind,
                LanguageCode=language,
                ClientToken=name,  # asked again, Kendra gives the same FAQ
            )
        return made["Id"]

    async def look(self, faq_id: str) -> HostedFaq:
        with _refused():
            try:
                seen = await self._client.describe_faq(Id=faq_id, IndexId=self._index_id)
            except self._client.exceptions.ResourceNotFoundException:
                return HostedFaq("gone")
        return HostedFaq(_STATES.get(seen.get("Status", ""), "creating"), seen.get("ErrorMessage"))

    async def remove(self, name: str, faq_id: str | None) -> bool:
        found = faq_id or await self._named(name)
        state = (await self.look(found)).state if found else "gone"
        if found and state in ("active", "failed"):
            with _refused():
                await self._client.delete_faq(Id=found, IndexId=self._index_id)
        if state != "gone":
            return False
        with _file_refused(self._bucket):
            for ending in _ENDINGS.values():
                await self._blobs.delete(self._bucket, self._key(name, ending))
        return True

    async def _named(self, name: str) -> str | None:
        """The id of a FAQ of which only the name is known: who made it was interrupted."""
        request: ListFaqsRequestTypeDef = {"IndexId": self._index_id, "MaxResults": 100}
        while True:
            with _refused():
                page = await self._client.list_faqs(**request)
            found = (faq["Id"] for faq in page.get("FaqSummaryItems", ()) if faq.get("Name") == name)
            if faq_id := next(found, None):
                return faq_id
            if not page.get("NextToken"):
                return None
            request["NextToken"] = page["NextToken"]

    def _key(self, name: str, ending: str) -> str:
        return f"{self._prefix}{name}.{ending}"


def _format(entries: Sequence[FaqEntry]) -> Literal["CSV_WITH_HEADER", "JSON"]:
    """CSV, but JSON as soon as not everybody may read everything.

    In JSON each entry has a list of its readers or none; in CSV there would be empty cells, of which Kendra's guide
    says nothing, and a name with a comma in it would be two.
    """
    return "CSV_WITH_HEADER" if all(entry.access.open for entry in entries) else "JSON"


@contextmanager
def _refused() -> Iterator[None]:
    """Raises FaqRefused for what will not get better by itself, the Problem of `translated_errors` for the rest."""
    with translated_errors("Amazon Kendra"):
        try:
            yield
        except ClientError as error:
            told = error.response.get("Error", {})
            code, status = told.get("Code", ""), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code in _NOT_NOW:
                raise Unavailable("Amazon Kendra is busy.") from error
            if status >= 500:
                raise
            raise FaqRefused(f"Amazon Kendra: {code}: {told.get('Message', '')}") from error
        except (NoCredentialsError, NoRegionError, ParamValidationError) as error:
            raise FaqRefused(f"Amazon Kendra cannot be asked: {type(error).__name__}") from error


@contextmanager
def _file_refused(bucket: str) -> Iterator[None]:
    try:
        yield
    except (Forbidden, NotFound) as error:
        raise FaqRefused(f"Amazon S3 refused the file in the bucket {bucket}.") from error
    except Problem as error:
        raise Unavailable("Amazon S3 did not take the file.") from error


@asynccontextmanager
async def open_kendra_faqs(*, index_id: str, bucket: str, prefix: str, role_arn: str) -> AsyncIterator[KendraFaqs]:
    """Amazon Kendra and Amazon S3 as the environment says, for the life of the block."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(aws_session().client("kendra", config=_CONFIG))
        blobs = await stack.enter_async_context(open_s3())
        yield KendraFaqs(client, blobs, index_id=index_id, bucket=bucket, prefix=prefix, role_arn=role_arn)
