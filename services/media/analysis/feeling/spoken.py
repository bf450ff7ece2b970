"""Text as a row of plain words: case folded, contractions written out, with the place of each in the text."""

import re
from dataclasses import dataclass

_PIECE = re.compile(
    r"(?P<face>[:;=]['-]?[)(DPp/|]|<3)(?!\w)|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)|(?P<figure>\d[\d.,:]*(?:st|nd|rd|th)?)"
    r"|(?P<end>[.!?…]+)|(?P<pause>[,;:–—()]|\s-\s)|(?P<picture>[^\w\s\x00-\x7f])"
)
_WHOLE = {
    "can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not", "ain't": "is not",
    "let's": "let us", "y'all": "you all", "gonna": "going to", "wanna": "want to", "gotta": "got to",
    "noone": "no one", "alright": "all right", "thankyou": "thank you", "thx": "thanks", "ty": "thank you",
    "ive": "i have", "im": "i am", "youre": "you are", "theyre": "they are", "thats": "that is", "whats": "what is",
    "cheque": "check", "pls": "please", "plz": "please", "u": "you", "ur": "your", "cos": "because", "cuz": "because",
    "ok": "okay", "oke": "okay", "grr": "grr",
}  # fmt: skip
_UNMARKED = re.compile(r"(ca|wo|do|does|did|is|are|was|were|has|have|had|would|could|should|must|need)nt")
_ENDINGS = (
    ("n't", " not"), ("'re", " are"), ("'ve", " have"), ("'ll", " will"), ("'m", " am"), ("'d", " would"),
)  # fmt: skip
_IS_BEFORE_S = frozenset(
    [
        "it",
        "that",
        "this",
        "what",
        "there",
        "here",
        "he",
        "she",
        "who",
        "where",
        "how",
        "everything",
        "nothing",
        "something",
        "someone",
        "somebody",
        "everyone",
        "nobody",
    ]
)


@dataclass(frozen=True)
class Token:
    """A word, or `.`, `?`, `!` for the end of a sentence, or `,` for a pause. Several may share one place."""

    norm: str
    begin: int
    end: int
    shouted: bool = False

    @property
    def is_word(self) -> bool:
        return self.norm not in (".", "?", "!", ",")


def tokens(text: str) -> list[Token]:
    """In order. Linear."""
    found: list[Token] = []
    for piece in _PIECE.finditer(text):
        begin, end = piece.span()
        match piece.lastgroup:
            case "word":
                raw = piece.group().replace("’", "'")
                shouted = len(raw) > 2 and raw.isupper()
                found += [Token(norm, begin, end, shouted) for norm in plain(raw.casefold()).split()]
            case "end":
                mark = piece.group()
                found.append(Token("?" if "?" in mark else "!" if "!" in mark else ".", begin, end))
            case "pause":
                found.append(Token(",", begin, end))
            case _:
                found.append(Token(piece.group(), begin, end))
    return found


def plain(word: str) -> str:
    """`didn't` is `did not`, `it's` is `it is`; a word that is not a contraction is itself."""
    if word in _WHOLE:
        return _WHOLE[word]
    if "'" not in word:
        bare = _UNMARKED.fullmatch(word)
        return plain(f"{bare.group(1)}n't") if bare else word
    for ending, written in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending) + written
    stem = word.removesuffix("'s")
    return f"{stem} is" if stem != word and stem in _IS_BEFORE_S else word
