"""Amazon S3 behind the `Blobs` protocol, and the one table that turns botocore's errors into ours."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import aioboto3
import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ReadTimeoutError
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.loaders import Loader

from shared.blobs import CHUNK_BYTES, BlobInfo, FormPost
from shared.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    Problem,
    TooManyRequests,
    Unavailable,
    UpstreamFailed,
    UpstreamTimeout,
)

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef, ObjectTypeDef

AWS_CONFIG = AioConfig(
    connect_timeout=2,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 3},
    s3={"addressing_style": "path"},
)
_S3_CONFIG = AWS_CONFIG.merge(AioConfig(signature_version="s3v4"))  # else forms are signed as encrypted buckets refuse
_TRIES_AT_ONCE = 3
_PART_BYTES = 8 * 1024 * 1024  # S3 takes no smaller part, but for the last


def aws_session(region: str | None = None) -> aioboto3.Session:
    """A session with the credentials, Region and endpoint of the environment."""
    session = AioSession()
    session.register_component("data_loader", _models())
    return aioboto3.Session(botocore_session=session, region_name=region)


@cache
def _models() -> Loader:
    """Reads what AWS's services are like once in a process: else every session does, for 30 ms a client."""
    loader: Loader = AioSession().get_component("data_loader")
    return loader


ERRORS: dict[str, type[Problem]] = {
    "AccessDenied": Forbidden,
    "AccessDeniedException": Forbidden,
    "NoSuchKey": NotFound,
    "NoSuchBucket": NotFound,
    "PreconditionFailed": NotFound,  # the version that was meant
    "404": NotFound,
    "NotFound": NotFound,
    "ResourceNotFoundException": NotFound,
    "ConflictException": Conflict,
    "ThrottlingException": TooManyRequests,
    "TooManyRequestsException": TooManyRequests,
    "SlowDown": TooManyRequests,
    "Throttling": TooManyRequests,
    "RequestThrottled": TooManyRequests,
    "RequestLimitExceeded": TooManyRequests,
    "ServiceUnavailable": Unavailable,
    "ServiceUnavailableException": Unavailable,
}


@contextmanager
def translated_errors(service: str) -> Iterator[None]:
    """Raises our Problem for botocore's error, by `ERRORS`; what is not in the table is UpstreamFailed."""
    try:
        yield
    except ClientError as error:
        problem = ERRORS.get(error.response.get("Error", {}).get("Code", ""), UpstreamFailed)
        raise problem(f"{service} refused the request.") from error
    except ReadTimeoutError as error:
        raise UpstreamTimeout(f"{service} did not answer in time.") from error
    except (BotoConnectionError, HTTPClientError, aiohttp.ClientError) as error:
        raise Unavailable(f"{service} does not answer.") from error
    except BotoCoreError as error:  # no credentials, no Region, a parameter that the client itself refuses
        raise UpstreamFailed(f"{service} cannot be asked.") from error


