"""What images do without, and the proof that they have what they need; as the Dockerfile runs them."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from deploy.image_packages import AWS_SERVICES, LANGUAGES
from deploy.image_proof import Unnamed, aws_services
from services.bot import wording

ROOT = Path(__file__).parents[2]
SERVICES = ("accounts", "bot", "gateway", "insights", "lex", "media")


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, ROOT / "deploy" / script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def proven(project: Path, *folders: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, "-m", "deploy.image_proof", project / "compiled", *folders]
    env = {"PYTHONPATH": str(project), "SERVICE": "probe"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=project)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A service `probe` of one empty module, and what is shared."""
    (tmp_path / "services/probe").mkdir(parents=True)
    (tmp_path / "services/__init__.py").touch()
    (tmp_path / "services/probe/__init__.py").touch()
    (tmp_path / "services/probe/main.py").write_text("from fastapi import FastAPI\ncreate_app = FastAPI\n")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/__init__.py").touch()
    shutil.copy(ROOT / "shared/healthcheck.py", tmp_path / "shared")
    (tmp_path / "deploy").mkdir()
    for name in ("__init__.py", "image_libraries.py", "image_proof.py"):
        shutil.copy(ROOT / "deploy" / name, tmp_path / "deploy")
    return tmp_path


def test_models_of_aws_that_nobody_calls_go(tmp_path: Path) -> None:
    models = tmp_path / "botocore/data"
    for service in ("s3", "sts", "ec2"):
        (models / service / "2006-03-01").mkdir(parents=True)
    (models / "endpoints.json").write_text("{}")
    assert run("image_packages.py", tmp_path, "gateway").returncode == 0
    assert sorted(path.name for path in models.iterdir()) == ["endpoints.json", "s3", "sts"]


def test_languages_that_nobody_speaks_here_go(tmp_path: Path) -> None:
    data = tmp_path / "babel/locale-data"
    data.mkdir(parents=True)
    for name in ("root", "en", "en_US", "es_419", "uk", "eo"):
        (data / f"{name}.dat").touch()
    assert run("image_packages.py", tmp_path, "gateway").returncode == 0
    assert sorted(path.stem for path in data.iterdir()) == ["en", "en_US", "es_419", "root"]


def test_each_service_keeps_what_it_uses_of_scipy(tmp_path: Path) -> None:
    parts = ("fft", "linalg", "sparse", "stats")
    for service, kept in {"bot": ["sparse"], "lex": ["sparse"], "media": ["fft", "linalg", "sparse"]}.items():
        for part in parts:
            (tmp_path / service / "scipy" / part).mkdir(parents=True)
        assert run("image_packages.py", tmp_path / service, service).returncode == 0
        assert sorted(path.name for path in (tmp_path / service / "scipy").iterdir()) == kept


def test_language_model_stays_where_it_is_listened_with(tmp_path: Path) -> None:
    for service, kept in {"lex": ["cmudict-en-us.dict"], "media": ["cmudict-en-us.dict", "en-us.lm.bin"]}.items():
        models = tmp_path / service / "pocketsphinx/model/en-us"
        models.mkdir(parents=True)
        for name in ("cmudict-en-us.dict", "en-us.lm.bin"):
            (models / name).touch()
        assert run("image_packages.py", tmp_path / service, service).returncode == 0
        assert sorted(path.name for path in models.iterdir()) == kept


def test_headers_and_stubs_go_and_code_stays(tmp_path: Path) -> None:
    (tmp_path / "twilio/rest").mkdir(parents=True)
    for name in ("twilio/__init__.py", "twilio/rest/__init__.py", "twilio/fast.pyi", "twilio/fast.c"):
        (tmp_path / name).touch()
    assert run("image_packages.py", tmp_path, "gateway").returncode == 0
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == ["twilio/__init__.py"]


