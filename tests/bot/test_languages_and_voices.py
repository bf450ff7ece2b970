"""What the bot says in Spanish, and to the ear."""

import dataclasses
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.bot.wording import ENGLISH, SPANISH, Wording, wording_of
from tests.bot.conversation import ANAS_PIN, Conversation
from tests.bot.test_verify_identity import verified


def sentences(words: Wording) -> Iterator[tuple[str, str]]:
    for group in dataclasses.fields(words):
        held = getattr(words, group.name)
        if dataclasses.is_dataclass(held):
            for field in dataclasses.fields(held):
                if isinstance(text := getattr(held, field.name), str):
                    yield f"{group.name}.{field.name}", text


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_is_in_every_language_with_the_same_blanks() -> None:
    english, spanish = dict(sentences(ENGLISH)), dict(sentences(SPANISH))
    assert len(english) > 100
    assert {name: blanks(text) for name, text in english.items()} == {
        name: blanks(text) for name, text in spanish.items()
    }
    assert all(text.strip() for text in (*english.values(), *spanish.values()))
    same = {name for name, text in english.items() if text == spanish[name]}
    assert same == {"general.no", "details.transaction"}
    assert ENGLISH.kinds.keys() == SPANISH.kinds.keys()


@pytest.mark.parametrize(
    ("locale", "words"), [("en_US", ENGLISH), ("es_US", SPANISH), ("es-419", SPANISH), ("fr_FR", ENGLISH)]
)
def test_the_language_goes_by_the_locale(locale: str, words: Wording) -> None:
    assert wording_of(locale) is words


async def test_a_payment_in_spanish() -> None:
    lex = Conversation(locale="es_US")
    assert "¿Cuál es el número de teléfono" in await lex.start("MakePayment", "pagar la luz", Payee="City Power")
    assert "Gracias, Ana, su identidad está verificada." in await lex.verify()
    in_two_days = (datetime.now(UTC) + timedelta(days=2)).date()
    await lex.reply("40 dólares", interpreted="USD 40.00")
    said = await lex.fill("PayDate", in_two_days.isoformat())
    assert "Va a pagar $40.00 a City Power de su cuenta corriente ••••1234 el " in said
    assert " de " in said.split("el ")[-1]
    assert "Listo. Pagaré $40.00 a City Power" in await lex.yes()


async def test_a_refusal_of_the_bank_is_told_in_spanish() -> None:
    lex = await verified(locale="es_US")
    said = await lex.start("MakePayment", Payee="City Power", Amount="999999")
    assert said == ("No hay suficiente dinero en esa cuenta: hay $1,234.56 disponibles. ¿Cuánto quiere pagar entonces?")


async def test_balances_in_spanish_by_the_customers_word_for_the_account() -> None:
    lex = await verified(locale="es_US")
    said = await lex.start("ProvideAccountDetails", "saldo de mis ahorros", AccountType="mis ahorros")
    assert said == "Su cuenta de ahorros ••••5678 tiene un saldo de $9,000.00."


async def test_a_spoken_pin_in_spanish() -> None:
    lex = Conversation(locale="es_US", caller_number="+15555550190")
    await lex.start("ProvideAccountDetails")
    assert "Estas son sus cuentas" in await lex.reply("dos cuatro seis ocho")


@pytest.mark.parametrize("told", [{"input_mode": "Speech"}, {"channel": "voice"}])
async def test_to_the_ear_numbers_are_read_digit_by_digit_and_no_cards_are_shown(told: dict[str, str]) -> None:
    lex = await verified(**told)
    await lex.start("ProvideAccountDetails", AccountType="checking")
    (message,) = lex.answers[-1].messages or []
    assert message.content_type == "SSML"
    assert message.content == (
        '<speak>Your checking account ending in <say-as interpret-as="digits">1234</say-as> has a balance of '
        "$1,234.56.</speak>"
    )
    await lex.start("MakePayment")
    assert lex.buttons == []


async def test_what_is_said_to_the_ear_is_well_formed_whatever_a_payee_is_called() -> None:
    lex = await verified(input_mode="Speech")
    lex.accounts.payable[0] = lex.accounts.payable[0].model_copy(update={"name": "Smith & <Sons>"})
    await lex.start("MakePayment", Payee="Smith & <Sons>", Amount="5")
    content = (lex.answers[-1].messages or [])[0].content or ""
    assert "Smith &amp; &lt;Sons&gt;" in content


async def test_fewer_transactions_are_read_out_than_written() -> None:
    written, heard = await verified(), await verified(input_mode="Speech")
    for lex, count in ((written, 4), (heard, 3)):
        await lex.start("ProvideAccountDetails", DetailType="transactions")
        text = "".join(message.content or "" for message in lex.answers[-1].messages or [])
        assert sum(name in text for name in ("City Power", "Payroll", "Corner Market", "Transfer")) == count


async def test_no_cards_where_a_channel_shows_none() -> None:
    lex = Conversation(channel="sms", caller_number="+15555550190")
    await lex.start("MakePayment")
    await lex.reply(ANAS_PIN)
    assert "You can say City Power" in lex.said
    assert lex.buttons == []


async def test_repeat_says_the_last_answer_again_but_only_to_who_may_hear_it() -> None:
    lex = await verified()
    first = await lex.start("ProvideAccountDetails", AccountType="savings")
    assert await lex.start("Repeat", "say that again") == first
    lex.attributes.pop("identityToken")
    again = await lex.start("Repeat", "say that again")
    assert "9,000" not in again
    assert lex.outcome == ("VerifyIdentity", "ElicitSlot", "PhoneNumber")
    assert first in await lex.verify()


async def test_repeat_asks_an_open_question_again() -> None:
    lex = await verified()
    asked = await lex.start("MakePayment", Payee="City Power")
    assert await lex.start("Repeat", "pardon?") == asked
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Amount")


async def test_transfer_to_an_agent_leaves_what_the_agent_needs_and_no_secret() -> None:
    lex = await verified(channel="connect")
    await lex.start("MakePayment", Payee="City Power")
    assert await lex.start("TransferToAgent", "agent") == "I'm connecting you to a person. Please hold on."
    handed = lex.attributes["omnilex:transfer"]
    assert "MakePayment" in handed
    assert ANAS_PIN not in handed
    web = await verified()
    assert await web.start("TransferToAgent", "agent") == "You can talk to a person at 1-800-555-0199."
