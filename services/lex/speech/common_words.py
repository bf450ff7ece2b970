"""The most frequent words of American English with their frequencies, by the language model in PocketSphinx's package.

They are kept in a file of our own: the model has 26 MB, and nothing else of it is needed. Written anew by
`python -m services.lex.speech.common_words`.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pocketsphinx import LogMath, NGramModel, get_model_path

_FILE = Path(__file__).with_name("common_words.en.txt")
_MOST = 2000


@cache
def common_words() -> dict[str, float]:
    """Each word with how often it is said, as a share of all words; the most frequent first."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return {word: float(share) for word, share in (line.split(" ") for line in lines)}


def counted(words: Iterable[str]) -> dict[str, float]:
    """The same of these words, from the package's model."""
    model = NGramModel.readfile(get_model_path("en-us/en-us.lm.bin"))
    scale = LogMath()
    likely = sorted(((model.prob([word]), word) for word in words), reverse=True)[:_MOST]
    return {word: float(f"{scale.exp(logarithm):.6g}") for logarithm, word in likely}


if __name__ == "__main__":
    from services.lex.speech.sphinx import pronunciations

    found = counted(pronunciations())
    _FILE.write_text("".join(f"{word} {share:.6g}\n" for word, share in found.items()), encoding="utf-8")
