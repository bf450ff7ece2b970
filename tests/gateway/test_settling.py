import pytest

from services.gateway.settling import surely
from shared.errors import Conflict


class Away:
    """Fails so many times, then works."""

    def __init__(self, *faults: Exception) -> None:
        self._faults = list(faults)
        self.tries = 0

    async def write(self) -> str:
        self.tries += 1
        if self._faults:
            raise self._faults.pop(0)
        return "written"


async def test_what_happened_is_written_once_the_database_is_back() -> None:
    away = Away(OSError("refused"), RuntimeError("closed"))
    assert await surely(away.write) == "written"
    assert away.tries == 3


async def test_a_refusal_is_no_outage() -> None:
    away = Away(Conflict("taken over"))
    with pytest.raises(Conflict):
        await surely(away.write)
    assert away.tries == 1
