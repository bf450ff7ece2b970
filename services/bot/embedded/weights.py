"""Texts as rows of features, and how much a feature tells."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


class Columns:
    """The features of an index, each with its column."""

    def __init__(self, texts: Sequence[frozenset[str]]) -> None:
        self._of = {name: column for column, name in enumerate(sorted({name for found in texts for name in found}))}
        self.kinds = np.array([name[0] for name in self._of], dtype="U1")

    def __len__(self) -> int:
        return len(self._of)

    def of(self, name: str) -> int | None:
        return self._of.get(name)

    def known(self, names: frozenset[str]) -> NDArray[np.intp]:
        """The columns of those features that have one, rising."""
        return np.array(sorted(self._of[name] for name in names if name in self._of), dtype=np.intp)

    def rows(self, texts: Sequence[frozenset[str]]) -> sparse.csr_array:
        """A row for each text, with a one for each of its features, all of which must have a column."""
        columns = [self._of[name] for names in texts for name in names]
        ends = np.cumsum([0, *(len(names) for names in texts)])
        return sparse.csr_array((np.ones(len(columns)), columns, ends), shape=(len(texts), len(self._of)))

    def weights(self, by_kind: Mapping[str, float]) -> Floats:
        """The weight of each column by the kind of its feature."""
        return np.array([by_kind[kind] for kind in self.kinds], dtype=np.float64)


def rarity(frequency: Floats | NDArray[np.intp], count: int) -> Floats:
    """How much a feature tells that `frequency` of `count` have (BM25's inverse document frequency)."""
    return np.asarray(np.log(1 + (count - frequency + 0.5) / (frequency + 0.5)))


def unit_rows(matrix: sparse.csr_array, weights: Floats) -> sparse.csr_array:
    """The rows weighted and brought to length one."""
    weighted = matrix.copy()
    weighted.data = weighted.data * weights[weighted.indices]
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    weighted.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(weighted.indptr))
    return weighted
