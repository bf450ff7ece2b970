"""Python's search for garbage, put off while one large document is made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """Nothing of a document that is being made is garbage, and looking for some takes most of the time for a long one.

    For the processes that analyse, which do one thing at a time.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