class S3Blobs:
    """Objects in Amazon S3. Takes an open client and a name prefix put before every bucket's name."""

    def __init__(self, client: "S3Client", bucket_prefix: str = "") -> None:
        self._client = client
        self._prefix = bucket_prefix

    async def put(self, bucket: str, key: str, data: bytes) -> BlobInfo:
        with translated_errors("Amazon S3"):
            await self._client.put_object(Bucket=self._prefix + bucket, Key=key, Body=data)
        return await self.head(bucket, key)

    async def put_new(self, bucket: str, key: str, data: bytes) -> bool:
        """S3 answers 409 while another is being stored, and the next try tells what became of that.

        What is found is our own when the answer to the first of botocore's tries was lost.
        """
        name = self._prefix + bucket
        with translated_errors("Amazon S3"):
            for _ in range(_TRIES_AT_ONCE):
                try:
                    await self._client.put_object(Bucket=name, Key=key, Body=data, IfNoneMatch="*")
                except ClientError as error:
                    code = error.response.get("Error", {}).get("Code", "")
                    if code == "PreconditionFailed":
                        return await self.get(bucket, key) == data
                    if code != "ConditionalRequestConflict":
                        raise
                else:
                    return True
        raise Conflict("Another object is being stored under this name.")

    async def put_stream(self, bucket: str, key: str, chunks: AsyncIterator[bytes]) -> BlobInfo:
        """One request for a small object, a multipart upload beyond one part; aborted when `chunks` raises."""
        parts = _parts(chunks)
        first = await anext(parts, b"")
        if len(first) < _PART_BYTES:
            return await self.put(bucket, key, first)
        name = self._prefix + bucket
        with translated_errors("Amazon S3"):
            upload = (await self._client.create_multipart_upload(Bucket=name, Key=key))["UploadId"]
            try:
                etags = [await self._part(name, key, upload, 1, first)]
                async for part in parts:
                    etags.append(await self._part(name, key, upload, len(etags) + 1, part))
                await self._complete(name, key, upload, etags)
            except BaseException:
                with suppress(ClientError, BotoCoreError):  # what went wrong first is what counts
                    await self._client.abort_multipart_upload(Bucket=name, Key=key, UploadId=upload)
                raise
        return await self.head(bucket, key)

    async def _complete(self, bucket: str, key: str, upload: str, etags: list[str]) -> None:
        parts: list[CompletedPartTypeDef] = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(etags, 1)]
        await self._client.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
        )

    async def _part(self, bucket: str, key: str, upload: str, number: int, data: bytes) -> str:
        answer = await self._client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=data)
        return answer["ETag"]

    async def head(self, bucket: str, key: str) -> BlobInfo:
        with translated_errors("Amazon S3"):
            found = await self._client.head_object(Bucket=self._prefix + bucket, Key=key)
        return BlobInfo(bucket, key, found["ContentLength"], found["ETag"].strip('"'), found["LastModified"])

    async def get(self, bucket: str, key: str) -> bytes:
        with translated_errors("Amazon S3"):
            answer = await self._client.get_object(Bucket=self._prefix + bucket, Key=key)
            async with answer["Body"] as body:
                return await body.read()

    async def download(self, bucket: str, key: str, target: Path) -> BlobInfo:
        with translated_errors("Amazon S3"):
            answer = await self._client.get_object(Bucket=self._prefix + bucket, Key=key)
            async with answer["Body"] as body:
                await _write(target, body.content.iter_chunked(CHUNK_BYTES))
        return BlobInfo(bucket, key, answer["ContentLength"], answer["ETag"].strip('"'), answer["LastModified"])

    async def stream(self, info: BlobInfo, first: int, last: int) -> AsyncIterator[bytes]:
        with translated_errors("Amazon S3"):
            answer = await self._client.get_object(
                Bucket=self._prefix + info.bucket, Key=info.key, Range=f"bytes={first}-{last}", IfMatch=info.etag
            )
            async with answer["Body"] as body:
                async for piece in body.content.iter_chunked(CHUNK_BYTES):
                    yield piece

    async def listing(self, bucket: str, prefix: str) -> list[BlobInfo]:
        found: list[BlobInfo] = []
        with translated_errors("Amazon S3"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._prefix + bucket, Prefix=prefix)
            async for page in pages:
                found += [_listed(bucket, item) for item in page.get("Contents", [])]
        return found

    async def page(self, bucket: str, prefix: str, *, after: str | None, limit: int) -> list[BlobInfo]:
        found: list[BlobInfo] = []
        start = after or ""
        while len(found) < limit:
            with translated_errors("Amazon S3"):
                listed = await self._client.list_objects_v2(
                    Bucket=self._prefix + bucket, Prefix=prefix, StartAfter=start, MaxKeys=min(1000, limit - len(found))
                )
            found += [_listed(bucket, item) for item in listed.get("Contents", [])]
            if not listed["IsTruncated"] or not found:
                break
            start = found[-1].key
        return found

    async def upload_form(self, bucket: str, key: str, *, size: int, seconds: int) -> FormPost | None:
        """Signed here, nothing is asked. Raises InvalidRequest for a key in which S3 would put the caller's words."""
        if "${" in key:
            raise InvalidRequest("This is not a usable object name.")
        with translated_errors("Amazon S3"):
            post = await self._client.generate_presigned_post(
                self._prefix + bucket, key, Conditions=[["content-length-range", size, size]], ExpiresIn=seconds
            )
        return FormPost(post["url"], post["fields"])

    async def copy(self, bucket: str, key: str, target_key: str) -> BlobInfo:
        name = self._prefix + bucket
        with translated_errors("Amazon S3"):
            await self._client.copy_object(Bucket=name, Key=target_key, CopySource={"Bucket": name, "Key": key})
        return await self.head(bucket, target_key)

    async def delete(self, bucket: str, key: str) -> None:
        with translated_errors("Amazon S3"):
            await self._client.delete_object(Bucket=self._prefix + bucket, Key=key)

    async def ready(self) -> None:
        try:
            with translated_errors("Amazon S3"):
                await self._client.list_buckets(MaxBuckets=1)
        except Forbidden:
            pass  # it answers; a task that may use its own buckets only need not list them all
        except Problem as problem:
            raise Unavailable("Amazon S3 does not answer.") from problem


def _listed(bucket: str, item: "ObjectTypeDef") -> BlobInfo:
    return BlobInfo(bucket, item["Key"], item["Size"], item["ETag"].strip('"'), item["LastModified"])


async def _write(target: Path, pieces: AsyncIterator[bytes]) -> None:
    """The file is there whole or not at all."""
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    file = await asyncio.to_thread(part.open, "xb")
    try:
        with file:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(part.replace, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


async def _parts(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    buffer = bytearray()
    async for chunk in chunks:
        buffer += chunk
        while len(buffer) >= _PART_BYTES:
            yield bytes(buffer[:_PART_BYTES])
            del buffer[:_PART_BYTES]
    if buffer:
        yield bytes(buffer)


@asynccontextmanager
async def open_s3(bucket_prefix: str = "", session: aioboto3.Session | None = None) -> AsyncIterator[S3Blobs]:
    """S3 with the credentials, Region and endpoint of the environment, for the life of the block."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context((session or aws_session()).client("s3", config=_S3_CONFIG))
        yield S3Blobs(client, bucket_prefix)
