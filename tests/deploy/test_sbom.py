"""The list of what an image is made of."""

import json
import platform
import subprocess
import sys
from pathlib import Path

from deploy.sbom import debian_packages

ROOT = Path(__file__).parents[2]


def test_every_package_of_the_interpreter_is_listed() -> None:
    told = subprocess.run(
        [sys.executable, ROOT / "deploy/sbom.py", "omnilex-bot", "0.1.0"], capture_output=True, text=True, check=True
    )
    document = json.loads(told.stdout)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == "omnilex-bot"
    urls = [component["purl"] for component in document["components"]]
    assert len(urls) == len(set(urls))
    assert any(url.startswith("pkg:pypi/fastapi@") for url in urls)


def test_packages_of_an_image_without_dpkg_are_listed_and_those_of_the_building_machine_are_not(tmp_path: Path) -> None:
    for name in ("libssl3", "zlib1g"):
        paragraph = f"Package: {name}\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1.2\n"
        (tmp_path / name).write_text(paragraph)
    command = [sys.executable, ROOT / "deploy/sbom.py", "omnilex-bot", "0.1.0", tmp_path]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    urls = [component["purl"] for component in json.loads(told.stdout)["components"]]
    assert [url for url in urls if url.startswith("pkg:deb/")] == [
        "pkg:deb/debian/libssl3@1.2?arch=arm64",
        "pkg:deb/debian/zlib1g@1.2?arch=arm64",
    ]
    assert f"pkg:generic/python@{platform.python_version()}" in urls


def test_debian_packages_that_are_installed_are_listed() -> None:
    status = (
        "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.17-1~deb12u3\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n"
        "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2.13+dfsg-1\n"
    )
    assert [component["purl"] for component in debian_packages(status)] == [
        "pkg:deb/debian/libssl3@3.0.17-1~deb12u3?arch=amd64",
        "pkg:deb/debian/zlib1g@1%3A1.2.13%2Bdfsg-1?arch=amd64",
    ]
