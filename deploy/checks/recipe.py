"""The Dockerfile beyond what hadolint sees."""

import re
from collections.abc import Iterator
from pathlib import Path


def findings(path: Path) -> Iterator[str]:
    text = re.sub(r"\\\n", " ", path.read_text())
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    last = max((place for place, line in enumerate(lines) if line.startswith("FROM ")), default=0)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    if not users or users[-1].split(":")[0] in ("root", "0"):
        yield "the last user is root"
    checks = [line for line in lines if line.startswith("HEALTHCHECK")]
    if not checks:
        yield "no HEALTHCHECK"
    yield from ("HEALTHCHECK calls what is not in the image" for line in checks if re.search(r"curl|wget", line))
    yield from _shells(lines)
    bases = [line for line in lines if re.match(r"ARG\s+\w+=\S*/python:(?!\S*@sha256:)", line)]
    if bases and not any(line.startswith("RUN case ") and "*@sha256:*)" in line and "exit 1" in line for line in lines):
        yield "a release may stand on a base that is not pinned"
    for line in lines:
        if line.startswith("FROM ") and re.search(r":latest\b", line):
            yield f"no fixed version: {line}"
        if re.match(r"ADD\s+https?:", line):
            yield "ADD takes what nobody has checked"
        if re.match(r"(ENV|ARG)\s+\S*(PASSWORD|SECRET|TOKEN)", line):
            yield f"a secret in the image: {line.split('=')[0]}"
        if re.search(r"pip install(?!.*--require-hashes)", line):
            yield "installs what is not pinned by its hash"
        if re.search(r"\buv pip (sync|install)\b(?!.*(--require-hashes|--no-deps))", line):
            yield "installs what is not pinned by its hash"
    if not any("COPY" in line for line in lines[last:]):
        yield "the last stage copies nothing"


def _shells(lines: list[str]) -> Iterator[str]:
    """What a stage leaves to a shell though it was made from nothing."""
    bare = {"scratch"}
    here = False
    for line in lines:
        if stage := re.match(r"FROM\s+(\S+)(?:\s+AS\s+(\S+))?", line):
            here = stage[1] in bare
            bare |= {str(stage[2])} if here else set()
        elif here and re.match(r"(RUN|CMD|ENTRYPOINT|HEALTHCHECK\s.*\bCMD)\s+[^[\s]", line):
            yield f"calls a shell, which is not in the image: {line}"
