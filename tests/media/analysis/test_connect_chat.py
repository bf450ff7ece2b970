import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.media.analysis import RejectedSource, Transcript, build_interaction, identify, read_transcript
from services.media.analysis.source import Identified
from tests.media.analysis.builders import settings, subject

Document = dict[str, object]
JOINED = "application/vnd.amazonaws.connect.event.participant.joined"
PICKER = "application/vnd.amazonaws.connect.message.interactive"


def read(tmp_path: Path, document: object) -> Transcript:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(document))
    identified = identify(path, path.name)
    assert identified.kind == "connect_chat"
    return read_transcript(identified.kind, path)


def entry(second: float, role: str, content: str | None, **more: object) -> Document:
    return {
        "AbsoluteTime": f"2026-03-05T14:03:{second:06.3f}Z",
        "Content": content,
        "ContentType": "text/plain",
        "Id": f"m{second}",
        "Type": "MESSAGE",
        "ParticipantId": f"id-of-{role}",
        "DisplayName": {"AGENT": "Jane", "SYSTEM": "SYSTEM_MESSAGE"}.get(role, "John"),
        "ParticipantRole": role,
        **more,
    }


def chat(*items: Document, **more: object) -> Document:
    """What Amazon Connect itself writes to S3."""
    return {
        "Version": "2019-08-26",
        "AWSAccountId": "111122223333",
        "InstanceId": "i-1",
        "InitialContactId": "c-0",
        "ContactId": "c-1",
        "Participants": [{"ParticipantId": "id-of-CUSTOMER"}, {"ParticipantId": "id-of-AGENT"}],
        "Transcript": list(items),
        **more,
    }


def test_messages_are_turns_and_events_are_not(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        chat(
            entry(1, "CUSTOMER", None, Type="EVENT", ContentType=JOINED),
            entry(2, "SYSTEM", "You are in the queue."),
            entry(3, "SYSTEM", "Hello from Lex", ParticipantId="id-of-lex", DisplayName="BOT"),
            entry(9.25, "AGENT", "How may I help you?"),
            entry(8, "CUSTOMER", "Is anybody there?"),
        ),
    )
    assert [(one.start, one.end, one.speaker, one.role, one.text) for one in found.utterances] == [
        (0.0, 0.0, "spk_0", "IVR", "You are in the queue."),
        (1.0, 1.0, "spk_1", "BOT", "Hello from Lex"),
        (6.0, 6.0, "spk_2", "CALLER", "Is anybody there?"),
        (7.25, 7.25, "spk_3", "AGENT", "How may I help you?"),
    ]
    assert (found.kind, found.channel, found.guid, found.agent) == ("chat", "connect", "c-1", "Jane")
    assert found.started_at is not None
    assert found.started_at.isoformat() == "2026-03-05T14:03:02+00:00"


def test_a_chat_analysed_by_contact_lens_brings_labels_of_groups_of_messages(tmp_path: Path) -> None:
    groups = [
        {"ParticipantRole": "CUSTOMER", "Sentiment": "NEGATIVE", "TranscriptItems": [{"Id": "m1"}, {"Id": "m2"}]},
        {"ParticipantRole": "CUSTOMER", "Sentiment": "POSITIVE", "TranscriptItems": [{"Id": "m4"}]},
    ]
    document = {
        "AccountId": "111122223333",
        "Channel": "CHAT",
        "ChatTranscriptVersion": "2019-08-26",
        "ContentMetadata": {"Output": "Redacted"},
        "LanguageCode": "en-US",
        "CustomerMetadata": {"ContactId": "c-2", "InputS3Uri": "…", "InstanceId": "i-1"},
        "ConversationCharacteristics": {"Sentiment": {"DetailsByTranscriptItemGroup": groups}},
        "Participants": [{"DisplayName": "John", "ParticipantId": "id-of-CUSTOMER", "ParticipantRole": "CUSTOMER"}],
        "Transcript": [
            entry(1, "CUSTOMER", "It broke", Id="m1", ParticipantRole=None),
            entry(2, "CUSTOMER", "I am [NAME]", Id="m2", ParticipantRole=None),
            entry(3, "AGENT", "Sorry", Id="m3"),
            entry(4, "CUSTOMER", "Thanks", Id="m4", ParticipantRole=None),
        ],
    }
    found = read(tmp_path, document)
    assert [one.sentiment.score if one.sentiment else None for one in found.utterances] == [-1.0, -1.0, None, 1.0]
    assert [one.role for one in found.utterances] == ["CALLER", "CALLER", "AGENT", "CALLER"]
    assert found.utterances[1].text == "I am [PII:NAME]"
    assert (found.guid, found.language) == ("c-2", "en-US")
    built = build_interaction(found, Identified("connect_chat"), subject(), settings(), audio=None)
    assert [one.sentiment.scale for one in built.turns] == ["label", "label", "probability", "label"]
    assert [one.response_gap for one in built.turns] == [None, None, 1.0, 1.0]
    assert [one.response_gap for one in built.speakers] == [1.0, 1.0]
    assert built.caller_average == pytest.approx(-0.3333)  # (-1 - 1 + 1) / 3


