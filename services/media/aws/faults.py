"""Errors of Amazon Transcribe as ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from shared.aws import translated_errors
from shared.errors import Conflict, InvalidRequest, NotFound, TooManyRequests

_MISSING = "couldn't be found"  # a 400 that says so in words is how Transcribe tells that there is no such thing


@contextmanager
def transcribe_errors() -> Iterator[None]:
    """Raises NotFound, Conflict, TooManyRequests, InvalidRequest with Transcribe's own sentence, or what
    `translated_errors` makes of it.
    """
    with translated_errors("Amazon Transcribe"):
        try:
            yield
        except ClientError as error:
            told = error.response.get("Error", {})
            sentence = told.get("Message", "")
            match told.get("Code"):
                case "NotFoundException":
                    raise NotFound(sentence) from error
                case "BadRequestException":
                    raise (NotFound if _MISSING in sentence else InvalidRequest)(sentence) from error
                case "ConflictException":
                    raise Conflict(sentence) from error
                case "LimitExceededException":
                    raise TooManyRequests("Amazon Transcribe takes no more at the moment.") from error
            raise
