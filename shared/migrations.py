"""Which version a service's tables have, and which its `migrations` folder would bring them to.

Alembic itself is loaded only when the two differ: it takes as long as the rest of a start's work on the database.
"""

import re
from ast import literal_eval
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

_REVISION = re.compile(r"^(revision|down_revision)\b[^=\n]*=(.+)$", re.MULTILINE)


def folder_of(package: str) -> Path:
    """The migrations of a service's package."""
    return Path(str(files(package))) / "migrations"


def version_table(package: str) -> str:
    """The table in which a service keeps its tables' version: several services may share a database."""
    return f"{package.rpartition('.')[2]}_migrations"


def is_newest(connection: Connection, package: str) -> bool:
    """Whether the service's tables have the newest version that its migrations tell of; false where that is unclear."""
    newest = _newest(folder_of(package) / "versions")
    name = version_table(package)
    if newest is None or not inspect(connection).has_table(name):
        return False
    return list(connection.execute(select(column("version_num")).select_from(table(name))).scalars()) == [newest]


def upgrade(connection: Connection, package: str) -> None:
    """Brings the service's tables to the newest version."""
    from alembic import command  # noqa: PLC0415  see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder_of(package)))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _newest(versions: Path) -> str | None:
    """The revision on which no other builds; None when a script is not told so plainly, or there are branches."""
    revisions, followed = set(), set()
    for script in versions.glob("*.py"):
        try:
            told = {name: literal_eval(value.strip()) for name, value in _REVISION.findall(script.read_text())}
        except (SyntaxError, ValueError):
            return None
        revisions.add(told.get("revision"))
        followed.add(told.get("down_revision"))
    newest = revisions - followed
    return newest.pop() if len(newest) == 1 else None
