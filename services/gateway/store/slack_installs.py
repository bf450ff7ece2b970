"""Queries on the workspaces that installed the Slack app. Each takes the connection of the caller's transaction."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.gateway.store.tables import METADATA

_INSTALLS = METADATA.tables["slack_install"]


class StoredSlackInstall(NamedTuple):
    """A row of `SlackInstallRow`."""

    team_id: str
    team_name: str
    bot_user_id: str
    token: bytes | None
    scopes: str
    installed_by: str
    installed_at: datetime
    revoked_at: datetime | None = None


def slack_install(db: Connection, team_id: str, *, lock: bool = False) -> StoredSlackInstall | None:
    """With `lock` nobody else can read it so until the transaction ends."""
    query = select(*(_INSTALLS.c[name] for name in StoredSlackInstall._fields)).where(_INSTALLS.c.team_id == team_id)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return StoredSlackInstall(*row) if row is not None else None


def slack_teams(db: Connection) -> list[tuple[str, str]]:
    """The id and the name of each workspace that has not taken the app out."""
    query = select(_INSTALLS.c.team_id, _INSTALLS.c.team_name).where(_INSTALLS.c.revoked_at.is_(None))
    return [(row.team_id, row.team_name) for row in db.execute(query.order_by(_INSTALLS.c.team_name))]


def put_slack_install(db: Connection, install: StoredSlackInstall) -> None:
    """In place of what there was of the workspace."""
    values = install._asdict()
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    db.execute(insert(_INSTALLS).values(values).on_conflict_do_update(index_elements=["team_id"], set_=values))


def revoke_slack_install(db: Connection, team_id: str, at: datetime) -> None:
    """Forgets the workspace's token."""
    db.execute(update(_INSTALLS).where(_INSTALLS.c.team_id == team_id).values(token=None, revoked_at=at))
