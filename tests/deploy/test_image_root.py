"""The root file system of the images, made of a Debian that is made up."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from deploy.image_libraries import binaries, libraries
from deploy.image_root import PACKAGES, USERS, Base, Unowned, main

_PYTHON = "usr/local/lib/python3.12"


class Debian:
    """A file system with dpkg's record of it, in which /lib is a link into /usr as in Debian's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._info = root / "var/lib/dpkg/info"
        self._info.mkdir(parents=True)
        self._status: list[str] = []
        for folder in ("lib", "bin"):
            (root / "usr" / folder).mkdir(parents=True)
            (root / folder).symlink_to(f"usr/{folder}")

    def write(self, place: str, text: str = "", mode: int = 0o644) -> None:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def install(self, name: str, *places: str, architecture: str = "") -> None:
        for place in places:
            if not (self.root / place).is_symlink():
                self.write(place, f"{place} of {name}")
        folders = {str(folder) for place in places for folder in Path(place).parents}
        listed = "".join(f"/{place}\n" for place in sorted({*folders, *places}))
        (self._info / f"{name}{architecture}.list").write_text(listed)
        self._status.append(f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n")
        (self.root / "var/lib/dpkg/status").write_text("\n".join(self._status))


@pytest.fixture
def debian(tmp_path: Path) -> Debian:
    made = Debian(tmp_path / "debian")
    for name in PACKAGES - {"base-files", "ca-certificates", "libc6"}:
        made.install(name, f"usr/share/doc/{name}/copyright")
    made.install("base-files", "usr/lib/os-release", "etc/debian_version", "bin", "lib")
    made.install(
        "libc6", "lib/x86_64-linux-gnu/libc.so.6", "lib/x86_64-linux-gnu/gconv/KOI8-R.so", architecture=":amd64"
    )
    made.install("bash", "bin/bash")
    authorities = ["usr/share/ca-certificates/mozilla/B.crt", "usr/share/ca-certificates/mozilla/A.crt"]
    made.install("ca-certificates", *authorities, "usr/sbin/update-ca-certificates")
    return made


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() or path.is_symlink()}


def test_packages_come_without_what_is_run_or_read_by_people(debian: Debian, tmp_path: Path) -> None:
    debian.install(
        "tzdata",
        "usr/share/zoneinfo/Etc/UTC",
        "usr/share/zoneinfo/right/UTC",
        "usr/share/doc/tzdata/copyright",
        "usr/share/doc/tzdata/changelog.gz",
        "usr/share/man/man5/tzfile.5.gz",
        "usr/sbin/tzconfig",
    )
    assert main(tmp_path / "root", debian.root) == 0
    found = files(tmp_path / "root")
    assert {"usr/share/zoneinfo/Etc/UTC", "usr/share/doc/tzdata/copyright", "usr/lib/os-release"} <= found
    assert {name for name in found if "/bin/" in name or "/sbin/" in name or "/man/" in name} == set()
    assert not {"usr/share/zoneinfo/right/UTC", "usr/share/doc/tzdata/changelog.gz"} & found
    assert not [name for name in found if "bash" in name or "gconv" in name]


def test_old_places_of_libraries_are_links_and_each_file_is_there_once(debian: Debian, tmp_path: Path) -> None:
    assert main(tmp_path / "root", debian.root) == 0
    assert (tmp_path / "root/lib").readlink() == Path("usr/lib")
    assert (tmp_path / "root/lib/x86_64-linux-gnu/libc.so.6").read_text().endswith("of libc6")
    assert [name for name in files(tmp_path / "root") if name.endswith("libc.so.6")] == [
        "usr/lib/x86_64-linux-gnu/libc.so.6"
    ]


def test_scanners_are_told_of_every_package_and_of_no_other(debian: Debian, tmp_path: Path) -> None:
    assert main(tmp_path / "root", debian.root) == 0
    told = tmp_path / "root/var/lib/dpkg/status.d"
    assert {path.name for path in told.iterdir()} == PACKAGES
    assert "Package: libc6\nStatus: install ok installed\n" in (told / "libc6").read_text()
    assert not (tmp_path / "root/var/lib/dpkg/status").exists()


