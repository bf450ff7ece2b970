import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.schemas.accounts import Payment
from tests.accounts.bank import MAYA, MAYAS_PIN, Bank, on_sqlite, open_bank


async def test_accounts_show_what_is_had_and_owed(bank: Bank, maya: str) -> None:
    accounts = await bank.accounts(maya)
    assert {kind: account.balance.minor_units for kind, account in accounts.items()} == {
        "checking": 524018,
        "savings": 1280000,
        "credit_card": 138652,
        "mortgage": 21435000,
    }
    assert list(accounts) == ["checking", "savings", "credit_card", "mortgage"]
    assert accounts["checking"].available == accounts["checking"].balance
    assert accounts["mortgage"].available is None
    assert accounts["checking"].masked_number == "••••4821"


async def test_instalment_is_due_until_it_is_paid(bank: Bank, maya: str) -> None:
    due = (await bank.accounts(maya))["credit_card"]
    assert due.payment_due is not None
    assert due.due_on is not None
    assert (due.payment_due.minor_units, due.due_on.isoformat()) == (3500, "2026-03-15T12:00:00+00:00")
    await bank.pay(maya, await bank.order(maya, 3000, payee="Cashback Card"))
    partly = (await bank.accounts(maya))["credit_card"].payment_due
    assert partly is not None
    assert partly.minor_units == 500
    await bank.pay(maya, await bank.order(maya, 600, payee="Cashback Card"), key="k-2")
    paid = (await bank.accounts(maya))["credit_card"]
    assert (paid.payment_due, paid.due_on) == (None, None)
    bank.clock.advance(days=6)
    next_month = (await bank.accounts(maya))["credit_card"]
    assert next_month.payment_due is not None
    assert next_month.due_on is not None
    assert (next_month.payment_due.minor_units, next_month.due_on.month) == (3500, 4)


@on_sqlite
async def test_payees_are_outside_ones_and_own_loans(bank: Bank, maya: str) -> None:
    payees = await bank.payees(maya)
    accounts = await bank.accounts(maya)
    assert {name: payee.account_id for name, payee in payees.items()} == {
        "City Power": None,
        "Northside Water": None,
        "Metro Wireless": None,
        "Cashback Card": accounts["credit_card"].account_id,
        "Home Mortgage": accounts["mortgage"].account_id,
    }
    assert payees["City Power"].kind == "external"
    assert payees["Home Mortgage"].kind == "own_account"


async def test_preview_reads_back_and_moves_nothing(bank: Bank, maya: str) -> None:
    before = await bank.postings()
    answer = await bank.preview(maya, await bank.order(maya, 12345))
    assert answer.status_code == 200
    body = answer.json()
    assert body["payee"]["name"] == "City Power"
    assert body["amount"] == {"minor_units": 12345, "currency": "USD"}
    assert body["balance_after"]["minor_units"] == 524018 - 12345
    assert await bank.postings() == before


async def test_payment_lowers_the_balance_by_the_amount_and_gives_a_receipt(bank: Bank, maya: str) -> None:
    answer = await bank.pay(maya, await bank.order(maya, 12345))
    assert answer.status_code == 201
    payment = Payment.model_validate_json(answer.content)
    assert payment.receipt_id.startswith("R-")
    assert len(payment.receipt_id) == 12
    assert payment.balance_after.minor_units == 524018 - 12345
    assert (await bank.accounts(maya))["checking"].balance == payment.balance_after
    read = await bank.http.get(f"/customers/{maya}/payments/{payment.receipt_id}")
    assert (read.status_code, read.json()) == (200, answer.json())


async def test_payment_to_an_own_loan_lowers_what_is_owed(bank: Bank, maya: str) -> None:
    answer = await bank.pay(maya, await bank.order(maya, 148260, payee="Home Mortgage"))
    assert answer.status_code == 201
    accounts = await bank.accounts(maya)
    assert accounts["mortgage"].balance.minor_units == 21435000 - 148260
    assert accounts["checking"].balance.minor_units == 524018 - 148260


@on_sqlite
async def test_more_than_is_owed_is_refused(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 138653, payee="Cashback Card")
    for answer in (await bank.preview(maya, order), await bank.pay(maya, order)):
        assert answer.status_code == 422
        assert answer.json()["detail"] == "You owe $1,386.52 there; a payment cannot be more than that."
    whole = await bank.pay(maya, await bank.order(maya, 138652, payee="Cashback Card"))
    assert whole.status_code == 201
    assert (await bank.accounts(maya))["credit_card"].balance.minor_units == 0


@on_sqlite
async def test_insufficient_funds_are_a_conflict_that_says_so(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 524019)
    for answer in (await bank.preview(maya, order), await bank.pay(maya, order)):
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "insufficient_funds"
        assert answer.json()["detail"] == "There is not enough money in that account: $5,240.18 is available."


@on_sqlite
async def test_order_against_the_rules_is_refused(bank: Bank, maya: str) -> None:
    cases: list[tuple[int, dict[str, str], str]] = [
        (0, {}, "The amount must be more than zero."),
        (-500, {}, "The amount must be more than zero."),
        (500, {"currency": "EUR"}, "This account pays in USD only."),
        (500, {"kind": "credit_card"}, "Payments can be made from a checking or savings account only."),
    ]
    for cents, changes, detail in cases:
        answer = await bank.pay(maya, await bank.order(maya, cents, **changes))
        assert (answer.status_code, answer.json()["detail"]) == (422, detail)


@on_sqlite
async def test_more_than_one_payment_may_move_is_refused(bank: Bank, maya: str) -> None:
    for cents in (1_000_001, 10**30):
        answer = await bank.pay(maya, await bank.order(maya, cents, kind="savings"))
        assert (answer.status_code, answer.json()["code"]) == (409, "limit_per_payment")
        assert answer.json()["detail"] == "One payment can be at most $10,000.00."


