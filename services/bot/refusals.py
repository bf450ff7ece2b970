"""Why the bank refuses what a customer asks for, in the customer's words."""

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import format_currency

from services.bot.wording import Wording
from shared.errors import Problem

_VARIANTS = ("per", "rule")  # members that say which of its reasons a code stands for


def reason(refusal: Problem, refusals: Mapping[str, str], words: Wording) -> str:
    """The bank's own sentence where no others are given, because it speaks that language; else the one for the
    problem's code, with its amounts as the locale writes them. Empty for a code that has none.
    """
    if not refusals:
        return refusal.detail
    code = refusal.members.get("code")
    variants = [f"{code}.{refusal.members[name]}" for name in _VARIANTS if name in refusal.members]
    sentence = next((refusals[key] for key in (*variants, str(code)) if key in refusals), "")
    try:
        return sentence.format_map(_figures(refusal, words))
    except KeyError:  # of a bank that names fewer figures than the sentence
        return ""


def _figures(refusal: Problem, words: Wording) -> dict[str, str]:
    """The problem's whole numbers: amounts in minor units when it names their currency, else counts."""
    currency = refusal.members.get("currency")
    return {
        name: format_currency(Decimal(value) / 100, currency, locale=words.locale)
        if isinstance(currency, str)
        else str(value)
        for name, value in refusal.members.items()
        if isinstance(value, int)
    }