def test_authorities_are_those_of_the_package_and_none_that_the_building_machine_added(
    debian: Debian, tmp_path: Path
) -> None:
    debian.write("etc/ssl/certs/ca-certificates.crt", "the company's own")
    assert main(tmp_path / "root", debian.root) == 0
    bundle = (tmp_path / "root/etc/ssl/certs/ca-certificates.crt").read_text()
    assert [line.split()[0][-5:] for line in bundle.splitlines()] == ["A.crt", "B.crt"]


def test_what_is_for_those_who_write_programs_stays_behind(debian: Debian, tmp_path: Path) -> None:
    kept = ("os.py", "json/decoder.py", "lib-dynload/_json.cpython-312.so", "concurrent/futures/thread.py")
    left = (
        "test/test_os.py",
        "ensurepip/__init__.py",
        "site-packages/pip/__init__.py",
        "json/__pycache__/decoder.pyc",
        "turtle.py",
        "lib-dynload/_tkinter.cpython-312.so",
        "config-3.12/Makefile",
    )
    for name in (*kept, *left):
        debian.write(f"{_PYTHON}/{name}")
    for name in ("bin/python3.12", "bin/python3.12-config", "bin/pip", "include/python3.12/Python.h"):
        debian.write(f"usr/local/{name}", mode=0o755)
    (debian.root / "usr/local/bin/python").symlink_to("python3.12")
    assert main(tmp_path / "root", debian.root) == 0
    found = {name for name in files(tmp_path / "root") if name.startswith("usr/local/")}
    assert found == {f"{_PYTHON}/{name}" for name in kept} | {"usr/local/bin/python", "usr/local/bin/python3.12"}
    assert (tmp_path / "root/usr/local/bin/python").stat().st_mode & 0o111 == 0o111


def test_users_have_names_and_no_way_in(debian: Debian, tmp_path: Path) -> None:
    assert main(tmp_path / "root", debian.root) == 0
    lines = [line.split(":") for line in (tmp_path / "root/etc/passwd").read_text().splitlines()]
    assert {(name, int(user)) for name, _, user, *_ in lines} == {(name, number) for name, (number, _) in USERS.items()}
    assert {line[-1] for line in lines} == {"/usr/sbin/nologin"}
    assert "omnilex:x:10001:\n" in (tmp_path / "root/etc/group").read_text()


def test_library_is_of_the_package_that_says_so_by_its_old_place(debian: Debian) -> None:
    debian.install("libffi8", "usr/lib/x86_64-linux-gnu/libffi.so.8", architecture=":amd64")
    base = Base(debian.root)
    old, new = debian.root / "lib/x86_64-linux-gnu/libc.so.6", debian.root / "usr/lib/x86_64-linux-gnu/libffi.so.8"
    places = [Path("/") / path.relative_to(debian.root) for path in (old, new)]
    assert base.packages_of(places) == {"libc6", "libffi8"}
    with pytest.raises(Unowned, match=r"/opt/lib/libours\.so is of no package"):
        base.packages_of([Path("/opt/lib/libours.so")])


def test_package_that_the_base_lacks_is_named(
    debian: Debian, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (debian.root / "var/lib/dpkg/info/netbase.list").unlink()
    assert main(tmp_path / "root", debian.root) == 1
    assert capsys.readouterr().err == "package netbase is not installed\n"


@pytest.mark.skipif(sys.platform != "linux", reason="images are made on Linux")
def test_libraries_of_a_binary_are_those_that_the_loader_finds() -> None:
    package = Path(str(find_spec("numpy.linalg").origin)).parent  # type: ignore[union-attr]
    found, missing = libraries(next(binaries([package])))
    assert "libc.so.6" in {path.name for path in found}
    assert any(path.parent.name == "numpy.libs" for path in {path.resolve() for path in found})
    assert missing == set()
