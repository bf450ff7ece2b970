import gc

import pytest

from services.media.analysis import collecting


def test_the_search_for_garbage_goes_on_afterwards_come_what_may() -> None:
    assert gc.isenabled()
    with pytest.raises(KeyError), collecting.put_off():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    try:
        with collecting.put_off():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
