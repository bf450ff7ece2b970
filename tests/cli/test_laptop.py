"""What `omnilex up` makes of the folder, the ports and the settings it finds."""

import json
import socket
from pathlib import Path

import pytest

from services.cli.connection import CommandFailed
from services.cli.gateway import StaffLogin
from services.cli.laptop import (
    SECRET_KEYS,
    Plan,
    environment,
    exclusive,
    prepare_folder,
    require_free_ports,
    staff_login,
)
from tests.e2e.conftest import free_port

LOGIN = StaffLogin(username="pat", password="a password")


def secrets_of(folder: Path) -> dict[str, str]:
    made = environment(Plan(data_dir=folder), LOGIN)
    return {name: made[name] for name in SECRET_KEYS}


def test_secrets_are_made_once_for_their_owner_only(data_dir: Path) -> None:
    first = secrets_of(data_dir)
    assert len(set(first.values())) == len(SECRET_KEYS)
    assert secrets_of(data_dir) == first
    assert (data_dir / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_came_with_a_release_is_added(data_dir: Path) -> None:
    (data_dir / "secrets.json").write_text(json.dumps({SECRET_KEYS[0]: "kept"}))
    (data_dir / "accounts.sqlite").touch()
    assert secrets_of(data_dir)[SECRET_KEYS[0]] == "kept"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"OMNILEX_PIN_PEPPER": 1}', b"\xff"])
def test_damaged_secrets_are_not_replaced(data_dir: Path, content: bytes) -> None:
    (data_dir / "secrets.json").write_bytes(content)
    with pytest.raises(CommandFailed, match=r"secrets\.json is damaged.*--data"):
        environment(Plan(data_dir=data_dir), LOGIN)
    assert (data_dir / "secrets.json").read_bytes() == content


def test_secrets_missing_beside_data_are_not_made_anew(data_dir: Path) -> None:
    (data_dir / "accounts.sqlite").touch()
    with pytest.raises(CommandFailed, match=r"secrets\.json is missing"):
        environment(Plan(data_dir=data_dir), LOGIN)


def test_a_damaged_login_is_made_anew(data_dir: Path) -> None:
    (data_dir / "staff-login.json").write_text("{")
    login = staff_login(data_dir)
    assert login.username == "supervisor"
    assert staff_login(data_dir) == login


def test_the_login_of_the_settings_wins_and_is_what_the_other_commands_find(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    generated = staff_login(data_dir)
    (tmp_path / ".env").write_text("OMNILEX_BOOTSTRAP_USERNAME=kim\nOMNILEX_BOOTSTRAP_PASSWORD=words of her own\n")
    login = staff_login(data_dir)
    assert login == StaffLogin(username="kim", password="words of her own") != generated
    assert StaffLogin.model_validate_json((data_dir / "staff-login.json").read_bytes()) == login
    made = environment(Plan(data_dir=data_dir), login)
    assert made["OMNILEX_BOOTSTRAP_PASSWORD"] == "words of her own"


def test_what_the_settings_say_stays(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("OMNILEX_BOT_URL=http://elsewhere\n")
    made = environment(Plan(data_dir=data_dir), LOGIN)
    assert "OMNILEX_BOT_URL" not in made  # each service reads `.env` itself
    assert made["OMNILEX_LEX_URL"] == "http://127.0.0.1:8083"
    assert made["OMNILEX_LEX_SEARCH_URL"] == "http://127.0.0.1:8082"
    assert made["OMNILEX_LEX_SPEECH"] == "pocketsphinx"


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandFailed, match=r"file.* cannot be used: File exists"):
        prepare_folder(tmp_path / "file")
    (tmp_path / "data" / "logs" / "media.log").mkdir(parents=True)
    with pytest.raises(CommandFailed, match=r"media\.log cannot be used: Is a directory"):
        prepare_folder(tmp_path / "data")


def test_a_lock_is_held_once(data_dir: Path) -> None:
    with exclusive(data_dir / "up.lock") as first, exclusive(data_dir / "up.lock") as second:
        assert first
        assert not second
    with exclusive(data_dir / "up.lock") as third:
        assert third


def test_a_port_in_use_and_an_address_of_another_machine_are_named(data_dir: Path) -> None:
    port = free_port()
    with (
        socket.create_server(("127.0.0.1", port + 3)),
        pytest.raises(CommandFailed, match=rf"{port + 3} \(lex\).*--port"),
    ):
        require_free_ports(Plan(data_dir=data_dir, port=port), patience=0.3)
    with pytest.raises(CommandFailed, match=r"address 192\.0\.2\.1 .*--host"):
        require_free_ports(Plan(data_dir=data_dir, port=port, host="192.0.2.1"), patience=0.3)
    require_free_ports(Plan(data_dir=data_dir, port=port), patience=0.3)
