"""The words that people put around a value: "it's … please", "je voudrais … s'il vous plaît"."""

import re
from functools import cache

from services.lex.slots.folding import folded
from services.lex.slots.languages.language import Language
from services.lex.slots.resolver import trimmed

_OPENINGS = {
    "en": r"it'?s|it is|that'?s|that is|i'?d like|i would like|i want|i need|make it|let'?s do|how about|to|for|please|"
    r"just|i'?ll (?:have|take)|give me|um|uh|well|my (?:first |last |sur|full )?name is|i'?m|i am|this is|call me|"
    r"i live in|i'?m from|from|in|at|near",
    "es": r"es|son|seria|quiero|quisiera|me gustaria|necesito|ponme|deme|dame|para|por favor|pues|me llamo|soy|"
    r"mi (?:nombre|apellido|ciudad) es|vivo en|de|en|desde|a",
    "pt": r"e|sao|seria|quero|queria|gostaria de|eu gostaria|eu quero|preciso de|para|por favor|me chamo|eu sou|sou|"
    r"o? ?meu (?:nome|sobrenome) e|moro em|em|de|no|na",
    "fr": r"c'?est|ce sera|je voudrais|je veux|j'?aimerais|il me faut|pour|s'?il vous plait|je m'?appelle|je suis|"
    r"mon (?:nom|prenom) est|moi c'?est|j'?habite (?:a|en|au)|a|en|au|de|dans",
    "de": r"es ist|das ist|ich mochte|ich will|ich hatte gerne?|ich brauche|fur|bitte|ich heisse?|ich bin|"
    r"mein (?:vor|nach|zu)?name ist|ich wohne in|ich lebe in|nach|in|aus|bei",
    "it": r"e|sono|vorrei|voglio|ho bisogno di|per|per favore|mi chiamo|io sono|il mio (?:nome|cognome) e|"
    r"abito a|vivo (?:a|in)|a|in|da|di",
}


@cache
def _patterns(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    before = _OPENINGS.get(language.code, r"(?!)")
    return (
        re.compile(rf"(?:(?:{before}|{language.answers.opening})(?!\w)[\s,:]*)+"),
        re.compile(rf"(?:[\s,]+(?:{language.answers.ending}))+$"),
    )


def core_of(text: str, language: Language) -> tuple[int, str]:
    """The text without such words, and where it begins; the whole when nothing else is said."""
    start, core = trimmed(text)
    before, behind = _patterns(language)
    if (opening := before.match(folded(core))) and opening.end() < len(core):
        start, core = start + opening.end(), core[opening.end() :]
    ending = behind.search(folded(core))
    return start, core[: ending.start()] if ending else core
