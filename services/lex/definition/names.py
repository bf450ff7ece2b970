"""Names of bots, locales, intents, slots and slot types."""

import re

from services.lex.definition.faults import Place

TEST_ALIAS = "TSTALIASID"
"""The alias that every bot has, for its draft version."""

_LEX = re.compile(r"([0-9a-zA-Z][_-]?){1,100}")
_ABSURD = re.compile(r"[\x00-\x1f\x7f/\\]")
_LOCALES = {
    "ca_ES": "Catalan (Spain)",
    "de_AT": "German (AT)",
    "de_DE": "German (DE)",
    "en_AU": "English (AU)",
    "en_GB": "English (GB)",
    "en_IN": "English (IN)",
    "en_US": "English (US)",
    "en_ZA": "English (ZA)",
    "es_419": "Spanish (LATAM)",
    "es_ES": "Spanish (ES)",
    "es_US": "Spanish (US)",
    "fr_CA": "French (CA)",
    "fr_FR": "French (FR)",
    "it_IT": "Italian (IT)",
    "ja_JP": "Japanese (JP)",
    "ko_KR": "Korean (KR)",
    "pt_BR": "Portuguese (BR)",
    "pt_PT": "Portuguese (PT)",
    "zh_CN": "Mandarin (PRC)",
}


def check_name(name: str, kind: str, place: Place) -> None:
    """Warns of a name that Amazon Lex would not take. Raises DefinitionError for one that cannot be meant."""
    if not name.strip() or len(name) > 200 or _ABSURD.search(name):
        raise place.at("name").error(f"the name of the {kind} is empty, too long, or holds what a name cannot hold")
    if not _LEX.fullmatch(name):
        place.at("name").warn("name", f"Amazon Lex would not take {name!r} as the name of a {kind}.")


def locale_name(identifier: str) -> str:
    """The locale as the console of Lex calls it; an unknown one by its identifier."""
    return _LOCALES.get(identifier, identifier)
