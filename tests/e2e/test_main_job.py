"""The main job, by the doors a user has: the command line, boto3, HTTP, files."""

import re
from pathlib import Path

import boto3
import pytest

from tests.e2e.conftest import System, wait_until
from tests.e2e.recordings import telephone_wav, transcribe_output

PIN = "2468"
PHONE = "+15555550100"
UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # drawn at random: a PIN turns up in one by chance


def checking_balance(text: str) -> int:
    """The last checking balance read out, in cents."""
    found = re.findall(r"[Cc]hecking[^$]*\$([\d,]+)\.(\d\d)", text)
    assert found, text
    dollars, cents = found[-1]
    return int(dollars.replace(",", "")) * 100 + int(cents)


def test_conversation_pays_exactly_what_was_confirmed(system: System) -> None:
    lines = ["what is my balance", PHONE, PIN, "pay 25 dollars to City Power", "yes", "what is my checking balance"]
    done = system.cli("chat", stdin="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    before, after = done.stdout.split("yes", 1)
    assert re.search(r"R-[0-9A-Z]{10}", after), done.stdout
    assert checking_balance(before) - checking_balance(after) == 2500
    assert PIN not in done.stdout


def test_boto3_client_holds_the_same_conversation(system: System) -> None:
    client = boto3.client(
        "lexv2-runtime",
        endpoint_url=system.service_url(3),
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    session = {"botId": "OMNILEXBOT", "botAliasId": "TSTALIASID", "localeId": "en_US", "sessionId": "boto3-session"}
    try:

        def say(text: str) -> str:
            answer = client.recognize_text(**session, text=text)
            return " ".join(message.get("content", "") for message in answer["messages"])

        say("what is my balance")
        say(PHONE)
        before = checking_balance(say(PIN))
        say("I want to pay 12.34 to Northside Water")
        receipt = say("yes")
        assert re.search(r"R-[0-9A-Z]{10}", receipt)
        assert before - checking_balance(say("what is my checking balance")) == 1234
        client.delete_session(**session)
    finally:
        client.close()


def test_chat_appears_as_a_scored_interaction(system: System) -> None:
    system.cli("chat", stdin="hello\nwhat are your opening hours\nthank you, that was great\n")
    with system.staff() as staff:
        wait_until(lambda: staff.get("/api/v1/interactions", params={"channel": "web"}).json()["items"])
        row = staff.get("/api/v1/interactions", params={"channel": "web"}).json()["items"][0]
        detail = staff.get(f"/api/v1/interactions/{row['interaction_id']}").json()
        assert {turn["role"] for turn in detail["turns"]} == {"CALLER", "BOT"}
        assert row["agent_average"] is None


def test_recording_and_transcript_reach_done(system: System, tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(telephone_wav(3))
    (tmp_path / "call.json").write_bytes(transcribe_output("call"))
    done = system.cli("upload", str(tmp_path / "call.wav"), str(tmp_path / "call.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    with system.staff() as staff:
        rows = staff.get("/api/v1/interactions", params={"kind": "call"}).json()["items"]
        scored = [row for row in rows if row["caller_average"] is not None]
        detail = staff.get(f"/api/v1/interactions/{scored[0]['interaction_id']}").json()
    assert len(rows) >= 2
    assert [turn["role"] for turn in detail["turns"]] == ["AGENT", "CALLER", "AGENT", "CALLER"]
    assert detail["turns"][1]["sentiment"]["score"] < 0 < detail["turns"][3]["sentiment"]["score"]


def test_text_named_wav_is_rejected_with_a_reason(system: System, tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("This is not a recording.")
    (tmp_path / "good.json").write_bytes(transcribe_output("good", (("spk_0", "Good bye."),)))
    done = system.cli("upload", str(tmp_path / "notes.wav"), str(tmp_path / "good.json"))
    assert done.returncode == 1
    assert "rejected" in done.stdout
    assert re.search(r"notes\.wav\s+rejected", system.cli("ledger", "--name", "notes.wav").stdout)
    assert re.search(r"good\.json\s+done", system.cli("ledger", "--name", "good.json").stdout)


def test_file_dropped_in_the_folder_is_processed(system: System) -> None:
    folder = system.data_dir / "objects/omni-lex-sentiment-source-audio/originalAudio/branch"
    folder.mkdir(parents=True)
    (folder / "dropped call.json").write_bytes(transcribe_output("dropped", (("spk_0", "Hello from a folder."),)))
    with system.staff() as staff:

        def entries() -> list[dict[str, str]]:
            answer = staff.get("/api/v1/ledger", params={"name": "dropped call", "fate": "done"})
            return answer.json()["items"]

        wait_until(entries)


def test_five_wrong_pins_lock_and_nothing_stores_a_pin(system: System) -> None:
    wrong = ["9753", "9754", "9755", "9756", "9757"]
    right = "3902"
    lines = ["what is my balance", "+15555550107", *wrong, right, f"my pin is {right}", "what is my balance"]
    done = system.cli("chat", stdin="\n".join(lines) + "\n")
    assert "locked" in done.stdout.lower()
    assert "$" not in done.stdout
    wait_until(lambda: len(list(system.data_dir.glob("objects/*/conversationLogs/**/*.jsonl"))) >= 1)
    for path in system.data_dir.rglob("*"):
        if path.is_file():
            content = UUID.sub(b"", path.read_bytes())
            for secret in (*wrong, PIN):
                assert not re.search(rb"(?<![0-9a-zA-Z.])" + secret.encode() + rb"(?![0-9a-zA-Z])", content), (
                    path,
                    secret,
                )


@pytest.mark.parametrize("path", ["/api/v1/interactions", "/api/v1/ledger", "/api/v1/faq/search?q=hours"])
def test_staff_routes_are_closed_to_others(system: System, path: str) -> None:
    with system.staff() as staff:
        assert staff.get(path).status_code == 200
        staff.headers["authorization"] = "Bearer forged"
        answer = staff.get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