def test_pickers_read_as_their_titles_and_files_are_counted(tmp_path: Path) -> None:
    picker = {
        "templateType": "ListPicker",
        "data": {"content": {"title": "What is it about?", "elements": [{"title": "Cards"}, {"title": "Loans"}]}},
    }
    found = read(
        tmp_path,
        chat(
            entry(1, "SYSTEM", json.dumps(picker), ContentType=PICKER),
            entry(2, "CUSTOMER", None, Type="ATTACHMENT", Attachments=[{"AttachmentName": "passport.png"}]),
            entry(3, "SYSTEM", "{broken", ContentType=PICKER),
        ),
    )
    assert [one.text for one in found.utterances] == ["What is it about?\nCards\nLoans", "{broken"]
    assert found.warnings == ["Files were sent in the chat (1); what is in them was not read."]
    assert "passport" not in found.model_dump_json()


def test_a_chat_without_messages_says_so(tmp_path: Path) -> None:
    found = read(tmp_path, chat())
    assert (found.utterances, found.warnings, found.started_at) == ([], ["The chat holds no messages."], None)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (
            chat(entry(1, "AGENT", "hi", AbsoluteTime="yesterday")),
            "The chat transcript is malformed: Transcript.0.AbsoluteTime is not what Amazon Connect writes.",
        ),
        (
            chat(entry(1, "AGENT", "hi", AbsoluteTime=None)),
            "The chat transcript is malformed: a message has no AbsoluteTime.",
        ),
        (
            chat({"AbsoluteTime": "0001-01-01T00:00:00+09:00"}),
            "The chat transcript is malformed: Transcript.0.AbsoluteTime is not what Amazon Connect writes.",
        ),
    ],
)
def test_what_is_malformed_is_named(tmp_path: Path, document: Document, sentence: str) -> None:
    with pytest.raises(RejectedSource) as refusal:
        read(tmp_path, document)
    assert (refusal.value.code, refusal.value.sentence) == ("malformed_transcript", sentence)


_KEYS = (
    "Transcript AbsoluteTime Type Id Content ContentType ParticipantId ParticipantRole DisplayName Sentiment "
    "TranscriptItems ConversationCharacteristics DetailsByTranscriptItemGroup Participants data title elements"
)
_LEAVES = ["2026-03-05T14:03:01Z", "2026-03-05", "AGENT", "MESSAGE", PICKER, '{"data":[[]]}', "9" * 30, ""]
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(_LEAVES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS.split()), inner, max_size=7),
    max_leaves=40,
)
_ITEMS = st.lists(
    st.fixed_dictionaries({"AbsoluteTime": st.sampled_from([*_LEAVES, 1.5]), "Content": _JSON}) | _JSON, max_size=5
)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=_ITEMS, more=st.dictionaries(st.sampled_from(_KEYS.split()), _JSON, max_size=6))
def test_any_json_is_read_or_refused(tmp_path: Path, items: list[object], more: Document) -> None:
    path = tmp_path / "any.json"
    path.write_text(json.dumps({**more, "InitialContactId": "c", "Transcript": items}))
    assert identify(path, path.name).kind == "connect_chat"
    try:
        found = read_transcript("connect_chat", path)
    except RejectedSource:
        return
    assert [one.start for one in found.utterances] == sorted(one.start for one in found.utterances)
    assert all(one.text and one.start >= 0 for one in found.utterances)
