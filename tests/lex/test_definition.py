"""Reading bot definitions."""

import json
import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.lex.definition.faults import DefinitionError
from services.lex.definition.reader import read_bots
from services.lex.settings import LexSettings
from shared.settings import DEVELOPMENT_SECRET

OMNILEX = LexSettings().lex_bots_dir / "OmniLex"
INTENTS = {
    "VerifyIdentity": ["PhoneNumber", "Pin", "CustomerNumber"],
    "ProvideAccountDetails": ["AccountType", "DetailType"],
    "MakePayment": ["Payee", "Amount", "FromAccount", "PayDate"],
    "CancelPayment": [],
    "OpenAccount": ["PlanType", "OpeningDeposit"],
    "MortgageHelp": ["MortgageTopic", "LoanAmount", "TermYears", "InterestRate"],
    "ChangePin": ["CurrentPin", "NewPin", "NewPinAgain"],
    "TransferToAgent": [],
    "FAQ": [],
    "Help": [],
    "Repeat": [],
    "Continue": [],
    "Cancel": [],
    "Thanks": [],
    "Goodbye": [],
    "FallbackIntent": [],
}


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A copy of the project's bot that a test may change."""
    return Path(shutil.copytree(OMNILEX, tmp_path / "bots" / "OmniLex")) / "OmniLex"


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


@pytest.mark.parametrize("locale", ["en_US", "es_US"])
def test_the_projects_own_bot_has_what_the_other_services_count_on(locale: str) -> None:
    (bot,) = read_bots(LexSettings().lex_bots_dir)
    assert (bot.identifier, bot.idle_session_ttl_in_seconds) == ("OMNILEXBOT", 300)
    assert bot.locales.keys() == {"en_US", "es_US"}
    intents = bot.locales[locale].intents
    assert {name: list(intent.slots) for name, intent in intents.items()} == INTENTS
    secret = {slot.name for intent in intents.values() for slot in intent.slots.values() if slot.obfuscated}
    assert secret == {"Pin", "CurrentPin", "NewPin", "NewPinAgain"}


@pytest.mark.parametrize("locale", ["en_US", "es_US"])
def test_the_projects_own_bot_invokes_its_hooks_and_knows_many_utterances(locale: str) -> None:
    intents = read_bots(LexSettings().lex_bots_dir)[0].locales[locale].intents
    for name, intent in intents.items():
        assert intent.dialog_code_hook.enabled, name
        assert intent.fulfillment_code_hook is not None
        assert intent.fulfillment_code_hook.enabled, name
        assert len(intent.sample_utterances) >= 25 or name == "FallbackIntent", name
    samples = {utterance.utterance for utterance in intents["VerifyIdentity"].sample_utterances}
    my_number = {"en_US": "my number is", "es_US": "mi número es"}[locale]
    assert samples >= {"{Pin}", "{PhoneNumber}", f"{my_number} {{PhoneNumber}}"}


def test_the_export_tree_has_the_limits_of_lex() -> None:
    for file in OMNILEX.rglob("Intent.json"):
        document = json.loads(file.read_text())
        for sample in document["sampleUtterances"] or []:
            assert len(sample["utterance"]) <= 500
    identifiers = [json.loads(file.read_text()).get("identifier") for file in OMNILEX.rglob("*.json")]
    given = [identifier for identifier in identifiers if identifier]
    assert given.count("FALLBCKINT") == 2  # Lex gives every locale's fallback the same
    assert len(given) == len(set(given)) + 1
    assert all(len(identifier) in (5, 10) for identifier in given)


def test_a_bot_may_lie_under_further_folders_and_other_names(bot: Path) -> None:
    bot.rename(bot.with_name("Renamed"))
    (bot.parents[1] / "__MACOSX").mkdir()
    assert [found.name for found in read_bots(bot.parents[1])] == ["OmniLex"]


