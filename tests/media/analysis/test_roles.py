from datetime import UTC, datetime

import pytest

from services.media.analysis import Identified, Transcript, build_interaction
from services.media.analysis.redaction import BY_FORM
from services.media.analysis.relabelling import with_roles
from services.media.analysis.roles import BY_ORDER, assign_roles
from services.media.analysis.speakers import labels
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import Interaction, RoleName
from tests.media.analysis.builders import settings, subject


def talk(*said: tuple[str, str], role: RoleName | None = None) -> list[Utterance]:
    return [
        Utterance(speaker=speaker, start=float(at), end=at + 0.5, text=text, role=role)
        for at, (speaker, text) in enumerate(said)
    ]


CALL = talk(
    ("spk_0", "Hi, I'm calling about my account. I have a problem with my card."),
    ("spk_1", "Thank you for calling. Can I have your name please? Let me check that."),
    ("spk_0", "I was wondering what happened."),
    ("spk_1", "Is there anything else I can do?"),
)


def test_the_agent_is_told_by_what_is_said_not_by_who_speaks_first() -> None:
    roles = assign_roles(CALL, "voice", None)
    assert {speaker: role.name for speaker, role in roles.items()} == {"spk_0": "CALLER", "spk_1": "AGENT"}
    assert roles["spk_1"].source == "inferred"
    assert roles["spk_1"].confidence > 0.9


def test_metadata_wins_over_everything() -> None:
    roles = assign_roles(CALL, "voice", {"spk_0": "AGENT", "spk_1": "CALLER"})
    assert [(role.name, role.source, role.confidence) for role in roles.values()] == [
        ("AGENT", "metadata", 1.0),
        ("CALLER", "metadata", 1.0),
    ]


def test_of_two_the_other_side_follows_from_the_one_given() -> None:
    roles = assign_roles(CALL, "voice", {"spk_0": "AGENT"})
    assert (roles["spk_1"].name, roles["spk_1"].source, roles["spk_1"].confidence) == ("CALLER", "inferred", 0.9)


def test_a_label_that_names_a_role_is_believed() -> None:
    roles = assign_roles(talk(("Customer", "hm"), ("Agent", "well")), "channel", None)
    assert {speaker: (role.name, role.source) for speaker, role in roles.items()} == {
        "Customer": ("CALLER", "channel"),
        "Agent": ("AGENT", "channel"),
    }


def test_the_source_says_who_the_bot_is() -> None:
    roles = assign_roles(talk(("bot", "hello"), role="BOT"), "log", None)
    assert (roles["bot"].name, roles["bot"].source) == ("BOT", "log")


def test_words_without_any_sign_give_an_even_guess() -> None:
    roles = assign_roles(talk(("spk_0", "yes"), ("spk_1", "no")), "voice", None)
    assert {role.confidence for role in roles.values()} == {0.5}
    assert {role.name for role in roles.values()} == {"AGENT", "CALLER"}


def test_one_voice_is_judged_by_its_words() -> None:
    assert assign_roles(talk(("spk_0", "Please call me about my account")), "single", None)["spk_0"].name == "CALLER"
    assert assign_roles(talk(("spk_0", "How can I help you today")), "single", None)["spk_0"].name == "AGENT"


def test_a_machine_and_a_second_agent_are_not_callers() -> None:
    three = talk(
        ("spk_0", "This call may be recorded. Press one for cards."),
        *[(turn.speaker.replace("0", "2"), turn.text) for turn in CALL],
    )
    assert assign_roles(three, "voice", None)["spk_0"].name == "IVR"


def test_labels_come_in_order_of_the_setting_and_extra_speakers_are_unknown() -> None:
    roles = assign_roles([*CALL, *talk(("spk_2", "my account"))], "voice", None)
    assert labels(roles, ("Berater", "Kunde")) == {"spk_0": "Kunde", "spk_1": "Berater", "spk_2": "Unknown-2"}


@pytest.mark.parametrize("language", ["es-US", "de", "fr-CA"])
def test_in_other_languages_words_say_nothing_and_who_speaks_first_is_the_agent(language: str) -> None:
    """Not even those that look like English ones, nor questions: the cues are English."""
    said = talk(
        ("spk_1", "I'm calling about my account, ¿no?"), ("spk_0", "how can I help you"), ("spk_2", "press one")
    )
    found = assign_roles(said, "voice", None, language=language)
    assert {speaker: (role.name, role.source, role.confidence) for speaker, role in found.items()} == {
        "spk_1": ("AGENT", "inferred", 0.5),
        "spk_0": ("CALLER", "inferred", 0.5),
        "spk_2": ("CALLER", "inferred", 0.5),
    }
    given = assign_roles(said[:2], "voice", {"spk_0": "AGENT"}, language=language)
    assert [(role.name, role.confidence) for role in given.values()] == [("CALLER", 0.9), ("AGENT", 1.0)]
    mapped = assign_roles(
        talk(("ch_0", "hola"), ("ch_1", "sí")), "channel", None, ["CALLER", "AGENT"], language=language
    )
    assert [(role.name, role.source) for role in mapped.values()] == [("CALLER", "channel"), ("AGENT", "channel")]


def test_a_result_says_what_it_could_not_tell_in_its_language() -> None:
    def built(said: list[Utterance], *, language: str, **given: object) -> Interaction:
        transcript = Transcript(kind="call", separation="voice", utterances=said, language=language)
        return build_interaction(transcript, Identified("transcribe"), subject(), settings(**given), audio=None)

    said = talk(("spk_0", "Mi tarjeta es 4111 1111 1111 1111"), ("spk_1", "Gracias"))
    found = built(said, language="es-US", content_redaction_languages="es-US")
    assert found.turns[0].text == "Mi tarjeta es [PII:CARD]"
    assert [warning for warning in found.warnings if "English only" in warning] == [BY_ORDER, BY_FORM]
    assert {(one.role, one.role_confidence) for one in found.speakers} == {("AGENT", 0.5), ("CALLER", 0.5)}
    english = built(said, language="en-US")
    assert not [warning for warning in english.warnings if "English only" in warning]
    not_hidden = built(said, language="es-US")
    assert BY_FORM not in not_hidden.warnings
    put_right = with_roles(found, {"spk_0": "CALLER", "spk_1": "AGENT"}, ("Agent", "Caller"), datetime.now(UTC))
    assert [warning for warning in put_right.warnings if "English only" in warning] == [BY_FORM]