def test_images_keep_every_language_that_is_spoken_and_every_service_of_aws_that_is_called() -> None:
    spoken = {path.stem for path in (ROOT / "services/lex/slots/languages").glob("??.py")}
    assert {"en", "es"} <= spoken
    assert spoken | {wording.ENGLISH.locale[:2], wording.SPANISH.locale[:2]} <= LANGUAGES
    sources = [path for service in SERVICES for path in (ROOT / "services" / service).rglob("*.py")]
    called = aws_services(path for path in [*sources, *(ROOT / "shared").rglob("*.py")])
    assert {"comprehend", "kendra", "lexv2-runtime", "s3", "sqs", "transcribe"} <= called <= AWS_SERVICES


def test_client_whose_service_is_not_written_out_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "aws.py"
    source.write_text("def opened(session, name):\n    return session.client(name)\n")
    with pytest.raises(Unnamed, match=r"aws\.py:2"):
        aws_services(iter([source]))


def test_what_is_there_passes_and_its_bytecode_is_kept(project: Path) -> None:
    done = proven(project)
    assert (done.returncode, done.stderr) == (0, "")
    compiled = {path.name.partition(".")[0] for path in (project / "compiled").rglob("*.pyc")}
    assert {"urllib", "json", "selectors"} & compiled
    assert "fastapi" not in compiled, "only the standard library: the rest is compiled where it lies"
    place = Path(str(find_spec("selectors").origin)).parent.relative_to("/")  # type: ignore[union-attr]
    (bytecode,) = (project / "compiled" / place / "__pycache__").glob("selectors.*.pyc")
    assert int.from_bytes(bytecode.read_bytes()[4:8], "little") == 0b01, "by hash, and never held against the source"


def test_what_a_package_lacks_is_named(project: Path) -> None:
    (project / "services/probe/phone.py").write_text("from phonenumbers.tzdata_of_ours import Zones\n")
    done = proven(project)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["services.probe.phone: No module named 'phonenumbers.tzdata_of_ours'"]
    assert not (project / "compiled").exists()


def test_what_a_package_lacks_is_named_though_it_is_imported_at_the_first_call_only(project: Path) -> None:
    source = "async def heard():\n    from phonenumbers.voices_of_ours import Voice\n    return Voice\n"
    (project / "services/probe/phone.py").write_text(source)
    done = proven(project)
    assert done.returncode == 1
    assert "phonenumbers.voices_of_ours: No module named" in done.stderr


def test_model_of_aws_that_is_missing_is_named(project: Path) -> None:
    (project / "services/probe/aws.py").write_text("def opened(session):\n    return session.client('tea-urn')\n")
    done = proven(project)
    assert (done.returncode, done.stderr) == (1, "botocore: nothing about tea-urn\n")


def test_package_of_an_extra_that_is_left_out_is_not_missed(project: Path) -> None:
    (project / "services/probe/extra.py").write_text("import package_of_an_extra\n")
    assert proven(project).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="images are made on Linux")
def test_binary_whose_library_is_not_there_is_named(project: Path) -> None:
    """As a wheel's whose own libraries were taken away: NumPy's looks for them beside its package only."""
    source = Path(str(find_spec("numpy.linalg._umath_linalg").origin))  # type: ignore[union-attr]
    for folder in ("alone", "whole/numpy/linalg"):
        (project / folder).mkdir(parents=True)
        shutil.copy(source, project / folder)
    (project / "whole/numpy.libs").symlink_to(source.parents[2] / "numpy.libs")
    assert proven(project, project / "whole").returncode == 0
    done = proven(project, project / "alone")
    assert done.returncode == 1
    assert done.stderr.startswith(f"{project / 'alone' / source.name}: no lib")


def test_application_that_cannot_be_put_together_fails(project: Path) -> None:
    (project / "services/probe/main.py").write_text("def create_app():\n    raise LookupError('no wording')\n")
    done = proven(project)
    assert done.returncode != 0
    assert "no wording" in done.stderr
