"""`python -m bench.gateway [sqlite|postgresql]`: what the gateway itself costs, in one run.

A web-chat turn: the processor time of the gateway's process (user and system) over thousands of turns, at 16
connections and at one; the Lex runtime is another process, which gives one canned answer. Passed-on reads: through the
gateway, signed in as staff, and beside it the same service asked directly with a service's own token, turn about.
"""

import asyncio
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import psutil

from bench.accounts.service import database, worker
from bench.gateway.reads import Read, measured_reads, prepared_reads
from bench.gateway.turns import measured_turns

PORT = int(os.environ.get("OMNILEX_BENCH_PORT", "19500"))
GATEWAY, LEX, INSIGHTS, ACCOUNTS = (f"http://127.0.0.1:{PORT + n}" for n in range(4))
LOGIN = {"username": "bench", "password": "bench-password"}
# The limits that protect a public gateway would be what is measured.
UNLIMITED = {"OMNILEX_CHAT_SESSIONS_PER_MINUTE": "100000", "OMNILEX_CHAT_MESSAGES_PER_MINUTE": "1000000"}


async def run(gateway: psutil.Process) -> list[Read]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        await measured_turns(http, GATEWAY, gateway)
        async with http.post(f"{GATEWAY}/api/v1/auth/login", json=LOGIN) as answer:
            staff = {"authorization": f"Bearer {(await answer.json())['access_token']}"}
        reads = await prepared_reads(http, gateway_url=GATEWAY, insights_url=INSIGHTS, accounts_url=ACCOUNTS)
        await measured_reads(http, reads, staff, gateway)
        return reads


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
    print(f"load average before: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        settings = {
            **UNLIMITED,
            "OMNILEX_DATA_DIR": name,
            "OMNILEX_LEX_URL": LEX,
            "OMNILEX_INSIGHTS_URL": INSIGHTS,
            "OMNILEX_ACCOUNTS_URL": ACCOUNTS,
            "OMNILEX_BOOTSTRAP_USERNAME": LOGIN["username"],
            "OMNILEX_BOOTSTRAP_PASSWORD": LOGIN["password"],
            "OMNILEX_GATEWAY_DATABASE_URL": stack.enter_context(database(kind, folder)),
        }
        stack.enter_context(worker("bench.gateway.stand_in:create_app", LEX))
        stack.enter_context(worker("services.insights.main:create_app", INSIGHTS, **settings))
        stack.enter_context(worker("services.accounts.main:create_app", ACCOUNTS, **settings))
        gateway = stack.enter_context(worker("services.gateway.main:create_app", GATEWAY, **settings))
        asyncio.run(run(gateway))
    print(f"load average after: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")


if __name__ == "__main__":
    main()
