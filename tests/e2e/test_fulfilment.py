"""Every fulfilment path in conversation: the Lex runtime, the bot and the accounts service over real HTTP."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.e2e.conftest import System

THEO, THEOS_PIN = "+15555550101", "1379"
PRIYA, PRIYAS_PIN = "+15555550102", "8052"
OWEN, OWENS_PIN = "+15555550103", "4417"
MAYA, MAYAS_PIN = "+15555550100", "2468"
Say = Callable[..., str]


@pytest.fixture(scope="module")
def talk(system: System) -> Iterator[Callable[..., Say]]:
    """Begins conversations over boto3; each says a text and gives what was answered."""
    client = boto3.client(
        "lexv2-runtime",
        endpoint_url=system.service_url(3),
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )

    def begin(locale: str = "en_US", **attributes: str) -> Say:
        session = {"botId": "OMNILEXBOT", "botAliasId": "TSTALIASID", "localeId": locale}
        session_id = f"talk-{uuid.uuid4().hex}"

        def say(text: str) -> str:
            answer = client.recognize_text(**session, sessionId=session_id, text=text, requestAttributes=attributes)
            return "\n".join(message.get("content", "") for message in answer.get("messages", []))

        return say

    yield begin
    client.close()


def test_digits_in_words_and_a_customer_of_the_phone(talk: Callable[..., Say]) -> None:
    say = talk()
    assert "phone number" in say("what's my savings balance")
    assert "PIN" in say("five five five, five five five, oh one oh oh")
    said = say("two four six eight")
    assert "you're verified" in said
    assert "savings account" in said


def test_a_change_of_mind_in_the_middle_of_a_payment(talk: Callable[..., Say]) -> None:
    say = talk()
    say("pay 40 dollars to city power")
    say(MAYA)
    assert "You're paying $40.00 to City Power" in say(MAYAS_PIN)
    assert "You're paying $35.00 to City Power" in say("actually make it 35 dollars")
    assert "nothing was paid" in say("no")


def test_a_side_question_and_back_to_the_payment(talk: Callable[..., Say]) -> None:
    say = talk()
    say("I want to pay northside water")
    say(MAYA)
    assert "How much" in say(MAYAS_PIN)
    aside = say("when are you open on saturday")
    assert "Now, back to your payment." in aside
    assert "How much" in aside
    assert "You're paying $12.00 to Northside Water" in say("twelve dollars")
    assert re.search(r"R-[0-9A-Z]{10}", say("yes"))
    assert "take it back?" in say("undo that payment")
    assert "I took back your payment of $12.00" in say("yes")


def test_a_scheduled_payment(talk: Callable[..., Say]) -> None:
    say = talk()
    say("what is my balance")
    say(MAYA)
    say(MAYAS_PIN)
    day = datetime.now(UTC).date() + timedelta(days=40)
    said = say(f"schedule a payment of $15 to city power for {day:%B} {day.day}")
    assert f"on {day:%B} {day.day}" in said
    assert "I'll pay $15.00 to City Power" in say("yes")
    assert "Shall I cancel it?" in say("cancel my scheduled payment")
    assert "is cancelled" in say("yes")


def test_transactions_due_dates_repeat_and_goodbye(talk: Callable[..., Say]) -> None:
    say = talk()
    say("show me my recent transactions")
    say(MAYA)
    listed = say(MAYAS_PIN)
    assert "Latest on your checking account" in listed
    due = say("when is my mortgage payment due")
    assert "mortgage" in due
    assert say("can you repeat that") == due
    assert "Goodbye, Maya" in say("goodbye")


def test_mortgage_help_and_the_calculator(talk: Callable[..., Say]) -> None:
    stranger = talk()
    assert "How much would you borrow?" in stranger("mortgage calculator")
    assert "years" in stranger("300,000 dollars")
    assert "rate" in stranger("30 years")
    assert re.search(r"\$1,8\d\d\.\d\d a month", stranger("6.5 percent"))
    say = talk()
    say("what is the payoff amount on my mortgage")
    say(MAYA)
    assert re.search(r"you would need \$21\d,\d{3}\.\d\d", say(MAYAS_PIN))
    assert "principal" in say("what is the next payment on my mortgage")


def test_opening_an_account(talk: Callable[..., Say]) -> None:
    say = talk()
    say("I'd like to open a savings account")
    say(PRIYA)
    assert "Which would you like to open?" in say(PRIYAS_PIN)
    assert "deposit" in say("goal savings")
    assert "You're applying for Goal Savings with an opening deposit of $50.00" in say("fifty dollars")
    assert re.search(r"A-[0-9A-Z]{10}", say("yes"))


def test_changing_the_pin_in_words(talk: Callable[..., Say]) -> None:
    say = talk()
    say("I want to change my pin")
    say(OWEN)
    assert "current PIN" in say(OWENS_PIN)
    assert "new PIN" in say("four four one seven")
    assert "once more" in say("seven three nine one")
    assert "Your PIN is changed" in say("7391")
    fresh = talk()
    fresh("my balance")
    fresh(OWEN)
    assert "didn't match" in fresh(OWENS_PIN)
    assert "verified" in fresh("7391")


def test_a_person_help_and_what_is_no_business_of_the_bank(talk: Callable[..., Say]) -> None:
    say = talk()
    assert "1-800-555-0199" in say("let me talk to a human being")
    assert "balances" in say("what can you do")
    assert "didn't get that" in say("tell me a joke")
    assert "nothing to go on with" not in say("thanks a lot")


def test_what_was_left_open_is_offered_in_another_conversation(talk: Callable[..., Say]) -> None:
    web = talk()
    web("pay 20 dollars to my credit card")
    web(THEO)
    left = web(THEOS_PIN)
    if "paying" not in left:
        pytest.skip("the drawn customer has no card")
    sms = talk(**{"omnilex:channel": "sms"})
    sms("hello")
    sms("verify me")
    sms(THEO)
    assert "Shall we go on with it?" in sms(THEOS_PIN)
    assert "You're paying $20.00" in sms("yes")


def test_in_spanish(talk: Callable[..., Say]) -> None:
    say = talk("es_US")
    assert "número de teléfono" in say("¿cuál es mi saldo?")
    assert "PIN" in say("555 555 0100")
    assert "Estas son sus cuentas" in say("dos cuatro seis ocho")
    assert "Va a pagar $18.00 a City Power" in say("paga 18 dólares a la luz")
    assert "Va a pagar $16.00 a City Power" in say("mejor que sean 16 dólares")
    assert "Listo. Pagué $16.00 a City Power." in say("sí")
    assert "¿Lo deshago?" in say("deshacer el pago")
    assert "Deshice su pago" in say("sí")
    assert "sucursal" in say("¿a qué hora abren?").lower() or "9" in say("¿a qué hora abren?")
    assert "liquidar su hipoteca" in say("cuál es el monto de liquidación de mi hipoteca")
    assert "Hasta" in say("adiós") or "Adiós" in say("adiós")
