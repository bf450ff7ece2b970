"""Weighted, length-one feature vectors, and the kernel between them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from services.lex.nlu.features import Bags

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

WEIGHTS = (1 / 3.5, 0.5 / 3.5, 2 / 3.5)  # stems, stem bigrams, character n-grams
SHARPNESS = (1.5, 0.5, 3.0)
_IDF_POWER = 0.5
_UNKNOWN = 0.5  # an unknown feature of a query counts at half weight in the query's length


class VectorSpace:
    """The training texts as three sparse matrices; `similarity` is the kernel of a query with each of them."""

    def __init__(self, bags: Sequence[Bags], widths: Sequence[int]) -> None:
        rows = len(bags)
        self._idf: list[Floats] = []
        self._blocks: list[sp.csr_matrix] = []
        for kind, width in enumerate(widths):
            counts = _counts([bag[kind] for bag in bags], width)
            frequency = np.bincount(counts.indices, minlength=width)
            idf = ((np.log((1 + rows) / (1 + frequency)) + 1) ** _IDF_POWER).astype(np.float32)
            self._idf.append(idf)
            self._blocks.append(_unit(counts, idf, 0.0))
        self._unseen = float((np.log(1 + rows) + 1) ** _IDF_POWER)

    def gram(self) -> Floats:
        """The kernel of every training text with every other."""
        rows = self._blocks[0].shape[0]
        kernel = np.zeros((rows, rows), np.float32)
        for block, weight, sharpness in zip(self._blocks, WEIGHTS, SHARPNESS, strict=True):
            cosine = (block @ block.T).toarray()
            kernel += weight * np.exp(sharpness * (cosine - 1))
        return kernel

    def similarity(self, bags: Bags) -> Floats:
        similar = np.zeros(self._blocks[0].shape[0], np.float32)
        for block, idf, features, weight, sharpness in zip(
            self._blocks, self._idf, bags, WEIGHTS, SHARPNESS, strict=True
        ):
            known = [feature for feature in features if feature >= 0]
            extra = (len(features) - len(known)) * _UNKNOWN * self._unseen**2
            query = np.zeros(block.shape[1], np.float32)
            row = _unit(_counts([known], block.shape[1]), idf, extra)
            query[row.indices] = row.data
            similar += weight * np.exp(sharpness * (block @ query - 1))
        return similar


def _counts(bags: Sequence[Sequence[int]], width: int) -> sp.csr_matrix:
    indices: list[int] = []
    values: list[int] = []
    ends = [0]
    for bag in bags:
        count: dict[int, int] = {}
        for feature in bag:
            count[feature] = count.get(feature, 0) + 1
        indices += count
        values += count.values()
        ends.append(len(indices))
    data = 1 + np.log(np.array(values, np.float32))
    return sp.csr_matrix((data, np.array(indices, np.int32), np.array(ends, np.int32)), shape=(len(bags), width))


def _unit(counts: sp.csr_matrix, idf: Floats, extra: float) -> sp.csr_matrix:
    """Weights by idf and scales each row to length 1; `extra` is the squared weight of what the vocabulary lacks."""
    counts.data *= idf[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    square = np.bincount(rows, counts.data**2, minlength=counts.shape[0]) + extra
    counts.data /= np.sqrt(np.maximum(square, 1e-9)).astype(np.float32)[rows]
    return counts
