"""The recording of a call while it goes on: no secret is said into it."""

import logging
from typing import Protocol

from services.gateway.ports import ProviderBusy

log = logging.getLogger("omnilex.gateway")


class RecordingControl(Protocol):
    """What is done about the recording of a call while it goes on."""

    async def pause(self, call_id: str) -> None:
        """Nothing is recorded from now on; a call that is not recorded is no error. Raises ProviderBusy."""

    async def resume(self, call_id: str) -> None:
        """Raises ProviderBusy."""


class CallRecorder:
    """Without a `control` nothing is recorded."""

    def __init__(self, control: RecordingControl | None) -> None:
        self._control = control

    async def suits(self, call_id: str, *, secret: bool, paused: bool) -> bool:
        """Pauses the recording before a secret is asked for, and goes on with it after. Whether it is paused now.

        Raises ProviderBusy when it could not be paused; that it does not go on is no reason to break off.
        """
        if self._control is None or secret == paused:
            return paused
        if secret:
            await self._control.pause(call_id)
            return True
        try:
            await self._control.resume(call_id)
        except ProviderBusy:
            log.warning("call.recording_not_resumed")
            return True
        return False
