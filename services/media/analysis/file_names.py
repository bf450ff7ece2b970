"""What the name of a file says of its interaction, by the configured patterns: agent, customer, GUID and time."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.media.analysis.settings import AnalysisSettings
from shared.schemas.ledger import UploadMetadata

_MOST = 128  # letters of a field of metadata


def metadata_in_name(name: str, settings: AnalysisSettings) -> UploadMetadata:
    """What the patterns find; null where they find nothing, or a time that does not exist.

    A time without a zone is one of `conversation_location`. Of an hour that the clocks repeat the first is meant.
    """
    return UploadMetadata(
        guid=_found(settings.filename_guid_regex, name),
        agent=_found(settings.filename_agent_regex, name),
        customer=_found(settings.filename_cust_regex, name),
        conversation_time=_time(name, settings),
    )


def _found(pattern: str | None, name: str) -> str | None:
    found = re.search(pattern, name) if pattern else None
    return (found[1] or "").strip()[:_MOST] or None if found else None


def _time(name: str, settings: AnalysisSettings) -> datetime | None:
    found = re.search(settings.filename_datetime_regex, name) if settings.filename_datetime_regex else None
    if found is None:
        return None
    try:
        text = " ".join(found.groups(default=""))
        moment = datetime.strptime(text, settings.filename_datetime_field_map)  # noqa: DTZ007  its zone comes next
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(settings.conversation_location))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
