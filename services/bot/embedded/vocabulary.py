"""The words of one index, and what a query's words are taken for."""

from collections.abc import Collection

from services.bot.embedded.language import Language
from services.bot.embedded.spelling import Spelling
from services.bot.embedded.words import Token

ANY_NUMBER = "0"


class Vocabulary:
    """`known` are the words with a subject of all entries."""

    def __init__(self, language: Language, known: Collection[Token]) -> None:
        self._words = language.words
        self._stems = {token.stem for token in known}
        self._spelling = Spelling({token.word for token in known} | language.concepts.written, language.foreign)

    def __contains__(self, stem: str) -> bool:
        return stem in self._stems

    def word_for_word(self, text: str) -> str:
        """The same for texts that differ in case, accents and punctuation only."""
        return " ".join(self._words.split(text))

    def tokens(self, query: str) -> list[Token]:
        """The query's words, slips corrected; a number that no entry has is any number."""
        plain = self._words.tokens(query)
        corrected = [self._corrected(token) for token in plain]
        if all(token.word == word for token, word in zip(plain, corrected, strict=True)):
            return plain
        return self._words.tokens(" ".join(corrected))

    def _corrected(self, token: Token) -> str:
        if token.number:
            return token.word if token.stem in self._stems else ANY_NUMBER
        return self._spelling.corrected(token.word) if token.subject else token.word
