import pickle
import subprocess
import sys

import pytest

from services.media import analysis
from services.media.analysis import RejectedSource


def test_a_refusal_survives_the_way_out_of_a_child_process() -> None:
    refusal = pickle.loads(pickle.dumps(RejectedSource("not_audio", "The file is named .wav but holds text.")))  # noqa: S301  our own bytes
    assert (refusal.code, refusal.sentence) == ("not_audio", "The file is named .wav but holds text.")
    assert str(refusal) == "not_audio: The file is named .wav but holds text."


def test_importing_the_package_loads_no_heavy_library() -> None:
    script = (
        "import sys, services.media.analysis, services.media.analysis.settings, services.media.analysis.source;"
        "print([n for n in ('numpy', 'av', 'scipy', 'pocketsphinx', 'vaderSentiment', 'fastapi') if n in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize("name", analysis.__all__)
def test_every_promised_name_is_there(name: str) -> None:
    assert getattr(analysis, name).__name__ == name


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError):
        _ = analysis.nothing
