from services.media.analysis.roles import assign_roles
from services.media.analysis.speakers import labels
from services.media.analysis.transcript import Utterance
from shared.schemas.interaction import RoleName


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
