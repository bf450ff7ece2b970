import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.analysis.digits import digit_runs, luhn
from services.media.analysis.leaks import leaks_in, leaks_of
from services.media.analysis.pii import find_pii
from services.media.analysis.redaction import redact_text, redact_turns, redactions_in
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Word
from tests.media.analysis.pii_cases import cases

CARD = "4111 1111 1111 1111"  # the networks' published test number
SPOKEN_CARD = "four one one one " + "one one one one " * 2 + "one one one one"


def chat(*texts: str) -> list[Utterance]:
    return [Utterance(speaker="ab"[at % 2], start=float(at), end=float(at), text=text) for at, text in enumerate(texts)]


def hidden(*texts: str) -> list[str]:
    return [turn.text for turn in redact_turns(chat(*texts))]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"It is {CARD}.", "It is [PII:CARD]."),
        ("It is 4111-1111-1111-1111, yes", "It is [PII:CARD], yes"),
        (f"It is {SPOKEN_CARD} ok", "It is [PII:CARD] ok"),
        ("four triple one double one uh one one forty one eleven eleven eleven", None),
        ("My PIN is 2468", "My PIN is [PII:PIN]"),
        ("the pin number is two four six eight thanks", "the pin number is [PII:PIN] thanks"),
        ("security code: 123", "security code: [PII:PIN]"),
        ("SSN 219-09-9999", "SSN [PII:SSN]"),
        ("my social is two one nine oh nine nine nine nine nine", "my social is [PII:SSN]"),
        ("write to jo.do+bank@mail.example.com now", "write to [PII:EMAIL] now"),
        ("it's jo dot do at example dot com", "it's [PII:EMAIL]"),
        ("call +44 20 7946 0958 please", "call [PII:PHONE] please"),
        ("call (555) 555-0100", "call [PII:PHONE]"),
        ("five five five five five five oh one oh oh is my cell", "[PII:PHONE] is my cell"),
        ("IBAN DE89 3704 0044 0532 0130 00 is it", "IBAN [PII:IBAN] is it"),
        ("account number 0012345678", "account number [PII:ACCOUNT]"),
        ("Put 250 dollars in, two hundred fifty", "Put 250 dollars in, two hundred fifty"),
        ("I paid $1500 on 2026-01-31 for order 77123", "I paid $1500 on 2026-01-31 for order 77123"),
        ("4111 1111 1111 1112 fails the check", "4111 1111 1111 1112 fails the check"),
        ("DE88 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
    ],
)
def test_what_is_personal_is_hidden_and_nothing_else(text: str, shown: str | None) -> None:
    if shown:
        assert hidden(text) == [shown]
    else:
        assert "[PII:" in hidden(text)[0] or not luhn(digit_runs(text)[0].value)


def test_spoken_digits_are_read_as_written() -> None:
    text = "four one double two, triple 3 and twenty four fifteen oh"
    assert [run.value for run in digit_runs(text)] == ["412233324150"]
    assert [run.value for run in digit_runs("one, that is, two")] == ["1", "2"]


def test_the_answer_to_a_question_for_the_pin_is_hidden() -> None:
    assert hidden("Please enter your four digit PIN.", "2468") == ["Please enter your four digit PIN.", "[PII:PIN]"]
    asked = "Could you tell me your pin?"
    assert hidden(asked, "sure um two four six eight")[1] == "sure um [PII:PIN]"
    assert hidden("Your pin was accepted. How much?", "250 dollars")[1] == "250 dollars"


def test_a_card_read_out_over_two_turns_is_hidden_in_both() -> None:
    assert hidden("it is 4111 1111", "go on", "1111 1111 that's all") == [
        "it is [PII:CARD]",
        "go on",
        "[PII:CARD] that's all",
    ]


def test_words_and_text_say_the_same_after_hiding() -> None:
    """The 16 spoken digits become one word from the start of the first to the end of the last."""
    parts = ["my", "card", "is", *SPOKEN_CARD.split(), "thanks."]
    words = [Word(text=text, start=float(at), end=at + 0.5, confidence=0.9 - at / 100) for at, text in enumerate(parts)]
    turn = Utterance(speaker="a", start=0, end=19.5, text=" ".join(parts), words=words)
    [found] = redact_turns([turn])
    assert [(word.text, word.start, word.end) for word in found.words[2:]] == [
        ("is", 2.0, 2.5),
        ("[PII:CARD]", 3.0, 18.5),
        ("thanks.", 19.0, 19.5),
    ]
    assert found.text == "my card is [PII:CARD] thanks." == " ".join(word.text for word in found.words)
    [redaction] = redactions_in(found.text)
    assert found.text[redaction.begin : redaction.end] == "[PII:CARD]"


def test_a_mask_of_the_transcriber_is_a_redaction_too() -> None:
    assert [(one.type, one.begin, one.end) for one in redactions_in("I am [PII] ok")] == [("PII", 5, 10)]


