import pytest

from services.media.analysis import Identified, Transcript, build_interaction
from services.media.analysis.language import language_of
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Interaction
from tests.media.analysis.builders import settings, subject


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Good morning, I would like to check the balance of my savings account.", "en"),
        ("Guten Tag, ich möchte bitte mein Konto schließen und das Geld überweisen.", "de"),
        ("Buenos días, quisiera saber el saldo de mi cuenta de ahorros.", "es"),
        ("Bonjour, je voudrais connaître le solde de mon compte.", "fr"),
        ("Buongiorno, vorrei sapere il saldo del mio conto corrente.", "it"),
        ("Bom dia, gostaria de saber o saldo da minha conta.", "pt"),
        ("残高を確認したいのですが、お願いします。", "ja"),
        ("제 계좌 잔액을 확인하고 싶습니다.", "ko"),
        ("मुझे अपने खाते की शेष राशि जाननी है", "hi"),
        ("أريد أن أعرف رصيد حسابي من فضلك", "ar"),
        ("我想查询我的账户余额，谢谢。", "zh"),
        ("我想查詢我的帳戶餘額，謝謝。", "zh-TW"),
    ],
)
def test_the_languages_of_comprehend(text: str, code: str) -> None:
    assert language_of([text]) == code
    assert language_of(text.split(" ")) == code


@pytest.mark.parametrize("text", ["", "ok", "No.", "1234 5678 9012 3456 7890", "[PII:CARD] [PII:EMAIL] [PII:ACCOUNT]"])
def test_too_little_text_has_no_language(text: str) -> None:
    assert language_of([text]) is None


def test_a_transcript_without_a_language_is_read_in_its_own() -> None:
    said = "Guten Tag, ich möchte bitte mein Konto schließen und das Geld überweisen."
    assert built(said).language == "de"
    assert built(said, transcribe_languages="en-US|de-CH").language == "de-CH"
    assert built("Good morning, I would like to check the balance of my savings account.").language == "en-US"
    assert built("ok").language == "en-US"
    assert built("我想查詢我的帳戶餘額，謝謝。").turns[0].sentiment.reason == (
        "The built-in engine reads English only, not zh-TW."
    )


def built(text: str, **given: object) -> Interaction:
    said = Utterance(speaker="a", start=0, end=1, text=text)
    transcript = Transcript(kind="chat", separation="log", utterances=[said])
    return build_interaction(transcript, Identified("lex_log"), subject(), settings(**given), audio=None)
