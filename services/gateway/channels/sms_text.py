"""How long a text message is, and where a long one is cut.

The alphabet and its extension table are those of 3GPP TS 23.038 (GSM 7-bit); what is not in them goes as UCS-2. A
message of several segments loses room to the header that joins them (3GPP TS 23.040): 153 of 160, 67 of 70.
"""

import re

TWILIO_MESSAGE_LENGTH = 1600
"""Characters that Twilio takes in one message, counted as UTF-16 does (error 21617)."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_SINGLE, _GSM_JOINED = 160, 153
_UCS2_SINGLE, _UCS2_JOINED = 70, 67
_TYPOGRAPHIC = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‑": "-"}
    | {"−": "-", "…": "...", "•": "*", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\t": " "}
)
_WORDS = re.compile(r"\S+\s*")


def is_gsm(text: str) -> bool:
    return all(char in _GSM or char in _GSM_EXTENSION for char in text)


def segments(text: str) -> int:
    """Of how many segments a message consists. No character is torn between two of them."""
    if is_gsm(text):
        sizes, single, joined = [2 if char in _GSM_EXTENSION else 1 for char in text], _GSM_SINGLE, _GSM_JOINED
    else:
        sizes, single, joined = [_utf16(char) for char in text], _UCS2_SINGLE, _UCS2_JOINED
    if sum(sizes) <= single:
        return 1
    count, left = 1, joined
    for size in sizes:
        if size > left:
            count, left = count + 1, joined
        left -= size
    return count


def in_gsm(text: str) -> str:
    """The text with plain quotes, dashes and bullets, if that brings all of it into the cheaper alphabet."""
    plain = text.translate(_TYPOGRAPHIC)
    return plain if is_gsm(plain) else text


def split(text: str, most_segments: int) -> list[str]:
    """The text in messages of at most so many segments each, cut between words; a word is cut if it is too long."""
    parts: list[str] = []
    part = ""
    for word in _WORDS.findall(text):
        if not _fits((part + word).rstrip(), most_segments):
            if part:
                parts.append(part.rstrip())
            *whole, part = _cut(word, most_segments)
            parts += whole
        else:
            part += word
    return [*parts, part.rstrip()] if part.strip() else parts


def _cut(word: str, most_segments: int) -> list[str]:
    """A word in pieces that fit; one piece where it does."""
    pieces = []
    while not _fits(word.rstrip(), most_segments):
        low, high = 1, len(word)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _fits(word[:middle], most_segments) else (low, middle)
        pieces.append(word[:low])
        word = word[low:]
    return [*pieces, word]


def _fits(text: str, most_segments: int) -> bool:
    return sum(map(_utf16, text)) <= TWILIO_MESSAGE_LENGTH and segments(text) <= most_segments


def _utf16(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1
