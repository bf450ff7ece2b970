"""Turns: the words of one speaker until the other speaks or a pause of 3 s (docs/reference/definitions.md)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Word

PAUSE = 3.0
"""Seconds of silence of one speaker that end a turn."""

_PIECE_GAP = 0.1  # a pause within which the other side's words may come in between
_UNSPACED = ("ja", "zh", "th", "yue")


def word_separator(language: str | None) -> str:
    """What stands between words: nothing in languages written without spaces."""
    return "" if (language or "").split("-")[0].lower() in _UNSPACED else " "


def form_turns(utterances: Iterable[Utterance], separator: str = " ") -> list[Utterance]:
    """Turns in order of their start; each word of the utterances is in exactly one, in the order of its speaker's time.

    Chat messages and utterances that bring their own sentiment are turns as they are. Linear but for the sort.
    """
    pieces = list(_pieces(utterances))
    pieces.sort(key=lambda piece: (piece.start, piece.end))
    groups: list[list[Utterance]] = []
    end = 0.0
    for piece in pieces:
        if groups and _continues(groups[-1][-1], piece, end):
            groups[-1].append(piece)
            end = max(end, piece.end)
        else:
            groups.append([piece])
            end = piece.end
    return [_joined(group, separator) for group in groups]


def _pieces(utterances: Iterable[Utterance]) -> Iterator[Utterance]:
    """What a speaker says without a pause, all utterances of the speaker taken together: they may overlap."""
    spoken: dict[tuple[str, str | None], list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        if not utterance.words or utterance.sentiment:
            yield utterance
        else:
            spoken[utterance.speaker, utterance.role].append(utterance)
    for own in spoken.values():
        words = sorted((word for utterance in own for word in utterance.words), key=lambda word: word.start)
        yield from _cut(own[0], words)


def _cut(utterance: Utterance, words: Sequence[Word]) -> Iterator[Utterance]:
    first = 0
    end = words[0].end
    for at in range(1, len(words)):
        if round(words[at].start - end, 3) > _PIECE_GAP:
            yield _piece(utterance, words[first:at])
            first = at
        end = max(end, words[at].end)
    yield _piece(utterance, words[first:])


def _piece(utterance: Utterance, words: Sequence[Word]) -> Utterance:
    return utterance.model_copy(
        update={"start": words[0].start, "end": max(word.end for word in words), "words": list(words), "text": ""}
    )


def _continues(before: Utterance, piece: Utterance, end: float) -> bool:
    """Whether the piece belongs to the turn whose last piece is `before` and which has lasted until `end`."""
    worded = bool(before.words and piece.words) and not (before.sentiment or piece.sentiment)
    same = before.speaker == piece.speaker and before.role == piece.role
    return worded and same and round(piece.start - end, 3) < PAUSE


def _joined(pieces: list[Utterance], separator: str) -> Utterance:
    first = pieces[0]
    words = [word for piece in pieces for word in piece.words]
    if not words or first.sentiment:
        return first
    text = separator.join(word.text for word in words)
    return first.model_copy(update={"end": max(piece.end for piece in pieces), "words": words, "text": text})
