"""The templates that are made from something else: the bot, the flows of Amazon Connect, the services of ECS.

    python -m deploy.generate          writes them
    python -m deploy.generate --check  says which are not in step, exit code 1

Each has one source: `infra/lex`, `infra/connect`, `deploy/ecs`. What is written is committed, so that the templates can
be read, checked and launched without running anything.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml
from pydantic import JsonValue

from deploy import bot_template, flow_template, service_template

INFRA = Path(__file__).parents[1] / "infra"
GENERATED: Mapping[str, Callable[[], dict[str, JsonValue]]] = {
    "bot-definition.yaml": bot_template.template,
    "contact-flows.yaml": flow_template.template,
    "services.yaml": service_template.template,
}


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True  # CloudFormation reads no aliases


def text_of(name: str) -> str:
    body = yaml.dump(GENERATED[name](), Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
    return f"# Made by `python -m deploy.generate`; change what it is made from.\n{body}"


def out_of_step() -> list[str]:
    """The names of the templates that differ from what would be written."""
    return [name for name in GENERATED if not _is(INFRA / name, text_of(name))]


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        stale = out_of_step()
        for name in stale:
            print(f"infra/{name} is not in step with its source: run python -m deploy.generate", file=sys.stderr)
        return 1 if stale else 0
    for name in GENERATED:
        (INFRA / name).write_text(text_of(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
