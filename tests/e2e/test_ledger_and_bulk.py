"""The ledger, bulks and erasure from the command line, as a new user goes through them."""

import json
import re
from pathlib import Path

from tests.e2e.conftest import System, wait_until
from tests.e2e.recordings import transcribe_output


def said(system: System, *arguments: str, code: int = 0) -> str:
    done = system.cli(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_what_failed_is_found_explained_and_tried_again(system: System, tmp_path: Path) -> None:
    (tmp_path / "noise 4712.wav").write_text("This is not a recording either.")
    (tmp_path / "kind 4711.json").write_bytes(transcribe_output("kind", (("spk_0", "Thank you for your patience."),)))
    said(system, "upload", str(tmp_path / "noise 4712.wav"), str(tmp_path / "kind 4711.json"), code=1)
    shown = said(system, "ledger", "show", "noise 4712.wav")
    assert re.search(r"fate\s+rejected", shown)
    assert "The file is named .wav but holds text." in shown
    assert re.search(r"1\s+identify\s+1", shown)
    entry_id = re.search(r"entry\s+(\w+)", shown)
    assert entry_id is not None
    code = re.search(r"\((\w+)\)", shown)
    assert code is not None
    assert code[1] in said(system, "ledger", "counts")
    assert "(run 2)" in said(system, "ledger", "retry", entry_id[1])
    with system.staff() as staff:
        path = f"/api/v1/ledger/{entry_id[1]}"
        wait_until(lambda: (staff.get(path).json()["fate"], staff.get(path).json()["run"]) == ("rejected", 2))
        assert "tried again" in said(system, "ledger", "retry", "--reason", code[1])
        wait_until(lambda: staff.get(path).json()["fate"] == "rejected")
    (tmp_path / "expected.csv").write_text("call_id\n4711\n4712\n4713\n")
    report = said(system, "ledger", "reconcile", str(tmp_path / "expected.csv"), code=1)
    assert "3 calls were expected, 1 are done." in report
    assert re.search(r"1 missing: they never came:\s+4713", report)
    assert re.search(r"1 failed:\s+4712", report)
    missing = system.cli("ledger", "show", "no such file.wav")
    assert (missing.returncode, missing.stderr.strip()) == (1, "The ledger has no file of the name no such file.wav.")


def test_folder_is_sent_as_a_bulk_and_an_interaction_of_it_erased(system: System, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    (archive / "2025").mkdir(parents=True)
    for number in range(3):
        call = transcribe_output(f"old {number}", (("spk_0", f"This is the old call number {number}."),))
        (archive / "2025" / f"old {number}.json").write_bytes(call)
    (archive / "2025" / "old 0.json.metadata.json").write_text(json.dumps({"customer": "C-OLD0"}))
    (archive / "readme.txt").write_text("no call")
    sent = said(system, "bulk", "start", str(archive))
    bulk = re.search(r"Bulk (\w{32}): 4 files", sent)
    assert bulk is not None
    assert "4 of 4 files were taken." in sent
    with system.staff() as staff:
        wait_until(lambda: staff.get(f"/api/v1/bulk/{bulk[1]}").json()["state"] == "done")
        assert re.search(rf"{bulk[1]}\s+done\s+3\s+1\s+0\s+0", said(system, "bulk", "list"))
        refused = system.cli("bulk", "pause", bulk[1])
        assert (refused.returncode, "The bulk is done." in refused.stderr) == (1, True)
        entries = staff.get("/api/v1/ledger", params={"bulk_id": bulk[1], "limit": 10}).json()["items"]
        assert len(entries) == 4
        [old] = [entry for entry in entries if entry["name"] == "old 0.json"]
        assert staff.get(f"/api/v1/interactions/{old['interaction_id']}").status_code == 200
        certificate = said(system, "erasures", "start", "--customer", "C-OLD0", "--yes")
        assert "1 result" in certificate
        assert "1 source" in certificate
        assert staff.get(f"/api/v1/interactions/{old['interaction_id']}").status_code == 404
        assert staff.get(f"/api/v1/ledger/{old['entry_id']}").json()["fate"] == "erased"
    left = [path.name for path in (system.data_dir / "objects").rglob("*old 0*")]
    assert left == []
