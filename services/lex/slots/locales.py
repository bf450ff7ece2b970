"""What a locale of Lex says about the form of values: its language and the customs of its region."""

from dataclasses import dataclass
from functools import cache

from services.lex.slots.languages.de import GERMAN
from services.lex.slots.languages.en import ENGLISH
from services.lex.slots.languages.es import SPANISH
from services.lex.slots.languages.fr import FRENCH
from services.lex.slots.languages.it import ITALIAN
from services.lex.slots.languages.language import Language
from services.lex.slots.languages.plain import PLAIN
from services.lex.slots.languages.pt import PORTUGUESE

_LANGUAGES = {spoken.code: spoken for spoken in (ENGLISH, SPANISH, PORTUGUESE, FRENCH, GERMAN, ITALIAN)}
_REGIONS = {"en": "US", "es": "ES", "pt": "BR", "fr": "FR", "de": "DE", "it": "IT", "ja": "JP", "ko": "KR", "zh": "CN"}
_CURRENCIES = {
    "US": "USD", "GB": "GBP", "AU": "AUD", "IN": "INR", "ZA": "ZAR", "CA": "CAD", "BR": "BRL", "JP": "JPY", "KR": "KRW",
    "CN": "CNY", "HK": "HKD", "PL": "PLN", "SE": "SEK", "NO": "NOK", "419": "USD", "AE": "AED", "MX": "MXN",
    "CH": "CHF", "NZ": "NZD",
}  # fmt: skip
_POINT_REGIONS = frozenset({"US", "419", "MX"})


@dataclass(frozen=True)
class Locale:
    """`comma` tells the decimal mark, `hours_24` that a written hour is one of 24, `region` is of ISO 3166 ("419" is
    Latin America)."""

    language: Language
    region: str
    day_first: bool
    comma: bool
    hours_24: bool
    currency: str

    @property
    def supported(self) -> bool:
        """Whether values are understood in words and not only in figures."""
        return self.language is not PLAIN


@cache
def locale_of(identifier: str) -> Locale:
    """The locale of an identifier such as `en_US`; an unknown one knows figures and ISO forms only."""
    code, _, region = identifier.replace("-", "_").partition("_")
    region = region.upper() or _REGIONS.get(code, "US")
    language = _LANGUAGES.get(code.lower(), PLAIN)
    english = code.lower() in ("en", "")
    american = region in _POINT_REGIONS and language is not PLAIN
    return Locale(
        language=language,
        region=region,
        day_first=not (english and region == "US"),
        comma=not (english or american or language is PLAIN),
        hours_24=not (english or american),
        currency=_CURRENCIES.get(region, "EUR"),
    )
