"""Yearly rates: parts per million inside, hundredths of a percent on the wire, percent in a sentence."""

from decimal import Decimal

_PPM_OF_A_BASIS_POINT = 100


def ppm_of(basis_points: Decimal) -> int:
    """`612.5` (6.125 %) -> `61250`. The wire has two decimals at most, so nothing is rounded."""
    return int(basis_points * _PPM_OF_A_BASIS_POINT)


def basis_points_of(ppm: int) -> Decimal:
    return Decimal(ppm) / _PPM_OF_A_BASIS_POINT


def in_percent(ppm: int) -> str:
    """`6.125%`, `4.15%`, `5.00%`: two decimals, or as many as it takes."""
    percent = Decimal(ppm) / 10_000
    text = f"{percent:.2f}"
    return f"{percent.normalize():f}%" if Decimal(text) != percent else f"{text}%"
