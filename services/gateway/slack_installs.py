"""The workspaces in which the Slack app is installed, with their tokens, sealed."""

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, SecretStr
from sqlalchemy import Connection

from services.gateway import store
from services.gateway.store import StoredSlackInstall
from shared.cipher import Cipher, SealedDataError
from shared.db import Database

log = logging.getLogger("omnilex.gateway")

PURPOSE = "gateway slack tokens"


@dataclass(frozen=True, slots=True)
class Grant:
    """What Slack gives when a workspace installs the app."""

    team_id: str
    team_name: str
    app_id: str
    bot_user_id: str
    token: SecretStr
    scopes: str
    installed_by: str


@dataclass(frozen=True, slots=True)
class Installation:
    team_id: str
    app_id: str
    bot_user_id: str
    token: SecretStr


class Installations:
    """`allowed` are the workspaces that may use the app; empty for every one."""

    def __init__(
        self,
        database: Database,
        cipher: Cipher,
        *,
        allowed: frozenset[str] = frozenset(),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._allowed = allowed
        self._now = now

    def may_install(self, team_id: str) -> bool:
        return not self._allowed or team_id in self._allowed

    async def save(self, grant: Grant) -> None:
        """Installs, or installs again: the token before is forgotten."""
        secret = _Secret(token=grant.token.get_secret_value(), app_id=grant.app_id)
        row = StoredSlackInstall(
            team_id=grant.team_id,
            team_name=grant.team_name[:200],
            bot_user_id=grant.bot_user_id,
            token=self._cipher.seal(secret.model_dump_json().encode(), _place(grant.team_id)),
            scopes=grant.scopes[:1000],
            installed_by=grant.installed_by,
            installed_at=self._now(),
        )
        await self._database.at_once(lambda db: store.put_slack_install(db, row))

    async def find(self, team_id: str) -> Installation | None:
        """The installation that is in force; None where there is none, it was revoked, or it is not allowed."""
        row = await self._database.at_once(lambda db: store.slack_install(db, team_id))
        return self._opened(row) if row is not None and self.may_install(team_id) else None

    async def all(self) -> list[tuple[str, str]]:
        """The id and the name of each workspace that has the app, whether or not its token can be read."""
        return await self._database.at_once(store.slack_teams)

    async def removed(self, team_id: str, app_id: str, at: datetime, bots: frozenset[str] | None) -> None:
        """The app was taken out at that moment, or the tokens of these bot users were revoked.

        An installation of a later moment is left: Slack tells such things again, and late. It tells them to the second.
        """

        def work(row: StoredSlackInstall) -> bool:
            kept = self._opened(row)
            ours = kept is None or kept.app_id == app_id
            earlier = row.installed_at.replace(microsecond=0) <= at
            return ours and earlier and (bots is None or row.bot_user_id in bots)

        await self._revoke(team_id, work)

    async def token_refused(self, team_id: str, token: SecretStr) -> None:
        """Slack says that this token is no longer good; a newer one is left."""

        def work(row: StoredSlackInstall) -> bool:
            kept = self._opened(row)
            return kept is not None and _same(kept.token, token)

        await self._revoke(team_id, work)

    async def _revoke(self, team_id: str, concerned: Callable[[StoredSlackInstall], bool]) -> None:
        now = self._now()

        def work(db: Connection) -> bool:
            row = store.slack_install(db, team_id, lock=True)
            if row is None or row.token is None or not concerned(row):
                return False
            store.revoke_slack_install(db, team_id, now)
            return True

        if await self._database.at_once(work):
            log.warning("slack.install_revoked", extra={"team": team_id})

    def _opened(self, row: StoredSlackInstall) -> Installation | None:
        if row.token is None:
            return None
        try:
            secret = _Secret.model_validate_json(self._cipher.open(row.token, _place(row.team_id)))
        except SealedDataError:  # the secret was changed: the app has to be installed again
            log.error("slack.token_unreadable", extra={"team": row.team_id})
            return None
        return Installation(row.team_id, secret.app_id, row.bot_user_id, SecretStr(secret.token))


class _Secret(BaseModel):
    token: str
    app_id: str


def _place(team_id: str) -> str:
    return f"slack:{team_id}"


def _same(one: SecretStr, other: SecretStr) -> bool:
    return hmac.compare_digest(one.get_secret_value().encode(), other.get_secret_value().encode())
