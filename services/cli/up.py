"""`omnilex up`: every service as a process of this machine, until Ctrl-C."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import httpx
from rich.console import Console

from services.cli.chat import escaped
from services.cli.connection import CommandFailed
from services.cli.gateway import Gateway, Running, StaffLogin, read_note
from services.cli.laptop import (
    SERVICES,
    Plan,
    end_with_parent,
    environment,
    exclusive,
    prepare_folder,
    require_free_ports,
    staff_login,
    tail,
)
from services.cli.samples import load_samples

READY_SECONDS = 120.0
STOP_SECONDS = 20.0
MAX_RESTARTS = 5
STEADY_SECONDS = 60.0
NOTE = "up.json"


async def bring_up(plan: Plan, console: Console) -> int:
    """Starts everything, says where it is, and keeps it running until SIGINT or SIGTERM. Returns the exit code.

    When the system of this data folder runs already, says where and returns 0. Raises CommandFailed when it cannot
    start; nothing is left running then.
    """
    prepare_folder(plan.data_dir)
    with exclusive(plan.data_dir / "up.lock") as owned:
        if not owned:
            return _already_running(plan, console)
        (plan.data_dir / NOTE).unlink(missing_ok=True)  # of a run that was killed
        require_free_ports(plan)
        return await _Stack(plan, console).run()


def _already_running(plan: Plan, console: Console) -> int:
    running = read_note(plan.data_dir / NOTE, Running)
    if running is None:
        raise CommandFailed("OmniLex is just being started from this data folder by another process.")
    console.print(f"OmniLex is running already (process {running.pid}).")
    _tell(console, running.gateway_url, plan)
    return 0


class _Stack:
    """The services' processes. One that dies is started again; one that keeps dying ends them all."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self._plan, self._console = plan, console
        self._login = staff_login(plan.data_dir)
        self._environment = environment(plan, self._login)
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._deaths: dict[str, list[float]] = {name: [] for name in SERVICES}
        self._stop = asyncio.Event()
        self._ready = False
        self._failure: str | None = None

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        note = self._plan.data_dir / NOTE
        began = time.monotonic()
        watchers: list[asyncio.Task[None]] = []
        try:
            for name in SERVICES:
                await self._start(name)
            watchers = [asyncio.create_task(self._watch(name)) for name in SERVICES]
            if await self._all_ready():
                self._ready = True
                self._note(note)
                await self._load_samples()
                self._console.print(f"OmniLex is ready ({time.monotonic() - began:.1f} s).")
                _tell(self._console, self._plan.url("gateway"), self._plan)
                await self._stop.wait()
        finally:
            note.unlink(missing_ok=True)
            for watcher in watchers:
                watcher.cancel()
            await self._stop_all()
        if self._failure:
            raise CommandFailed(self._failure)
        self._say("OmniLex has stopped. What it knows is kept in the data folder.")
        return 0

    async def _start(self, name: str) -> None:
        with (self._plan.data_dir / "logs" / f"{name}.log").open("ab") as log:
            self._processes[name] = await asyncio.create_subprocess_exec(
                *_command(name, self._plan),
                env=dict(self._environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches this process only, which then stops them in order
                preexec_fn=end_with_parent,
            )

    async def _watch(self, name: str) -> None:
        while True:
            code = await self._processes[name].wait()
            if self._stop.is_set():
                return
            now = time.monotonic()
            self._deaths[name] = [*(at for at in self._deaths[name] if now - at < STEADY_SECONDS), now]
            if not self._ready or len(self._deaths[name]) > MAX_RESTARTS:
                log = self._plan.data_dir / "logs" / f"{name}.log"
                self._fail(f"{name} does not run (exit code {code}). The end of {log}:\n{tail(log)}")
                return
            self._say(f"{name} ended unexpectedly (exit code {code}); it is started again.")
            await asyncio.sleep(0.5 * len(self._deaths[name]))
            try:
                await self._start(name)
            except OSError as error:
                self._fail(f"{name} cannot be started again: {error}.")
                return

    def _fail(self, sentence: str) -> None:
        self._failure = sentence
        self._stop.set()

    def _say(self, sentence: str) -> None:
        """Prints, and goes on when the terminal is gone."""
        with contextlib.suppress(OSError):
            self._console.print(sentence)

    async def _all_ready(self) -> bool:
        """True once every service says it is ready; False when asked to stop before. Raises CommandFailed in time."""
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(timeout=5.0) as http:
            with self._console.status("Starting…") as status:
                while not self._stop.is_set():
                    waiting = [name for name in SERVICES if not await _is_ready(http, self._plan.url(name))]
                    if not waiting:
                        return True
                    if time.monotonic() > deadline:
                        logs = self._plan.data_dir / "logs"
                        raise CommandFailed(
                            f"Not ready after {READY_SECONDS:.0f} s: {', '.join(waiting)}. What they say is in {logs}."
                        )
                    status.update(f"Waiting for {', '.join(waiting)}…")
                    await asyncio.sleep(0.2)
        return False

    async def _load_samples(self) -> None:
        done = self._plan.data_dir / "samples-loaded"
        if not self._plan.samples or done.exists():
            return
        async with httpx.AsyncClient(base_url=self._plan.url("gateway"), timeout=30.0) as http:
            gateway = Gateway(http)
            try:
                token = (await gateway.login(self._login.username, self._login.password)).access_token
                count = await load_samples(gateway, token)
            except CommandFailed as failure:
                self._say(
                    f"The sample interactions are not all loaded; the next start tries again. {escaped(str(failure))}"
                )
                return
        done.touch()
        self._say(f"{count} sample interactions are being analysed.")

    def _note(self, path: Path) -> None:
        path.write_text(Running(pid=os.getpid(), gateway_url=self._plan.url("gateway")).model_dump_json())

    async def _stop_all(self) -> None:
        """Asks each to end, the door first; who does not end in time is killed with all its children."""
        self._stop.set()
        for name in SERVICES:
            _signal(self._processes.get(name), signal.SIGTERM)
        waits = [asyncio.create_task(process.wait()) for process in self._processes.values()]
        if waits:
            await asyncio.wait(waits, timeout=STOP_SECONDS)
        for process in self._processes.values():
            _signal(process, signal.SIGKILL)
        await asyncio.gather(*waits)


def _command(name: str, plan: Plan) -> list[str]:
    options = ["--host", plan.host if name == "gateway" else "127.0.0.1", "--port", str(plan.port_of(name))]
    options += ["--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "10"]
    return [sys.executable, "-m", "uvicorn", "--factory", f"services.{name}.main:create_app", *options]


def _signal(process: asyncio.subprocess.Process | None, number: signal.Signals) -> None:
    if process is None or (process.returncode is not None and number == signal.SIGTERM):
        return
    with contextlib.suppress(ProcessLookupError):
        if number == signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/ready")).is_success
    except httpx.HTTPError:
        return False


def _tell(console: Console, gateway_url: str, plan: Plan) -> None:
    login = read_note(plan.data_dir / "staff-login.json", StaffLogin)
    lex_url = gateway_url.rsplit(":", 1)[0] + f":{int(gateway_url.rsplit(':', 1)[1]) + SERVICES.index('lex')}"
    console.print(f"""
  Bank website and chat   {gateway_url}/
  Staff dashboard         {gateway_url}/dashboard
  API documents           {gateway_url}/docs
  Lex V2 endpoint         {lex_url}   (boto3: endpoint_url)
  Data folder             {plan.data_dir}""")
    if login:
        console.print(f"\n  Staff login             {login.username} / {login.password}")
    console.print("  Demo customer           phone +15555550100, PIN 2468\n\nCtrl-C stops everything.")
