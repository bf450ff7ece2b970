"""The media service on Amazon Web Services: objects and ended jobs by Amazon SQS, speech by Amazon Transcribe."""

from services.media.aws.notices import open_readers
from services.media.aws.transcribe import open_transcribe

__all__ = ["open_readers", "open_transcribe"]
