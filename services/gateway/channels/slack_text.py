"""Text as Slack takes it: escaped, so that it names nobody and nothing, and cut to length.

Source: "Formatting text for app surfaces": `&`, `<` and `>` are escaped; links and mentions stand between `<` and `>`.
"""

import re
from collections.abc import Callable, Iterator

_ADDRESS = re.compile(r"https?://[^\s<>|]*[^\s<>|.,;:!?)\]}'\"]")
_BREAKS = ("\n\n", "\n", " ")


def escaped(text: str) -> str:
    """As it stands, whatever is in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marked_up(text: str) -> str:
    """As it stands, with addresses of pages to click on."""
    parts, end = [], 0
    for address in _ADDRESS.finditer(text):
        parts += [escaped(text[end : address.start()]), f"<{escaped(address[0])}>"]
        end = address.end()
    return "".join(parts) + escaped(text[end:])


def length(text: str) -> int:
    """In the units that Slack counts: those of UTF-16."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, limit: int) -> str:
    """The text if it is short enough, else its beginning and `…`."""
    if length(text) <= limit:
        return text
    return text[: _fitting(text, limit - 1, length)].rstrip() + "…"


def pieces(text: str, limit: int) -> Iterator[str]:
    """The text marked up, in pieces of at most `limit` units: cut between paragraphs, lines or words if possible."""
    rest = text.strip()
    while rest:
        fits = _fitting(rest, limit, lambda part: length(marked_up(part)))
        if fits < len(rest):
            window = rest[: fits + 1]
            fits = next((at for mark in _BREAKS if (at := window.rfind(mark)) > fits // 2), fits)
        yield marked_up(rest[:fits].rstrip())
        rest = rest[fits:].lstrip()


def _fitting(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """How many characters of the text measure at most `limit`; at least one, so that it goes on."""
    if measure(text) <= limit:
        return len(text)
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return low
