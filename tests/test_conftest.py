"""What the fixtures' own module promises to tests."""

import uuid

import pytest

from tests.conftest import without_chance

ID = "2468" * 8


@pytest.mark.parametrize(
    "drawn",
    [ID, ID[:16], str(uuid.UUID(ID)), "2026-11-23T08:20:34.992468Z", "0.72468", "1795418782468", "R-2468G9R454"],
)
def test_a_secret_is_found_beside_what_is_drawn_and_not_in_it(drawn: str) -> None:
    assert "2468" not in without_chance(f"{drawn} {drawn}".encode())
    for told in (f"{drawn} 2468", f"the PIN is 2468. {drawn}", f'"{drawn}","2468"', f"{ID}2468"):
        assert "2468" in without_chance(told)
