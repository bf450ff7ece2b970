"""How staff sign in: with passwords kept here, or at an issuer of OpenID Connect, such as Amazon Cognito."""

import secrets
from ipaddress import ip_address
from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from shared.callers import Role
from shared.settings import DEVELOPMENT_SECRET, ServiceSettings, split_bar

_ROLE_NAMES: tuple[Role, ...] = get_args(Role)


def _groups(value: object) -> object:
    parts = split_bar(value)
    if not isinstance(parts, tuple):
        return value
    pairs = [part.rpartition("=") for part in parts]
    if not all(group.strip() and role.strip() in _ROLE_NAMES for group, _, role in pairs):
        raise ValueError(f"groups are written Bank-Admins=admin|Desk=agent, the roles being {', '.join(_ROLE_NAMES)}")
    return {group.strip(): role.strip() for group, _, role in pairs}


def _safe_url(url: str) -> str:
    """Empty, or one whose answers nobody on the way can change."""
    if not url:
        return url
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname))):
        return url
    raise ValueError("must be an https URL (http on the loopback address only)")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


SafeUrl = Annotated[str, AfterValidator(_safe_url)]


class SignInSettings(ServiceSettings):
    """Issuer and key set are two settings, as an issuer's name need not be where it is reached."""

    staff_login: Literal["embedded", "oidc"] = Field(
        "embedded", description="embedded: passwords kept here; oidc: tokens of an issuer of OpenID Connect"
    )
    staff_token_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), min_length=32)
    staff_session_seconds: int = Field(8 * 3600, ge=1)
    login_failures: int = Field(5, ge=1, description="failed sign-ins a user name or an address has in the window")
    login_window_seconds: int = Field(15 * 60, ge=1)
    bootstrap_username: str | None = None
    bootstrap_password: SecretStr | None = Field(None, min_length=8)

    oidc_issuer: SafeUrl = Field("", description="exactly as tokens name it (`iss`)")
    oidc_jwks_url: SafeUrl = Field("", description="where the issuer's public keys are")
    oidc_client_id: str = Field("", max_length=200, description="whom tokens must be for (`aud`, else `client_id`)")
    oidc_name_claim: str = Field("username", min_length=1, description="who it is; Cognito's access tokens: username")
    oidc_groups_claim: str = Field("cognito:groups", min_length=1)
    oidc_groups: Annotated[dict[str, Role], NoDecode, BeforeValidator(_groups)] = Field(
        {role: role for role in _ROLE_NAMES}, description="the role that a group has: Bank-Admins=admin|Desk=agent"
    )
    oidc_leeway_seconds: int = Field(60, ge=0, le=300, description="how far clocks may be apart")
    oidc_keys_seconds: int = Field(
        3600, ge=60, description="how long the issuer's keys are kept; unknown ones are looked for"
    )
    oidc_authorize_url: SafeUrl = Field("", description="the issuer's page that the dashboard leads to")
    oidc_token_url: SafeUrl = Field("", description="where the code is exchanged with which that page leads back")
    oidc_scope: str = Field("openid", pattern=r"^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$")

    @model_validator(mode="before")
    @classmethod
    def _nothing_of_ours_is_signed(cls, given: object) -> object:
        """Where tokens come from elsewhere nobody needs to think of a secret for our own."""
        if isinstance(given, dict) and given.get("staff_login") == "oidc":
            return {"staff_token_secret": secrets.token_urlsafe(48)} | given
        return given

    @model_validator(mode="after")
    def _sign_in_is_whole(self) -> Self:
        if self.staff_login == "embedded":
            return self
        missing = [name for name in ("oidc_issuer", "oidc_jwks_url", "oidc_client_id") if not getattr(self, name)]
        if missing:
            keys = ", ".join(f"OMNILEX_{name.upper()}" for name in missing)
            raise ValueError(f"OMNILEX_STAFF_LOGIN=oidc needs {keys}")
        if bool(self.oidc_authorize_url) != bool(self.oidc_token_url):
            raise ValueError("set both or neither: OMNILEX_OIDC_AUTHORIZE_URL, OMNILEX_OIDC_TOKEN_URL")
        if not self.oidc_groups:
            raise ValueError("nobody could sign in: OMNILEX_OIDC_GROUPS")
        if self.bootstrap_username:
            raise ValueError("OMNILEX_BOOTSTRAP_USERNAME has a password: not with OMNILEX_STAFF_LOGIN=oidc")
        return self
