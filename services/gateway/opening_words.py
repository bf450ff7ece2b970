"""When somebody will be there, as it is said to a customer."""

from datetime import datetime, timedelta

_WEEK = timedelta(days=6)
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


def opening_words(opens_at: datetime, now: datetime, locale_id: str | None, *, spoken: bool = False) -> str:
    """“tomorrow at 8:00 AM EST”, in the time zone of `opens_at`. It is not named where it is `spoken`."""
    days = opens_at.date() - now.astimezone(opens_at.tzinfo).date()
    spanish = (locale_id or "").startswith("es")
    day = _spanish_day(opens_at, days) if spanish else _english_day(opens_at, days)
    hour = f"{opens_at:%H:%M}" if spanish else f"{opens_at:%I:%M %p}".lstrip("0")
    said = f"{day} a las {hour}" if spanish else f"{day} at {hour}"
    return said if spoken else f"{said} {_zone(opens_at)}"


def _english_day(moment: datetime, days: timedelta) -> str:
    if days <= timedelta(days=1):
        return "tomorrow" if days else "today"
    return f"on {moment:%A}" if days <= _WEEK else f"on {moment:%A, %B} {moment.day}"


def _spanish_day(moment: datetime, days: timedelta) -> str:
    if days <= timedelta(days=1):
        return "mañana" if days else "hoy"
    weekday = f"el {_DAYS[moment.weekday()]}"
    return weekday if days <= _WEEK else f"{weekday} {moment.day} de {_MONTHS[moment.month - 1]}"


def _zone(moment: datetime) -> str:
    """As people call it (EST), or by its distance from UTC where they have no name for it."""
    name = moment.tzname() or "UTC"
    return name if name.isalpha() else f"UTC{moment:%z}"
