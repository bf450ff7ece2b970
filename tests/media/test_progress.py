"""Progress of a recognition, from the child's file to whoever follows it."""

from pathlib import Path

from services.media.progress import Progress, ProgressFile, followed, progress_file, read_progress
from tests.conftest import eventually


def test_a_report_a_second_at_most(tmp_path: Path) -> None:
    path, seconds = tmp_path / "told", [0.0]
    report = ProgressFile(path, lambda: seconds[0])
    found = []
    for moment in (0.0, 0.4, 0.99, 1.1, 1.2, 9.0):
        seconds[0] = moment
        report(moment, 10.0)
        found.append(read_progress(path))
    assert found == [Progress(at, 10.0) for at in (0.0, 0.0, 0.0, 1.1, 1.1, 9.0)]


def test_no_report_is_none(tmp_path: Path) -> None:
    path = progress_file(tmp_path / "transcript.json.1a2b.part")
    assert read_progress(path) is None
    path.write_bytes(b"\xff nonsense")
    assert read_progress(path) is None
    assert path != progress_file(tmp_path / "transcript.json.3c4d.part")


async def test_each_new_report_is_told_once_and_a_fault_in_telling_ends_nothing(tmp_path: Path) -> None:
    path, told, faults = tmp_path / "told", list[Progress](), [ConnectionError()]

    async def tell(progress: Progress) -> None:
        if faults:
            raise faults.pop()
        told.append(progress)

    async with followed(path, tell, seconds=0.01):
        for heard in (1.0, 2.0):
            ProgressFile(path)(heard, 2.0)
            await eventually(lambda heard=heard: told and told[-1].heard == heard)
    assert told == [Progress(1.0, 2.0), Progress(2.0, 2.0)]


async def test_last_report_is_told_however_short_it_was(tmp_path: Path) -> None:
    told = list[Progress]()

    async def tell(progress: Progress) -> None:
        told.append(progress)

    async with followed(tmp_path / "told", tell, seconds=60):
        ProgressFile(tmp_path / "told")(1.5, 2.0)
    assert told == [Progress(1.5, 2.0)]
