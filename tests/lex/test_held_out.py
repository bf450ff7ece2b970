"""What the closed form says of texts left out, against really leaving them out."""

import numpy as np
import pytest

from services.lex.nlu.held_out import fit, held_out
from services.lex.nlu.training import TrainingSet
from services.lex.nlu.vectors import Floats

RIDGE = 0.1


def rows_of(intents: int, utterances: int, expansions: int) -> TrainingSet:
    """Each utterance with some expansions, then the intents' names."""
    names = tuple(f"Intent{number}" for number in range(intents))
    of_text = np.repeat(np.arange(intents), utterances * expansions)
    spoken = np.repeat(np.arange(intents * utterances), expansions)
    numbers = np.concatenate([spoken, np.arange(intents) + len(spoken)])
    texts = tuple(f"text {number}" for number in range(len(numbers)))
    return TrainingSet(names, texts, np.concatenate([of_text, np.arange(intents)]), numbers, len(of_text))


def kernel_of(rows: TrainingSet) -> Floats:
    random = np.random.default_rng(len(rows.texts))
    points = random.normal(size=(len(rows.texts), 12)) + 2 * random.normal(size=(len(rows.names), 12))[rows.intents]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return np.exp(2 * (points @ points.T - 1)).astype(np.float32)


def without(kernel: Floats, rows: TrainingSet, out: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Floats:
    """What a model fitted on the other texts says of these."""
    trained = kernel[np.ix_(~out, ~out)].astype(np.float64) + RIDGE * np.eye(int((~out).sum()))
    return np.asarray(kernel[np.ix_(out, ~out)] @ np.linalg.solve(trained, rows.target()[~out]))


@pytest.mark.parametrize(("intents", "utterances", "expansions"), [(2, 1, 1), (3, 4, 1), (5, 6, 3), (12, 25, 2)])
def test_left_out_in_closed_form_is_as_left_out_in_earnest(intents: int, utterances: int, expansions: int) -> None:
    rows = rows_of(intents, utterances, expansions)
    kernel = kernel_of(rows)
    found = held_out(fit(kernel.copy(), rows), rows)
    for text in range(rows.real):
        of_utterance, of_intent = rows.utterances == rows.utterances[text], rows.intents == rows.intents[text]
        alone = without(kernel, rows, of_utterance)[np.flatnonzero(of_utterance) == text][0]
        assert found.score[text] == pytest.approx(alone.max(), abs=2e-3)
        others = np.partition(alone, -2)[-2:]
        assert others[1] - others[0] < 4e-3 or found.right[text] == (alone.argmax() == rows.intents[text])
        foreign = without(kernel, rows, of_intent)[np.flatnonzero(of_intent) == text][0]
        foreign[rows.intents[text]] = -np.inf
        assert found.foreign[text] == pytest.approx(foreign.max(), abs=2e-3)


def test_the_solution_says_of_its_own_texts_what_they_are() -> None:
    rows = rows_of(4, 5, 2)
    kernel = kernel_of(rows)
    fitted = fit(kernel.copy(), rows)
    exact = np.linalg.solve(kernel.astype(np.float64) + RIDGE * np.eye(len(kernel)), rows.target())
    np.testing.assert_allclose(fitted.alpha, exact, atol=2e-3)


def test_what_is_no_kernel_matrix_is_refused() -> None:
    rows = rows_of(2, 2, 1)
    kernel = -np.eye(len(rows.texts), dtype=np.float32)
    with pytest.raises(np.linalg.LinAlgError):
        fit(kernel, rows)