def test_an_identifier_that_does_not_fit_is_replaced_by_a_stable_one(bot: Path) -> None:
    change(bot / "Bot.json", identifier=None)
    first, second = (read_bots(bot)[0].identifier for _ in range(2))
    assert first == second
    assert len(first) == 10


def test_both_spellings_are_read(bot: Path) -> None:
    file = bot / "BotLocales/en_US/SlotTypes/AccountType/SlotType.json"
    change(file, valueSelectionSetting={"resolutionStrategy": "TopResolution"})
    slot = bot / "BotLocales/en_US/Intents/VerifyIdentity/Slots/Pin/Slot.json"
    change(slot, obfuscationSetting={"obfuscationSettingType": "DEFAULT_OBFUSCATION"})
    locale = read_bots(bot)[0].locales["en_US"]
    assert locale.slot_types["AccountType"].value_selection_setting.resolution_strategy == "TOP_RESOLUTION"
    assert locale.intents["VerifyIdentity"].slots["Pin"].obfuscated


def test_a_bot_without_a_fallback_intent_gets_one(bot: Path) -> None:
    shutil.rmtree(bot / "BotLocales/en_US/Intents/FallbackIntent")
    assert read_bots(bot)[0].locales["en_US"].fallback.name == "FallbackIntent"


def test_an_error_names_the_file_and_the_place_in_it(bot: Path) -> None:
    file = bot / "BotLocales/en_US/Intents/Help/Intent.json"
    change(file, sampleUtterances=[{"utterance": "help"}, {"utterance": 7}])
    with pytest.raises(DefinitionError, match=r"Help/Intent\.json: /sampleUtterances/1/utterance: "):
        read_bots(bot)


def test_a_priority_for_a_slot_that_is_not_there_is_an_error(bot: Path) -> None:
    shutil.rmtree(bot / "BotLocales/en_US/Intents/MakePayment/Slots/Payee")
    with pytest.raises(DefinitionError, match=r"Intent\.json: /slotPriorities/0/slotName"):
        read_bots(bot)


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"name": null}', "[" * 100_000])
def test_a_file_that_is_no_definition_is_an_error(bot: Path, content: str) -> None:
    (bot / "Bot.json").write_text(content)
    with pytest.raises(DefinitionError, match=r"Bot\.json: "):
        read_bots(bot)


def test_a_folder_without_a_bot_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="holds no bot"):
        read_bots(tmp_path)


def test_production_refuses_an_open_runtime() -> None:
    settings = {
        "environment": "production",
        "internal_secret": "i" * 32,
        "lex_session_secret": "s" * 32,
        "code_hook_secret": "c" * 32,
        "lex_database_url": "postgresql+psycopg://host/lex",
        "blobs_url": "s3:",
    }
    with pytest.raises(ValidationError, match="OMNILEX_LEX_OPEN_RUNTIME"):
        LexSettings.model_validate(settings)
    assert LexSettings.model_validate({**settings, "lex_open_runtime": False}).environment == "production"
    with pytest.raises(ValidationError, match="OMNILEX_LEX_SESSION_SECRET"):
        LexSettings.model_validate({**settings, "lex_open_runtime": False, "lex_session_secret": DEVELOPMENT_SECRET})


def test_the_projects_own_bot_claims_nothing_it_cannot_know_after_a_failure() -> None:
    intents = read_bots(LexSettings().lex_bots_dir)[0].locales["en_US"].intents
    for name in ("MakePayment", "OpenAccount"):
        hook, confirmation = intents[name].fulfillment_code_hook, intents[name].intent_confirmation_setting
        assert hook is not None
        assert confirmation is not None
        outcomes = hook.post_fulfillment_status_specification
        for path in (outcomes.failure, outcomes.timeout):
            assert "cannot tell yet" in path.model_dump_json()
        assert confirmation.declined.response is None
        assert confirmation.declined.next_step is not None
        assert confirmation.declined.next_step.dialog_action.type == "InvokeDialogCodeHook"
    assert "Nothing has been changed" not in "".join(intent.model_dump_json() for intent in intents.values())
