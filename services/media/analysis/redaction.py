"""Personal data is taken out of text and words before anything is stored (docs/reference/definitions.md).

What is found stands in the text as `[PII:TYPE]`. Written and spoken numbers are treated alike. Where a rule has to
choose it hides too much rather than too little.
"""

import re
from collections.abc import Sequence

from services.media.analysis.digits import digit_runs
from services.media.analysis.pii import Finding, answers_to, asks_for, find_cards, find_pii, masked
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Redaction, Word

BY_FORM = (
    "Personal data was hidden where its form shows it, such as card numbers and e-mail addresses; "
    "PINs and the like, which only the words around them show, are found in English only."
)
PLACEHOLDER = re.compile(r"\[PII(?::([A-Z]+))?\]")

_SHORTEST_PIN = 4
_PATIENCE = 2  # turns within which the other side answers a question for a number
_CARD_REACH = 120  # characters that a card number takes when each digit is spelt out


def redact_turns(turns: Sequence[Utterance], separator: str = " ") -> list[Utterance]:
    """The same turns without personal data; a word that holds any of it, or words that hold it together, become one.

    A question for a PIN or the like in one turn counts for the answers of the others in the next two turns, and a card
    number may go on over turns of the same speaker.
    """
    asked = _questions(turns)
    found = [list(find_pii(turn.text, of_things=asked[at] == {"TRADE"})) for at, turn in enumerate(turns)]
    for at, turn in enumerate(turns):
        for kind in asked[at] - {"TRADE"}:
            found[at] += answers_to(kind, turn.text)
    _add_divided(turns, found)
    return [_without(turn, _merged(spans), separator) for turn, spans in zip(turns, found, strict=True)]


def redact_text(text: str) -> str:
    """A text that is no turn, such as the name of a file, without personal data. `_` parts words and numbers, too."""
    return _masked(text, _merged([*find_pii(text), *find_pii(text.replace("_", ";"))]))


def redactions_in(text: str) -> list[Redaction]:
    """Where placeholders stand in a text, those that the transcriber put there (`[PII]`) too."""
    return [Redaction(type=m.group(1) or "PII", begin=m.start(), end=m.end()) for m in PLACEHOLDER.finditer(text)]


def _questions(turns: Sequence[Utterance]) -> list[set[str]]:
    """For each turn what the other side has just asked for."""
    asked: list[set[str]] = [set() for _ in turns]
    for at, question in enumerate(turns):
        kind = asks_for(question.text)
        patience = _PATIENCE + (kind == "PIN" and at + 1 < len(turns) and _is_half_a_pin(turns[at + 1].text))
        for answer in range(at + 1, min(at + 1 + patience, len(turns))) if kind else ():
            if turns[answer].speaker != question.speaker and kind:
                asked[answer].add(kind)
    return asked


def _is_half_a_pin(text: str) -> bool:
    return 0 < sum(len(run.digits) for run in digit_runs(text)) < _SHORTEST_PIN


def _add_divided(turns: Sequence[Utterance], found: list[list[Finding]]) -> None:
    """Cards read out over several turns: the digits of a speaker's turns that stand at most one other turn apart."""
    latest: dict[str, int] = {}
    for at, turn in enumerate(turns):
        before = latest.get(turn.speaker)
        latest[turn.speaker] = at
        if before is None or at - before > _PATIENCE:
            continue
        head, tail = masked(turns[before].text)[-_CARD_REACH:], masked(turn.text)[:_CARD_REACH]
        shift = len(turns[before].text) - len(head)
        for finding in find_cards(f"{head} {tail}"):
            if finding.begin < len(head) < finding.end:
                found[before].append(Finding("CARD", shift + finding.begin, shift + len(head)))
                found[at].append(Finding("CARD", 0, finding.end - len(head) - 1))


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """In order, overlapping ones as one with the type of the longest."""
    merged: list[Finding] = []
    for finding in sorted(findings, key=lambda one: (one.begin, -one.end)):
        if merged and finding.begin < merged[-1].end:
            last = merged[-1]
            longer = max(last, finding, key=lambda one: one.end - one.begin)
            merged[-1] = Finding(longer.type, last.begin, max(last.end, finding.end))
        else:
            merged.append(finding)
    return merged


def _without(turn: Utterance, findings: Sequence[Finding], separator: str) -> Utterance:
    if not findings:
        return turn
    words = _masked_words(turn.words, findings, separator) if turn.words else []
    return turn.model_copy(update={"text": _masked(turn.text, findings), "words": words})


def _masked(text: str, findings: Sequence[Finding]) -> str:
    parts: list[str] = []
    at = 0
    for finding in findings:
        parts += [text[at : finding.begin], f"[PII:{finding.type}]"]
        at = finding.end
    return "".join([*parts, text[at:]])


def _masked_words(words: Sequence[Word], findings: Sequence[Finding], separator: str) -> list[Word]:
    """Words that one finding touches become one word, so that text and words still say the same. Linear."""
    masked: list[Word] = []
    begin = at = next_finding = 0
    while at < len(words):
        first, text, offset = at, words[at].text, begin
        end = offset + len(text)
        inside: list[Finding] = []
        while next_finding < len(findings) and findings[next_finding].begin < end:
            inside.append(findings[next_finding])
            next_finding += 1
            while inside[-1].end > end and at + 1 < len(words):
                at += 1
                text = f"{text}{separator}{words[at].text}"
                end = offset + len(text)
        moved = [Finding(one.type, max(0, one.begin - offset), one.end - offset) for one in inside]
        masked.append(_one_word(words[first : at + 1], _masked(text, moved)) if inside else words[at])
        begin = end + len(separator)
        at += 1
    return masked


def _one_word(words: Sequence[Word], text: str) -> Word:
    known = [word.confidence for word in words if word.confidence is not None]
    return Word(
        text=text,
        start=words[0].start,
        end=max(word.end for word in words),
        confidence=min(known) if known else None,
    )
