"""Releases to a stack whose parameter Services is `release`.

    python -m deploy.release plan   bank --tag 0.2.0 --environment production
    python -m deploy.release apply  bank --tag 0.2.0 --environment production
    python -m deploy.release status bank
    python -m deploy.release roll-back bank [--service gateway]

Exit code 0: done; 1: a service failed and ECS took it back; 2: nothing was done, and why.
"""

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from deploy.clients import Clients, open_clients
from deploy.environments import read_environment
from deploy.manifests import IN_ORDER
from deploy.plan import CannotRelease, Step, make_plan, values_of
from deploy.rollout import ReleaseFailed, Rollout, status_of


def main(arguments: Sequence[str] | None = None, clients: Clients | None = None, pause: float = 10) -> int:
    told = _parser().parse_args(arguments)
    try:
        return _run(told, clients or open_clients(told.region), pause)
    except (CannotRelease, FileNotFoundError, ValueError) as problem:
        print(problem, file=sys.stderr)
    except ReleaseFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"AWS: {error}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--region")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("plan", "apply"):
        command = commands.add_parser(name)
        command.add_argument("stack")
        command.add_argument("--tag", required=True, help="of the images")
        command.add_argument("--environment", default="production", help="a file of deploy/environments")
    commands.add_parser("status").add_argument("stack")
    back = commands.add_parser("roll-back")
    back.add_argument("stack")
    back.add_argument("--service", action="append", choices=IN_ORDER, help="default: those of the newest release")
    return parser


def _run(told: argparse.Namespace, clients: Clients, pause: float) -> int:
    if told.command in ("plan", "apply"):
        steps = make_plan(told.stack, told.tag, read_environment(told.environment), clients)
        _show(steps)
        if told.command == "apply":
            Rollout(clients, print, pause=pause).apply(steps, told.tag)
        return 0
    cluster = values_of(told.stack, "", clients).get("Cluster")
    if cluster is None:
        raise CannotRelease(f"the stack {told.stack} has no cluster")
    if told.command == "status":
        print("\n".join(status_of(cluster, list(IN_ORDER), clients)))
    else:
        names = [name for name in IN_ORDER if not told.service or name in told.service]
        Rollout(clients, print, pause=pause).roll_back(cluster, names, chosen=bool(told.service))
    return 0


def _show(steps: list[Step]) -> None:
    for step in steps:
        containers = step.manifest.task["containerDefinitions"]
        image = (
            str(containers[0].get("image")) if isinstance(containers, list) and isinstance(containers[0], dict) else ""
        )
        print(f"{step.name:13} {step.action:7} {image.rpartition('/')[2][:40]}")


if __name__ == "__main__":
    sys.exit(main())
