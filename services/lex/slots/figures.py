"""Figures as people write them: `1,250.50`, `1.250,50`, `1 250,50`; and the words between them."""

import re
from decimal import Decimal

_WORD = r"(?P<word>[^\W\d_]+)"
_BEFORE = r"(?<![\w.,/:])(?<!\d{4}-)(?<!\d-\d-)(?<!\d-\d\d-)(?P<sign>(?<![\w)])[-−])?"
_BEHIND = r"(?:(?=[kcp]\b)|(?![\w/:]|[.,]\d|-\d+-\d))"
_POINT = rf"{_BEFORE}(?P<figure>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+){_BEHIND}"
_COMMA = (
    rf"{_BEFORE}(?P<figure>\d{{1,3}}(?:[.'\u00a0\u202f]\d{{3}})+(?:,\d+)?"
    rf"|\d{{1,3}}(?: \d{{3}})+(?:,\d+)?(?!\s?\d)|\d+(?:[.,]\d+)?|,\d+){_BEHIND}"
)
_PIECES = {False: re.compile(rf"{_POINT}|{_WORD}"), True: re.compile(rf"{_COMMA}|{_WORD}")}
_GROUPED = re.compile(r"\d{1,3}(?:[.]\d{3})+(?:,\d+)?")
_LONGEST = 60
Piece = re.Match[str]


def pieces(text: str, *, comma: bool) -> list[Piece]:
    """The words and figures of a folded text, in order. With `comma` decimals stand behind a comma."""
    return list(_PIECES[comma].finditer(text))


def word_of(piece: Piece) -> str:
    """The word that the piece is, or nothing."""
    return piece["word"] or ""


def is_figure(piece: Piece) -> bool:
    return piece["figure"] is not None


def value_of(piece: Piece, *, comma: bool) -> Decimal | None:
    """What a figure is worth; None for one too long to be a number anybody means."""
    figure = piece["figure"]
    if len(figure) > _LONGEST:
        return None
    if not comma:
        return Decimal(figure.replace(",", ""))
    grouped = _GROUPED.fullmatch(figure) or "," in figure or not figure.isascii()
    figure = figure.replace(".", "") if grouped else figure
    return Decimal(re.sub(r"[\s']", "", figure).replace(",", "."))
