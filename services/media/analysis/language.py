"""The language of a text that nobody named: by py3langid (Lui and Baldwin's langid, BSD licence; no network)."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Protocol, cast

_PLACEHOLDER = re.compile(r"\[PII(?::[A-Z]+)?\]")
_ENOUGH, _ENOUGH_SIGNS = 20, 4
"""Letters without which no language can be told; writing by syllables or words needs fewer."""
_MOST = 4000
_SURE = 0.8
_TOLD_APART = [
    "af",
    "am",
    "ar",
    "bg",
    "bn",
    "bs",
    "ca",
    "cs",
    "cy",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "eu",
    "fa",
    "fi",
    "fr",
    "gl",
    "gu",
    "ha",
    "he",
    "hi",
    "hr",
    "hu",
    "hy",
    "id",
    "is",
    "it",
    "ja",
    "ka",
    "kk",
    "km",
    "kn",
    "ko",
    "lo",
    "lt",
    "lv",
    "mk",
    "ml",
    "mn",
    "mr",
    "ms",
    "my",
    "ne",
    "nl",
    "no",
    "pa",
    "pl",
    "ps",
    "pt",
    "ro",
    "ru",
    "si",
    "sk",
    "sl",
    "so",
    "sq",
    "sr",
    "sv",
    "sw",
    "ta",
    "te",
    "th",
    "tl",
    "tr",
    "uk",
    "ur",
    "uz",
    "vi",
    "zh",
    "zu",
]
"""Not their dialects, which the model knows too and which would take from the certainty of each."""
_SIGNS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TRADITIONAL = frozenset(
    "們個這為來對時會說國學請帳戶餘額問題還沒電話號碼錢銀辦開關點謝麼樣讓過後業務員應該無與從現實際轉貸訂單變動當選擇"
)
_SIMPLIFIED = frozenset(
    "们个这为来对时会说国学请账户余额问题还没电话号码钱银办开关点谢么样让过后业务员应该无与从现实际转贷订单变动当选择"
)


class _Identifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


@cache
def _identifier() -> _Identifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  its model takes a moment

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_TOLD_APART)
    return cast("_Identifier", identifier)


def language_of(texts: Sequence[str]) -> str | None:
    """A code as Comprehend has it (`en`, `zh`, `zh-TW`); null where there is too little text or too much doubt."""
    text = _PLACEHOLDER.sub(" ", " ".join(texts))[:_MOST]
    letters = sum(sign.isalpha() or "\u0900" <= sign <= "\u0dff" for sign in text)  # with the vowels of Indian scripts
    if letters < _ENOUGH and len(_SIGNS.findall(text)) < _ENOUGH_SIGNS:
        return None
    code, probability = _identifier().classify(text)
    if probability < _SURE:
        return None
    return _kind_of_chinese(text) if code == "zh" else code


def regional(code: str, configured: Sequence[str]) -> str:
    """The first configured kind of the language (`en-US` for `en`), or the code itself."""
    return next((one for one in configured if one.lower().split("-")[0] == code.lower()), code)


def _kind_of_chinese(text: str) -> str:
    """By the characters that only one of the two scripts has."""
    traditional = sum(sign in _TRADITIONAL - _SIMPLIFIED for sign in text)
    simplified = sum(sign in _SIMPLIFIED - _TRADITIONAL for sign in text)
    return "zh-TW" if traditional > simplified else "zh"
