"""What an image is made of, as a CycloneDX document.  `python sbom.py NAME VERSION [STATUS]`

Python, its packages and Debian's; run by the interpreter whose packages are meant. STATUS is the folder with what dpkg
knows of each Debian package (`image_root.py` makes it); without it those of this machine are meant.
Format: CycloneDX 1.6; package URLs by the purl specification.
"""

import json
import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

DPKG = Path("/var/lib/dpkg/status")  # one file of paragraphs, or in images without dpkg a folder with a file for each
Component = dict[str, object]


def python_packages() -> Iterator[Component]:
    found = {
        re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower(): package
        for package in distributions()
        if package.metadata["Name"]
    }
    for name, package in sorted(found.items()):
        component: Component = _component(name, package.version, f"pkg:pypi/{name}@{package.version}")
        licence = package.metadata["License-Expression"] if "License-Expression" in package.metadata else None  # noqa: SIM401  its type has no get
        if licence:
            component["licenses"] = [{"expression": licence}]
        yield component


def interpreter() -> Component:
    version = platform.python_version()
    return _component("python", version, f"pkg:generic/python@{version}")


def debian_packages(status: str) -> Iterator[Component]:
    """From dpkg's own list of what is installed, paragraphs with an empty line between them."""
    for paragraph in status.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version|Status|Architecture): (.+)$", paragraph, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            name, version = fields["Package"], fields["Version"]
            purl = (
                f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={fields['Architecture']}"
            )
            yield _component(name, version, purl)


def document(name: str, version: str, components: list[Component]) -> dict[str, object]:
    main = {"type": "container", "bom-ref": name, "name": name, "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": main},
        "components": components,
    }


def _component(name: str, version: str, purl: str) -> Component:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


if __name__ == "__main__":
    known = sorted(Path(sys.argv[3]).iterdir()) if len(sys.argv) > 3 else [DPKG] if DPKG.exists() else []
    debian = debian_packages("\n\n".join(path.read_text() for path in known))
    made_of = [interpreter(), *python_packages(), *debian]
    json.dump(document(sys.argv[1], sys.argv[2], made_of), sys.stdout, indent=1)
