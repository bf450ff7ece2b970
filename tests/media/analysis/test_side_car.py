import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.analysis import RejectedSource, identify
from services.media.analysis.side_car import read_side_car

RECORD = {
    "AWSAccountId": "111122223333",
    "AWSContactTraceRecordFormatVersion": "2017-03-10",
    "Agent": {"ARN": "arn:aws:connect:…", "Username": "kim", "AgentInteractionDuration": 62},
    "Attributes": {"pin": "2468"},
    "Channel": "VOICE",
    "ConnectedToSystemTimestamp": "2026-03-05T14:03:02Z",
    "ContactId": "c-1",
    "CustomerEndpoint": {"Address": "+15555550100", "Type": "TELEPHONE_NUMBER"},
    "InitiationTimestamp": "2026-03-05T14:03:00Z",
}


def test_a_contact_record_is_metadata() -> None:
    found = read_side_car(json.dumps(RECORD).encode())
    assert (found.guid, found.agent, found.channel, found.customer) == ("c-1", "kim", "connect", None)
    assert found.conversation_time is not None
    assert found.conversation_time.isoformat() == "2026-03-05T14:03:02+00:00"


def test_a_contact_that_nobody_took_has_no_agent_and_began_when_it_was_made() -> None:
    record = {**RECORD, "Agent": None, "ConnectedToSystemTimestamp": None}
    found = read_side_car(json.dumps(record).encode())
    assert found.agent is None
    assert found.conversation_time is not None
    assert found.conversation_time.second == 0


def test_our_own_form_is_read_as_ever() -> None:
    assert read_side_car(b'{"guid": "g", "roles": {"ch_0": "AGENT"}}').roles == {"ch_0": "AGENT"}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'{"guid": 7, "roles": {"a": "BOSS"}}', "The side-car file is not valid metadata (at: guid, roles.a)."),
        (b"guid: 7", "The side-car file is not JSON."),
        (b"[]", "The side-car file is not valid metadata (at: document)."),
        (
            json.dumps({**RECORD, "Agent": "kim"}).encode(),
            "The contact record beside the file is malformed: see Agent.",
        ),
        (
            json.dumps({**RECORD, "ConnectedToSystemTimestamp": "soon"}).encode(),
            "The contact record beside the file is malformed: see ConnectedToSystemTimestamp.",
        ),
    ],
)
def test_what_is_wrong_is_named(raw: bytes, sentence: str) -> None:
    with pytest.raises(RejectedSource) as refusal:
        read_side_car(raw)
    assert (refusal.value.code, refusal.value.sentence) == ("bad_metadata", sentence)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*RECORD, "guid", "roles"]), inner),
    max_leaves=15,
)


@given(st.binary(max_size=40) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_beside_a_file_it_is_metadata_or_refused(raw: bytes) -> None:
    with suppress(RejectedSource):
        assert read_side_car(raw).model_dump()


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (RECORD, "contact_record"),
        ({"ContactId": "c", "InitiationTimestamp": "2026-03-05T14:03:00Z"}, "contact_record"),
        ({"detail-type": "Contact Lens Post Call Rules Matched", "detail": {"ruleName": "r"}}, "no_conversation"),
    ],
)
def test_as_a_source_of_its_own_it_says_what_to_do(tmp_path: Path, document: object, code: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(document))
    with pytest.raises(RejectedSource) as refusal:
        identify(path, path.name)
    assert refusal.value.code == code