_PARTS = (
    "four one eleven twenty oh double pin my social card is uh 4111 1111 219-09-9999 2468 account number $ dollars "
    "jo@example.com +44 20 7946 0958 . DE89 3704 0044 0532 0130 00 555 555-0100 [PII] please ?"
)
_SAID = st.lists(st.sampled_from(_PARTS.split()), max_size=40)


@given(_SAID)
def test_nothing_that_matches_is_left_and_words_follow_the_text(said: list[str]) -> None:
    words = [Word(text=text, start=float(at), end=float(at)) for at, text in enumerate(said)]
    turn = Utterance(speaker="a", start=0, end=0, text=" ".join(said), words=words)
    [found] = redact_turns([turn])
    assert find_pii(found.text) == []
    assert found.text == " ".join(word.text for word in found.words)
    for one in redactions_in(found.text):
        assert found.text[one.begin : one.end].startswith("[PII")


@given(st.text(alphabet="0123456789 -.+@abcdDEGB", max_size=120))
def test_nothing_that_matches_is_left_in_any_text(text: str) -> None:
    assert find_pii(redact_turns(chat(text))[0].text) == []


@given(_SAID)
def test_the_second_look_agrees_with_the_first(said: list[str]) -> None:
    assert leaks_of(redact_turns(chat(" ".join(said)))[0].text) == []


def hidden_stretches(text: str, shown: str) -> list[tuple[int, int]]:
    parts = re.split(r"\[PII:[A-Z]+\]", shown)
    hit = re.fullmatch("(.+?)".join(re.escape(part) for part in parts), text, re.DOTALL)
    assert hit is not None, (text, shown)
    return [hit.span(number + 1) for number in range(len(parts) - 1)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_500_generated_cases(seed: int) -> None:
    """Recall counts personal data of which not one letter or digit is left; precision counts what was hidden."""
    found = missed = right = wrong = 0
    for case in cases(500, seed):
        for at, (said, shown) in enumerate(zip(case.turns, hidden(*case.turns), strict=True)):
            secrets = [(begin, end) for turn, begin, end in case.secrets if turn == at]
            stretches = hidden_stretches(said, shown)
            for begin, end in secrets:
                letters = [place for place in range(begin, end) if said[place].isalnum()]
                gone = all(any(first <= place < last for first, last in stretches) for place in letters)
                found, missed = found + gone, missed + (not gone)
            for first, last in stretches:
                touches = any(first < end and begin < last for begin, end in secrets)
                right, wrong = right + touches, wrong + (not touches)
    assert found + missed > 300
    assert found / (found + missed) >= 0.98
    assert right / (right + wrong) >= 0.95


def test_the_second_look_is_one() -> None:
    """It finds what is not hidden, and is not alarmed by what is in order."""
    bare = [turn for case in cases(900, 7) if case.kind in ("CARD", "ACCOUNT") for turn in case.turns if len(turn) > 60]
    assert sum(bool(leaks_of(text)) for text in bare) >= 0.8 * len(bare) > 0
    alarms = [turn for case in cases(900, 8) for turn in hidden(*case.turns) if leaks_of(turn)]
    assert alarms == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("it is 4111 1111 1111 1111", "CARD"),
        ("four one one one, double one double one one one one one uh one one one one", "CARD"),
        ("jo.do@example.com", "EMAIL"),
        ("my email is jo dot do at example dot com", "EMAIL"),
        ("219-09-9999", "SSN"),
        ("call (555) 555-0100", "PHONE"),
        ("DE89 3704 0044 0532 0130 00", "IBAN"),
        ("the PIN is two four six eight", "PIN"),
        ("I was born on May 2nd 1980", "DOB"),
        ("account number is 40061233", "ACCOUNT"),
    ],
)
def test_what_the_second_look_finds(text: str, kind: str) -> None:
    assert leaks_of(text) == [kind]
    document = json.dumps(
        {"turns": [{"speaker": "a", "text": "hi", "words": [{"text": text, "start": 0}]}], "guid": text}
    )
    assert leaks_in(document.encode()).found[kind] >= 1
    assert leaks_in(json.dumps({"guid": text, "customer": text}).encode()).count == 0


def test_a_card_over_two_turns_of_a_speaker_is_a_leak() -> None:
    said = [("a", "it is 4111 1111"), ("b", "go on"), ("a", "1111 1111")]
    turns = [{"speaker": speaker, "text": text} for speaker, text in said]
    assert leaks_in(json.dumps({"turns": turns}).encode()).found == {"CARD": 1}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("call_+15555550100_2026-03-04.wav", "call_[PII:PHONE]_2026-03-04.wav"),
        ("jo.do@example.com 2026.json", "[PII:EMAIL] 2026.json"),
        ("4111111111111111.wav", "[PII:CARD].wav"),
        ("2026-03-04T10-20-30_GUID_77123_AGENT_kim.wav", "2026-03-04T10-20-30_GUID_77123_AGENT_kim.wav"),
    ],
)
def test_file_names(name: str, shown: str) -> None:
    assert redact_text(name) == shown
