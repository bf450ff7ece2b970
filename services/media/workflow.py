"""The workflows: in which order an object's actions are taken, and what goes on after a crash. They run in DBOS."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, error

from services.media.faults import Facts
from services.media.ports import EngineState
from services.media.settings import MediaSettings
from services.media.steps import Action, Steps
from services.media.transcriptions import JobId
from shared.background import stopped

log = logging.getLogger("omnilex.media.workflow")
T = TypeVar("T")
DOCUMENTS, RECORDINGS, TRANSCRIPTIONS = "media-documents", "media-recordings", "media-transcriptions"
_DOCUMENT_ENDINGS = (".json", ".jsonl", ".gz", ".log", ".txt")
_BULK_PRIORITY = 5
# How often each worker looks into each queue: most of what it costs while idle. A document is done in a
# moment, a recording takes seconds, a job elsewhere minutes.
_DOCUMENT_POLL_SECONDS, _RECORDING_POLL_SECONDS, _TRANSCRIPTION_POLL_SECONDS = 0.2, 0.5, 1.0
_CHILD_POLL_SECONDS = 2.0
_MESSAGE_SECONDS = 1.0
_ALIVE = ("PENDING", "ENQUEUED", "DELAYED")
_LOST = ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_REST: tuple[Action, ...] = ("analyse", "index")
_PROCESS, _TRANSCRIBE = "process-object", "transcribe-elsewhere"


class DurableEngine:
    """Runs each entry's workflow once, from the step it had reached, over any number of restarts."""

    def __init__(self, settings: MediaSettings, steps: Steps, config: DBOSConfig) -> None:
        self._settings = settings
        self._steps = steps
        self._config = config
        self._running: dict[asyncio.Task[object], str] = {}
        self._stranded: set[str] = set()
        self._closing = False
        self._process: Callable[[str, int], Coroutine[object, object, str]]
        self._transcribe: Callable[[str, int, Facts], Coroutine[object, object, Facts]]

    async def enqueue(self, entry_id: str, run: int, name: str, *, bulk: bool = False) -> None:
        # Only the queue is guessed by the name, so that documents need not wait behind hours of recordings.
        queue = DOCUMENTS if name.lower().endswith(_DOCUMENT_ENDINGS) else RECORDINGS
        priority = _BULK_PRIORITY if bulk else None  # none goes before every number
        with SetWorkflowID(workflow_id(entry_id, run)), SetEnqueueOptions(priority=priority):
            await DBOS.enqueue_workflow_async(queue, self._process, entry_id, run)

    async def states(self, runs: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], EngineState]:
        ids = {workflow_id(*run): run for run in runs}
        found = await DBOS.list_workflows_async(workflow_ids=list(ids), load_input=False, load_output=False)
        return {ids[one.workflow_id]: "alive" if one.status in _ALIVE else "ended" for one in found}

    async def lost(self, limit: int) -> list[tuple[str, int]]:
        found = await DBOS.list_workflows_async(
            status=list(_LOST), name=_PROCESS, limit=limit, load_input=False, load_output=False
        )
        return [run_of(one.workflow_id) for one in found]

    async def take_up_stranded(self) -> int:
        found = await DBOS.list_workflows_async(
            status="PENDING", executor_id=self._config["executor_id"], load_input=False, load_output=False
        )
        running = set(self._running.values())
        stranded = {one.workflow_id: one.queue_name for one in found if one.workflow_id not in running}
        again = self._stranded & stranded.keys()
        for workflow in again:
            log.warning("workflow.stranded", extra={"workflow": workflow})
            await DBOS.resume_workflow_async(workflow, queue_name=stranded[workflow])
        self._stranded = set(stranded) - again
        return len(again)

    async def notify(self, job_name: str) -> None:
        transcriptions = self._steps.transcriptions
        job = JobId.read(job_name, transcriptions.prefix) if transcriptions else None
        if job is None:
            return
        with suppress(error.DBOSNonExistentWorkflowError):
            await DBOS.send_async(_child_id(job.entry_id, job.run), "ended", topic=job_name)

    async def cancel(self, entry_id: str, run: int) -> None:
        await DBOS.cancel_workflow_async(workflow_id(entry_id, run), cancel_children=True)

    async def forget(self, entry_id: str, run: int) -> None:
        await DBOS.delete_workflows_async([workflow_id(entry_id, run), _child_id(entry_id, run)])

    async def forget_ended(self, before: datetime, limit: int) -> int:
        found = await DBOS.list_workflows_async(
            status="SUCCESS", completed_before=before.isoformat(), limit=limit, load_input=False, load_output=False
        )
        if found:
            await DBOS.delete_workflows_async([one.workflow_id for one in found])
        return len(found)

    async def launch(self, *, works: bool) -> None:
        """Registers, recovers and starts. Runs in the service's own loop, where what the steps use lives.

        One that does not work only enqueues, asks and cancels.
        """
        DBOS(config=self._config)
        if not works:
            DBOS.listen_queues([])

        # Beyond that, as when workers die again and again while it only waits, nothing works on a run any more.
        @DBOS.workflow(name=_PROCESS, max_recovery_attempts=100)
        async def process(entry_id: str, run: int = 1) -> str:
            return await self._stoppable(self._walk(entry_id, run))

        @DBOS.workflow(name=_TRANSCRIBE, max_recovery_attempts=100)
        async def transcribe(entry_id: str, run: int, facts: Facts) -> Facts:
            return await self._stoppable(self._transcribe_elsewhere(entry_id, run, facts))

        self._process, self._transcribe = process, transcribe
        DBOS.launch()
        settings = self._settings
        jobs, at_once = settings.bulk_upload_max_transcribe_jobs, settings.workflow_concurrency
        # A recording that is heard here holds one of few processes: more of them at once would only be in the way of
        # one that comes live. One that is heard elsewhere only waits.
        recordings = jobs + at_once if self._steps.transcriptions else settings.transcribe_workers + 1
        await self._queue(DOCUMENTS, _DOCUMENT_POLL_SECONDS, worker_concurrency=at_once)
        await self._queue(RECORDINGS, _RECORDING_POLL_SECONDS, worker_concurrency=recordings)
        await self._queue(TRANSCRIPTIONS, _TRANSCRIPTION_POLL_SECONDS, worker_concurrency=jobs, global_concurrency=jobs)

    async def stop(self) -> None:
        """Leaves each workflow where it stands; the next launch, or another worker, goes on from there."""
        self._closing = True
        await stopped(list(self._running))

    async def close(self) -> None:
        """After `stop`."""
        # Not `to_thread`: DBOS made its own threads the loop's default, and they end here.
        with ThreadPoolExecutor(1) as thread:
            await asyncio.wrap_future(thread.submit(lambda: DBOS.destroy(destroy_registry=True)))
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    async def _queue(
        self, name: str, poll_seconds: float, *, worker_concurrency: int, global_concurrency: int | None = None
    ) -> None:
        await DBOS.register_queue_async(
            name,
            worker_concurrency=worker_concurrency,
            global_concurrency=global_concurrency,
            polling_interval_sec=poll_seconds,
            on_conflict="always_update",
        )

    async def _stoppable(self, work: Coroutine[object, object, T]) -> T:
        """A workflow has no clock, no chance and no input of its own, so that running it again takes the same turns."""
        task = asyncio.current_task()
        if task is None or self._closing:
            work.close()
            raise asyncio.CancelledError
        self._running[task] = DBOS.workflow_id or ""
        try:
            return await work
        finally:
            del self._running[task]

    async def _walk(self, entry_id: str, run: int) -> str:
        facts = await self._action("identify", entry_id, run, {})
        if "fate" not in facts:
            if facts["elsewhere"]:
                facts |= await self._child(entry_id, run, facts)
            elif _is_audio(facts):
                facts |= await self._action("transcribe", entry_id, run, facts)
        for action in _REST:
            if "fate" not in facts:
                facts |= await self._action(action, entry_id, run, facts)
        if facts["fate"] not in ("done", "stopped"):
            await self._action("settle", entry_id, run, facts)
        return str(facts["fate"])

    async def _child(self, entry_id: str, run: int, facts: Facts) -> Facts:
        """A workflow of its own, as it waits in a queue of its own: no more jobs at once than the transcriber takes."""
        with SetWorkflowID(_child_id(entry_id, run)):
            handle = await DBOS.enqueue_workflow_async(TRANSCRIPTIONS, self._transcribe, entry_id, run, facts)
        return await handle.get_result(polling_interval_sec=_CHILD_POLL_SECONDS)

    async def _transcribe_elsewhere(self, entry_id: str, run: int, facts: Facts) -> Facts:
        """Holds its place in the queue from before the job's start until after its end."""
        number, language = 0, facts.get("language")
        while True:
            number += 1
            job = await self._action("start-job", entry_id, run, {**facts, "number": number, "language": language})
            if "fate" in job:
                return job
            ended = await self._await_job(entry_id, run, {**job, "number": number})
            if ended.get("status") != "again":
                return {**(ended if "fate" in ended else {"warnings": job["warnings"]}), "job": job["job"]}
            language = ended["language"]
            await DBOS.sleep_async(min(2.0**number, self._settings.transcribe_poll_seconds))

    async def _await_job(self, entry_id: str, run: int, job: Facts) -> Facts:
        """Woken by a notification, looking by itself now and then, and never waiting beyond the time limit."""
        waited, unknown = 0.0, 0
        while waited < self._settings.transcribe_timeout_seconds:
            poll = self._settings.transcribe_poll_seconds
            message = await DBOS.recv_async(topic=str(job["job"]), timeout_seconds=poll)
            waited += poll if message is None else min(poll, _MESSAGE_SECONDS)
            found = await self._action("look-at-job", entry_id, run, {**job, "unknown": unknown})
            if found.get("status") not in ("open", "unknown"):
                return found
            unknown = unknown + 1 if found["status"] == "unknown" else 0
        return await self._action("give-up-job", entry_id, run, job)

    async def _action(self, action: Action, entry_id: str, run: int, facts: Facts) -> Facts:
        async def carry_out() -> Facts:
            return await self._steps.carry_out(action, entry_id, run, facts)

        return await DBOS.run_step_async({"name": action}, carry_out)


def workflow_id(entry_id: str, run: int) -> str:
    return entry_id if run == 1 else f"{entry_id}.{run}"


def run_of(workflow: str) -> tuple[str, int]:
    entry_id, _, run = workflow.partition(".")
    return entry_id, int(run or 1)


def _child_id(entry_id: str, run: int) -> str:
    return f"{workflow_id(entry_id, run)}-transcribe"


def _is_audio(facts: Facts) -> bool:
    identified = facts["identified"]
    return isinstance(identified, dict) and identified["kind"] == "audio"
