"""Weighted, length-one feature vectors, and the kernel between them: a sum of exp(sharpness * (cosine - 1))."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from services.lex.nlu.features import Bags, Widths

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_IDF_POWER = 0.5
_UNKNOWN = 0.5  # an unknown feature of a query counts at half weight in the query's length
_RARE = 32  # a feature of fewer than one text in so many is multiplied as a sparse one
_STEP = 256  # rows of the kernel at a time: more cost memory and save no time


class Kind(NamedTuple):
    """One term of the kernel: which of a text's bags, how much it weighs, and how steeply it falls."""

    bag: str
    weight: float
    sharpness: float


MEANT = (Kind("words", 2.0, 1.5), Kind("pairs", 1.5, 0.5), Kind("grams", 2.0, 3.0))
WRITTEN = (Kind("stems", 1.0, 1.5), Kind("stem_pairs", 0.5, 0.5), Kind("grams", 2.0, 3.0))


class VectorSpace:
    """The training texts by their features; `similarity` is the kernel of a query with each of them.

    In a space of the kinds `MEANT` synonyms are the same word, in one of the kinds `WRITTEN` they are different words.
    `like` is a space of the same texts, for what the two have in common.
    """

    def __init__(
        self, bags: Sequence[Bags], widths: Widths, kinds: Sequence[Kind] = MEANT, like: "VectorSpace | None" = None
    ) -> None:
        made: dict[str, _Columns] = like._columns if like else {}
        self._columns: dict[str, _Columns] = {
            kind.bag: made.get(kind.bag) or _Columns([getattr(bag, kind.bag) for bag in bags], widths[kind.bag])
            for kind in kinds
        }
        self._rows = len(bags)
        weights = np.array([kind.weight for kind in kinds], np.float32)
        self._weights: Floats = weights / weights.sum()
        self._sharpness: Floats = np.array([kind.sharpness for kind in kinds], np.float32)

    def gram(self) -> Floats:
        """The kernel of every training text with every other."""
        kernel = np.zeros((self._rows, self._rows), np.float32)
        for columns, weight, sharpness in zip(self._columns.values(), self._weights, self._sharpness, strict=True):
            for start, cosines in columns.products(_STEP):
                similar = np.subtract(cosines, 1, out=cosines)
                similar *= sharpness
                np.exp(similar, out=similar)
                similar *= weight
                kernel[start : start + len(similar)] += similar
        return kernel

    def similarity(self, bags: Bags) -> Floats:
        """One value for each training text."""
        cosines = np.stack([columns.cosines(getattr(bags, bag)) for bag, columns in self._columns.items()])
        cosines -= 1
        cosines *= self._sharpness[:, None]
        return np.asarray(self._weights @ np.exp(cosines, out=cosines), np.float32)


class _Columns:
    """One kind of feature: TF-IDF rows of length 1, laid out by feature, so that a query touches only its own."""

    def __init__(self, bags: Sequence[Sequence[int]], width: int) -> None:
        counts = _counts(bags, width)
        rows = len(bags)
        self._frequency = np.bincount(counts.indices, minlength=counts.shape[1])
        self._idf: Floats = ((np.log((1 + rows) / (1 + self._frequency)) + 1) ** _IDF_POWER).astype(np.float32)
        self._unseen = float((np.log(1 + rows) + 1) ** _IDF_POWER)
        counts.data *= self._idf[counts.indices]
        lengths = np.sqrt(np.maximum(np.asarray(counts.multiply(counts).sum(1)).ravel(), 1e-9))
        counts.data /= np.repeat(lengths, np.diff(counts.indptr)).astype(np.float32)
        columns = counts.tocsc()
        self._rows = rows
        self._matrix = columns
        self._bounds: list[int] = columns.indptr.tolist()

    def products(self, step: int) -> Iterator[tuple[int, Floats]]:
        """The cosine of every text with every other, some rows at a time: common features as a dense product."""
        rows = self._matrix.tocsr()
        common = self._frequency > max(8, self._rows / _RARE)
        dense = rows[:, common].toarray()
        rare = rows[:, ~common]
        turned = rare.T.tocsr()
        for start in range(0, self._rows, step):
            part = dense[start : start + step] @ dense.T
            part += (rare[start : start + step] @ turned).toarray()
            yield start, part

    def cosines(self, features: Sequence[int]) -> Floats:
        """The cosine of a query with every text."""
        known = Counter(feature for feature in features if feature >= 0)
        if not known:
            return np.zeros(self._rows, np.float32)
        ids = np.fromiter(known, np.int64, len(known))
        values = (1 + np.log(np.fromiter(known.values(), np.float32, len(known)))) * self._idf[ids]
        unknown = len(features) - sum(known.values())
        length = np.sqrt(values @ values + unknown * _UNKNOWN * self._unseen**2)
        bounds, matrix = self._bounds, self._matrix
        spans = [slice(bounds[feature], bounds[feature + 1]) for feature in known]
        rows = np.concatenate([matrix.indices[span] for span in spans])
        weights = np.concatenate([matrix.data[span] for span in spans])
        weights = weights * np.repeat(values / length, [span.stop - span.start for span in spans])
        return np.bincount(rows, weights, self._rows).astype(np.float32)


def _counts(bags: Sequence[Sequence[int]], width: int) -> sp.csr_matrix:
    """1 + log of how often each text has each feature."""
    sizes = np.fromiter(map(len, bags), np.int64, len(bags))
    features = np.fromiter(chain.from_iterable(bags), np.int64, sizes.sum())
    width = max(width, 1)
    places, often = np.unique(np.repeat(np.arange(len(bags)), sizes) * width + features, return_counts=True)
    rows, columns = np.divmod(places, width)
    ends = np.searchsorted(rows, np.arange(len(bags) + 1)).astype(np.int32)
    data = (1 + np.log(often)).astype(np.float32)
    return sp.csr_matrix((data, columns.astype(np.int32), ends), shape=(len(bags), width))
