"""Weighted, length-one feature vectors, and the kernel between them: a sum of exp(sharpness * (cosine - 1))."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from services.lex.nlu.features import Bags

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

_WEIGHTS = (1.0, 0.5, 2.0, 0.5)  # stems, stem bigrams, character n-grams, concepts
_SHARPNESS = (1.5, 0.5, 3.0, 1.5)
_IDF_POWER = 0.5
_UNKNOWN = 0.5  # an unknown feature of a query counts at half weight in the query's length
_RARE = 32  # a feature of fewer than one text in so many is multiplied as a sparse one
_STEP = 1024


class VectorSpace:
    """The training texts by their features; `similarity` is the kernel of a query with each of them."""

    def __init__(self, bags: Sequence[Bags], widths: Sequence[int]) -> None:
        self._rows = len(bags)
        self._kinds = [kind for kind, width in enumerate(widths) if width]
        weights = np.array([_WEIGHTS[kind] for kind in self._kinds], np.float32)
        self._weights: Floats = weights / weights.sum()
        self._sharpness: Floats = np.array([_SHARPNESS[kind] for kind in self._kinds], np.float32)
        self._columns = [_Columns([bag[kind] for bag in bags], widths[kind]) for kind in self._kinds]

    def gram(self) -> Floats:
        """The kernel of every training text with every other."""
        kernel = np.zeros((self._rows, self._rows), np.float32)
        for columns, weight, sharpness in zip(self._columns, self._weights, self._sharpness, strict=True):
            for start, cosines in columns.products(_STEP):
                similar = np.subtract(cosines, 1, out=cosines)
                similar *= sharpness
                np.exp(similar, out=similar)
                similar *= weight
                kernel[start : start + len(similar)] += similar
        return kernel

    def similarity(self, bags: Bags) -> Floats:
        """One value for each training text."""
        cosines = np.stack(
            [columns.cosines(bags[kind]) for kind, columns in zip(self._kinds, self._columns, strict=True)]
        )
        cosines -= 1
        cosines *= self._sharpness[:, None]
        return np.asarray(self._weights @ np.exp(cosines, out=cosines), np.float32)


class _Columns:
    """One kind of feature: TF-IDF rows of length 1, laid out by feature, so that a query touches only its own."""

    def __init__(self, bags: Sequence[Sequence[int]], width: int) -> None:
        counts = _counts(bags, width)
        rows = len(bags)
        self._frequency = np.bincount(counts.indices, minlength=width)
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
    counts = [Counter(bag) for bag in bags]
    ends = np.concatenate([[0], np.cumsum([len(count) for count in counts])])
    indices = np.fromiter((feature for count in counts for feature in count), np.int32, ends[-1])
    often = np.fromiter((number for count in counts for number in count.values()), np.float32, ends[-1])
    return sp.csr_matrix((1 + np.log(often), indices, ends), shape=(len(bags), width))
