"""What the bot says, one field for each sentence; a language fills them all. `{…}` are filled with `str.format`.

`refusals` are by the `code` of the bank's problems; a language in which the bank speaks itself has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.schemas.accounts import AccountKind
from shared.schemas.plans import PlanKind


@dataclass(frozen=True, slots=True)
class GeneralWords:
    offer: str
    abilities: str
    can_help_with: str
    quick_replies: tuple[str, ...]
    yes: str
    no: str
    or_: str
    help: str
    welcome: str
    welcome_what_else: str
    goodbye: str
    goodbye_named: str
    back_to: str
    unknown_intent: str
    unreachable: str
    unserved: str
    not_understood: str
    not_understood_waiting: str
    dropped: str
    stopped: str
    not_again_unclear: str
    person: str
    person_connecting: str
    places: Mapping[str, str]
    do_it_there: str
    nothing_to_repeat: str
    nothing_to_continue: str
    resume_offer: str
    resume_title: str
    go_on: frozenset[str]
    resume_declined: str
    faq_unknown: str
    faq_other_language: str
    more_at: str
    ending_in: str


@dataclass(frozen=True, slots=True)
class IdentityWords:
    ask_number: str
    ask_number_again: str
    ask_pin: str
    ask_pin_first: str
    ask_pin_again: str
    ask_pin_step_up: str
    already: str
    already_named: str
    greeting: str
    greeting_named: str
    refused: str
    try_left: str
    tries_left: str
    try_again: str
    wait: str
    locked: str
    second: str
    seconds: str
    minute: str
    minutes: str


@dataclass(frozen=True, slots=True)
class DetailsWords:
    none: str
    unknown: str
    overview: str
    balance: str
    available: str
    owing: str
    next_payment: str
    by: str
    nothing_due: str
    due: str
    which_transactions: str
    account_cards: str
    no_transactions: str
    transactions: str
    transaction: str
    no_receipts: str
    receipts: str
    receipt_paid: str
    receipt_scheduled: str
    receipt_undone: str


@dataclass(frozen=True, slots=True)
class PaymentWords:
    called: str
    was_paying: str
    no_payees: str
    ask_payee: str
    which_payee: str
    unknown_payee: str
    you_can_say: str
    payee_cards: str
    no_source: str
    ask_source: str
    source_cards: str
    ask_amount: str
    ask_amount_again: str
    instead: str
    bad_date: str
    past_date: str
    read_back: str
    on_day: str
    earlier_try: str
    confirm_title: str
    done: str
    scheduled: str
    undo_hint: str
    unclear: str
    declined: str
    declined_tried: str
    refused: str
    refusals: Mapping[str, str]
    nothing_to_undo: str
    ask_undo: str
    ask_unschedule: str
    undo_title: str
    undone: str
    unscheduled: str
    kept: str
    too_late: str


@dataclass(frozen=True, slots=True)
class ApplicationWords:
    called: str
    none_offered: str
    which: str
    unknown: str
    you_can_say: str
    plan_cards: str
    ask_deposit: str
    minimum: str
    bad_deposit: str
    too_small: str
    refused_deposit: str
    refused: str
    refusals: Mapping[str, str]
    not_here: str
    deposit_instead: str
    read_back: str
    with_deposit: str
    read_back_question: str
    confirm_title: str
    unclear: str
    from_account: str
    sent: str
    pending: str
    approved: str
    declined_by_bank: str
    declined: str
    declined_tried: str


@dataclass(frozen=True, slots=True)
class MortgageWords:
    called: str
    ask_topic: str
    topic_cards: str
    topics: Mapping[str, str]
    none: str
    which: str
    loan_cards: str
    payoff: str
    next_payment: str
    split: str
    and_escrow: str
    escrow: str
    no_escrow: str
    ask_amount: str
    ask_term: str
    ask_rate: str
    bad_amount: str
    bad_term: str
    bad_rate: str
    calculated: str


@dataclass(frozen=True, slots=True)
class PinWords:
    called: str
    ask_current: str
    ask_new: str
    ask_again: str
    not_a_pin: str
    wrong_current: str
    differ: str
    weak: str
    not_here: str
    changed: str
    cooling_off: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. `locale` and `day` format dates (CLDR); `kinds` are what customers call each kind of account."""

    locale: str
    day: str
    fillers: frozenset[str]
    anybody: frozenset[str]
    kinds: Mapping[AccountKind | PlanKind, tuple[str, ...]]
    general: GeneralWords
    identity: IdentityWords
    details: DetailsWords
    payment: PaymentWords
    application: ApplicationWords
    mortgage: MortgageWords
    pin: PinWords
