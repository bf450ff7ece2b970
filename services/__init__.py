"""The services, each a program of its own; they meet over HTTP only."""

import sys

# Where Rich is installed as well, httpx loads its own command line with it: a tenth of what a service's start takes.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how an import is declined
