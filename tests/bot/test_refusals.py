"""Why the bank refuses, told in the language of the customer with all figures; and where it may be done instead."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.bot.wording import SPANISH
from shared.errors import Conflict, InvalidRequest, Problem
from shared.schemas.accounts import ChannelTrust
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, open_bank
from tests.accounts.clients import client_of
from tests.bot.conversation import ANA, ANAS_PIN, Conversation, FakeAccounts, bot_over
from tests.bot.test_verify_identity import verified

USD: dict[str, object] = {"currency": "USD"}
ELSEWHERE = "You can do that in the chat on our website or in our app. You can talk to a person at "
EN_OTRA_PARTE = "Puede hacerlo en el chat de nuestra página web o en nuestra aplicación. Puede hablar con una persona "


def conflict(code: str, **members: object) -> Problem:
    return Conflict("The bank's own sentence.", members={"code": code, **members})  # type: ignore[dict-item]  JSON


LIMITS = {"limit": 500_00, "left": 123_45, "currency": "USD"}


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (conflict("limit_per_payment", **LIMITS, per="payment"), "Un pago puede ser de $500.00 como máximo."),
        (
            conflict("limit_per_day", **LIMITS, per="day"),
            "Puede pagar $500.00 al día como máximo; para ese día le quedan $123.45.",
        ),
        (
            conflict("limit_per_channel", **LIMITS, per="payment"),
            "Por este canal un pago puede ser de $500.00 como máximo.",
        ),
        (
            conflict("limit_per_channel", **LIMITS, per="day"),
            "Por este canal puede pagar $500.00 al día como máximo; para ese día le quedan $123.45.",
        ),
        (
            conflict("new_payee_limit", **LIMITS, per="payment"),
            "Agregó a ese beneficiario hace poco; por ahora un pago a él puede ser de $500.00 como máximo.",
        ),
        (
            conflict("cooling_off", **LIMITS, per="payment"),
            "Su PIN cambió hace poco; por ahora un pago a otros puede ser de $500.00 como máximo.",
        ),
        (conflict("more_than_owed", owed=1_234_567, **USD), "Ahí debe $12,345.67; un pago no puede ser de más."),
        (
            conflict("more_than_payoff", owed=100_00, payoff=100_50, **USD),
            "Con $100.50 liquida ese préstamo, con los intereses hasta ese día; un pago no puede ser de más. "
            "Sin liquidarlo puede pagar hasta $100.00.",
        ),
        (conflict("limit_per_payment"), "No puedo hacer ese pago."),  # of a bank that tells no figures
        (conflict("of_tomorrow"), "No puedo hacer ese pago."),
    ],
)
async def test_a_payment_that_is_refused_in_spanish(refusal: Problem, told: str) -> None:
    lex = await verified(locale="es_US")
    lex.accounts.refuses = refusal
    said = await lex.start("MakePayment", Payee="City Power", Amount="600")
    assert said == f"{told} ¿Cuánto quiere pagar entonces?"
    assert lex.outcome == ("MakePayment", "ElicitSlot", "Amount")


async def test_a_payment_that_is_refused_in_english_is_told_in_the_banks_words() -> None:
    lex = await verified()
    lex.accounts.refuses = conflict("limit_per_day", **LIMITS)
    said = await lex.start("MakePayment", Payee="City Power", Amount="600")
    assert said == "The bank's own sentence. How much would you like to pay instead?"


@pytest.mark.parametrize(
    ("refusal", "told", "outcome"),
    [
        (
            conflict("insufficient_funds", available=20_00, **USD),
            "No hay suficiente dinero en esa cuenta: hay $20.00 disponibles.",
            "Close",
        ),
        (
            conflict("not_eligible", rule="one_per_customer"),
            "Ya tiene una cuenta de ese tipo, y solo puede tener una.",
            "Close",
        ),
        (
            conflict("not_eligible", rule="customer_for_days", days=90),
            "Ese producto es para quienes son clientes desde hace 90 días o más.",
            "Close",
        ),
        (
            conflict("not_eligible", rule="minimum_deposits", minimum=1_500_000, **USD),
            "Ese producto es para clientes con $15,000.00 o más en sus cuentas con nosotros.",
            "Close",
        ),
        (conflict("not_eligible", rule="of_tomorrow"), "No puedo enviar esa solicitud.", "Close"),
        (
            InvalidRequest("-", members={"code": "deposit_too_large", "limit": 100_000_000, "currency": "USD"}),
            "El depósito inicial puede ser de $1,000,000.00 como máximo. ¿Cuánto quiere depositar?",
            "ElicitSlot",
        ),
        (InvalidRequest("-"), "No se puede aceptar ese depósito. ¿Cuánto quiere depositar?", "ElicitSlot"),
    ],
)
async def test_an_application_that_is_refused_in_spanish(refusal: Problem, told: str, outcome: str) -> None:
    lex = await verified(locale="es_US")
    await lex.start("OpenAccount", PlanType="Goal Savings", OpeningDeposit="100")
    lex.accounts.refuses = refusal
    assert await lex.yes() == told
    assert lex.outcome[1] == outcome


@pytest.mark.parametrize("channel", ["sms", "voice", "slack", "telegraph"])
@pytest.mark.parametrize(
    ("intent", "sentence"),
    [
        ("ChangePin", "For your safety, your PIN can't be changed here."),
        ("OpenAccount", "For your safety, I can't take an application here."),
    ],
)
async def test_where_it_may_not_be_done_nothing_is_asked(channel: str, intent: str, sentence: str) -> None:
    lex = await verified(channel=channel)
    tried = len(lex.accounts.verifications)
    said = await lex.start(intent)
    assert said.removeprefix("<speak>").startswith(f"{sentence} {ELSEWHERE}")
    assert lex.outcome == (intent, "Close", "Failed")
    assert len(lex.accounts.verifications) == tried


@pytest.mark.parametrize("channel", ["web", "mobile", "lex"])
@pytest.mark.parametrize("intent", ["ChangePin", "OpenAccount"])
async def test_where_it_may_be_done_the_first_question_comes(channel: str, intent: str) -> None:
    lex = await verified(channel=channel)
    await lex.start(intent)
    assert lex.outcome[:2] == (intent, "ElicitSlot")


@pytest.mark.parametrize(
    ("intent", "sentence"),
    [
        ("ChangePin", "Por su seguridad, aquí no se puede cambiar su PIN."),
        ("OpenAccount", "Por su seguridad, aquí no puedo recibir una solicitud."),
    ],
)
async def test_the_same_in_spanish(intent: str, sentence: str) -> None:
    lex = await verified(channel="sms", locale="es_US")
    assert (await lex.start(intent)).startswith(f"{sentence} {EN_OTRA_PARTE}")


async def test_a_pin_that_was_given_where_it_may_not_be_changed_is_dropped() -> None:
    lex = await verified(channel="sms")
    await lex.start("ChangePin", CurrentPin=ANAS_PIN)
    assert ANAS_PIN not in lex.everything_answered()
    assert not [name for name in lex.attributes if name.startswith("sealed")]


async def test_only_places_that_may_are_named() -> None:
    lex = await verified(channel="sms")
    lex.accounts.trust = [ChannelTrust(channel="mobile", may=["read", "change_pin"])]
    said = await lex.start("ChangePin")
    assert "here. You can do that in our app. You can talk to a person at" in said
    lex.accounts.trust = []
    said = await lex.start("ChangePin")
    assert "can't be changed here. You can talk to a person at" in said


@pytest.mark.parametrize("intent", ["ChangePin", "OpenAccount"])
async def test_a_table_that_changes_in_the_middle_is_obeyed(intent: str) -> None:
    """The bank has the last word."""
    lex = await verified()
    refusal = conflict("channel_not_trusted", channels=["mobile", "lex"])
    if intent == "ChangePin":
        await lex.start(intent)
        for pin in (ANAS_PIN, "8642"):
            await lex.reply(pin)
        lex.accounts.refuses = refusal
        said = await lex.reply("8642")
    else:
        await lex.start(intent, PlanType="Goal Savings", OpeningDeposit="100")
        lex.accounts.refuses = refusal
        said = await lex.yes()
    assert "here. You can do that in our app. You can talk to a person at" in said
    assert lex.outcome == (intent, "Close", "Failed")
    assert lex.accounts.pins.get(ANA) is None
    assert lex.accounts.orders == []


def test_every_sentence_for_a_refusal_can_be_filled() -> None:
    figures = dict.fromkeys(("limit", "left", "available", "owed", "payoff", "minimum", "days"), "$1.00")
    for refusals in (SPANISH.payment.refusals, SPANISH.application.refusals):
        assert all(sentence.format_map(figures) for sentence in refusals.values())


@pytest.fixture
async def real(tmp_path: Path, data_dir: Path) -> AsyncIterator[Bank]:
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}", data_dir) as bank:
        yield bank


async def told_by(bank: Bank, channel: str, locale: str) -> Conversation:
    """Maya, verified, with the bank itself behind the bot."""
    lex = Conversation(FakeAccounts(), channel=channel, locale=locale)
    lex.bot = bot_over(client_of(bank))
    await lex.start("ProvideAccountDetails")
    await lex.verify(MAYA, MAYAS_PIN)
    return lex


async def test_the_bank_itself_names_the_figures(real: Bank) -> None:
    lex = await told_by(real, "sms", "es_US")
    for amount, told in (
        ("600", "Por este canal un pago puede ser de $500.00 como máximo."),
        ("20000", "Un pago puede ser de $10,000.00 como máximo."),
    ):
        said = await lex.start("MakePayment", Payee="City Power", Amount=amount)
        assert said == f"{told} ¿Cuánto quiere pagar entonces?"
    said = await lex.start("MakePayment", Payee="Cashback Card", Amount="1386.53")
    assert said.startswith("Ahí debe $1,386.52; un pago no puede ser de más.")
    for intent in ("ChangePin", "OpenAccount"):
        assert EN_OTRA_PARTE in await lex.start(intent)
    web = await told_by(real, "web", "es_US")
    said = await web.start("MakePayment", Payee="City Power", Amount="6000")
    assert said.startswith("No hay suficiente dinero en esa cuenta: hay $5,240.18 disponibles.")
    assert "PIN actual" in await web.start("ChangePin")