async def test_limit_is_a_setting(tmp_path: Path, data_dir: Path) -> None:
    async with open_bank(f"sqlite+aiosqlite:///{tmp_path / 'a.sqlite'}", data_dir, payment_limit=100_00) as bank:
        maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
        answer = await bank.pay(maya, await bank.order(maya, 100_01))
    assert answer.json()["detail"] == "One payment can be at most $100.00."


async def test_what_belongs_to_somebody_else_is_as_unknown_as_what_is_not_there(
    bank: Bank, maya: str, theo: str
) -> None:
    mine, theirs = await bank.order(maya, 500), await bank.order(theo, 500, payee=next(iter(await bank.payees(theo))))
    receipt_id = (await bank.pay(theo, theirs)).json()["receipt_id"]
    answers = [
        await bank.pay(maya, {**mine, "from_account_id": theirs["from_account_id"]}),
        await bank.pay(maya, {**mine, "from_account_id": "AC-NONE"}),
        await bank.preview(maya, {**mine, "payee_id": theirs["payee_id"]}),
        await bank.preview(maya, {**mine, "payee_id": "P-NONE"}),
        await bank.http.get(f"/customers/{maya}/payments/{receipt_id}"),
        await bank.http.get(f"/customers/{maya}/payments/R-NONE"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 6
    details = [answer.json()["detail"] for answer in answers]
    assert details[0::2] == details[1::2]


@on_sqlite
async def test_unknown_customer_is_not_found(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 500)
    unknown = "C-0000000000"
    answers = [
        await bank.http.get(f"/customers/{unknown}/accounts"),
        await bank.http.get(f"/customers/{unknown}/payees"),
        await bank.preview(unknown, order),
        await bank.pay(unknown, order),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4


async def test_same_key_and_order_give_the_same_answer_and_one_effect(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 2000)
    first = await bank.pay(maya, order)
    bank.clock.advance(hours=1)
    await bank.pay(maya, order, key="another")
    again = await bank.pay(maya, order)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (await bank.accounts(maya))["checking"].balance.minor_units == 524018 - 2 * 2000


async def test_same_key_with_another_order_is_a_conflict(bank: Bank, maya: str) -> None:
    await bank.pay(maya, await bank.order(maya, 2000))
    answer = await bank.pay(maya, await bank.order(maya, 2001))
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert (await bank.accounts(maya))["checking"].balance.minor_units == 524018 - 2000


async def test_keys_of_two_customers_are_apart(bank: Bank, maya: str, theo: str) -> None:
    theirs = await bank.order(theo, 500, payee=next(iter(await bank.payees(theo))))
    answers = [await bank.pay(maya, await bank.order(maya, 500)), await bank.pay(theo, theirs)]
    assert [answer.status_code for answer in answers] == [201, 201]


async def test_refused_order_leaves_its_key_free(bank: Bank, maya: str) -> None:
    await bank.pay(maya, await bank.order(maya, 524019))
    assert (await bank.pay(maya, await bank.order(maya, 500))).status_code == 201


async def test_ten_at_once_with_one_key_have_one_effect(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 2000)
    answers = await asyncio.gather(*(bank.pay(maya, order) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert (await bank.accounts(maya))["checking"].balance.minor_units == 524018 - 2000


async def test_parallel_payments_never_overdraw(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 150000)
    answers = await asyncio.gather(*(bank.pay(maya, order, key=f"k-{number}") for number in range(8)))
    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 5}
    assert (await bank.accounts(maya))["checking"].balance.minor_units == 524018 - 3 * 150000


@on_sqlite
async def test_payment_needs_a_plain_key(bank: Bank, maya: str) -> None:
    order = await bank.order(maya, 500)
    path = f"/customers/{maya}/payments"
    answers = [await bank.http.post(path, json=order)]
    for key in (b"", b"k" * 129, b"with space", "naïve".encode()):
        answers += [await bank.http.post(path, json=order, headers=[(b"idempotency-key", key)])]
    assert {answer.status_code for answer in answers} == {422}
    assert (await bank.accounts(maya))["checking"].balance.minor_units == 524018


async def test_books_balance(bank: Bank, maya: str) -> None:
    await bank.pay(maya, await bank.order(maya, 2000))
    await bank.pay(maya, await bank.order(maya, 3000, payee="Cashback Card"), key="k-2")
    assert (await bank.proof()).holds


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["City Power", "Cashback Card", "Home Mortgage"]),
        st.sampled_from(["checking", "savings"]),
        st.integers(-100, 1_100_000),
    ),
    max_size=6,
)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(ORDERS)
async def test_after_any_payments_the_books_balance_and_nothing_is_overdrawn(
    orders: list[tuple[str, str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_bank(f"sqlite+aiosqlite:///{folder}/a.sqlite", Path(folder)) as bank:
            maya = (await bank.verify(MAYA, MAYAS_PIN)).customer_id or ""
            expected = {kind: account.balance.minor_units for kind, account in (await bank.accounts(maya)).items()}
            for number, (payee, kind, cents) in enumerate(orders):
                order = await bank.order(maya, cents, payee=payee, kind=kind)
                if (await bank.pay(maya, order, key=f"k-{number}")).is_success:
                    expected[kind] -= cents
                    owed = {"Cashback Card": "credit_card", "Home Mortgage": "mortgage"}.get(payee)
                    if owed:
                        expected[owed] -= cents
            shown = {kind: account.balance.minor_units for kind, account in (await bank.accounts(maya)).items()}
            assert shown == expected
            assert min(shown.values()) >= 0
            assert (await bank.proof()).holds
