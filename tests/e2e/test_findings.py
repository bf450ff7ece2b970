"""What analysis found in a call, by the doors of a supervisor: why a number is what it is, the rules, the voices."""

import json
import re
from pathlib import Path

from tests.e2e.conftest import System
from tests.e2e.recordings import transcribe_output

SAID = (
    ("spk_0", "Thank you for calling, how can I help you today?"),
    ("spk_1", "I was charged a late fee twice and I am really angry about it."),
    ("spk_0", "I am sorry. We will refund you tomorrow."),
    ("spk_1", "Thank you so much, that is wonderful."),
)


def test_a_call_is_explained_sorted_by_new_rules_and_put_right(system: System, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    assert system.cli("categories", "show", "--to", str(rules)).returncode == 0
    changed = json.loads(rules.read_text())
    condition = {"kind": "text", "role": "CALLER", "phrases": ["angry about it"]}
    changed["rules"].append({"name": "Anger of the e2e", "conditions": [condition]})
    rules.write_text(json.dumps(changed))
    assert "rules differ" in system.cli("categories", "test", str(rules)).stdout
    assert system.cli("categories", "save", str(rules)).returncode == 0
    late = system.cli("categories", "save", str(rules))
    assert (late.returncode, "have changed meanwhile" in late.stderr) == (1, True)

    (tmp_path / "findings.json").write_bytes(transcribe_output("findings", SAID))
    sent = system.cli("upload", str(tmp_path / "findings.json"))
    assert sent.returncode == 0, sent.stdout + sent.stderr
    [interaction] = re.findall(r"\b[0-9a-f]{32}\b", system.cli("ledger", "--name", "findings.json").stdout)

    found = system.cli("explain", interaction).stdout
    assert re.search(r"^Anger of the e2e\s+category\s+2", found, re.MULTILINE), found
    why = system.cli("explain", interaction, "--speaker", "caller", "--measure", "average").stdout
    assert "divided by  2" in why
    assert "late fee twice" in why
    assert json.loads(system.cli("export", interaction).stdout)["SpeechSegments"]

    with system.staff() as staff:
        address = f"/api/v1/interactions/{interaction}"
        before = staff.get(address).json()
        answer = staff.put(f"{address}/roles", json={"roles": {"spk_0": "CALLER", "spk_1": "AGENT"}})
        assert answer.status_code == 200
        after = staff.get(address).json()
    assert (after["agent_average"], after["caller_average"]) == (before["caller_average"], before["agent_average"])
    assert "Anger of the e2e" not in [one["name"] for one in after["categories"]]
    assert [line.partition(":")[0] for line in after["summary"] if "angry" in line] == ["Agent"]
