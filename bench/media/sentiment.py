"""How well the built-in engine tells the feeling of service turns: `python -m bench.media.sentiment`.

The turns were labelled by docs/reference/sentiment-labels.md before any engine was run on them. Half of them, the
hold-out, was never looked at while the engine was made. Plain VADER stands beside it, with its authors' own bounds
(compound at or over 0.05 is positive, at or under -0.05 negative), and with the product's formula before.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from services.media.analysis.sentiment import score_text
from services.media.analysis.settings import AnalysisSettings

LABELS = ("POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED")
SETS = ("service_turns_development", "service_turns_holdout", "other_trades_development", "other_trades_holdout")
_VADER_BOUND = 0.05

Judged = list[tuple[str, str]]
"""The label of each turn and what was found."""


def read_turns(name: str) -> list[tuple[str, str]]:
    """Label and text of each turn of a set."""
    lines = Path(__file__).with_name(f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(label, text) for label, _, text in (line.partition("\t") for line in lines)]


def judged(turns: Sequence[tuple[str, str]], judge: "Callable[[str], str] | None" = None) -> Judged:
    return [(label, (judge or ours())(text)) for label, text in turns]


def ours() -> Callable[[str], str]:
    settings = AnalysisSettings()
    return lambda text: score_text(text, "en-US", settings).label or "NONE"


def plain_vader() -> Callable[[str], str]:
    analyser = SentimentIntensityAnalyzer()

    def judge(text: str) -> str:
        compound = analyser.polarity_scores(text)["compound"]
        return "POSITIVE" if compound >= _VADER_BOUND else "NEGATIVE" if compound <= -_VADER_BOUND else "NEUTRAL"

    return judge


def macro_f1(found: Judged, labels: Sequence[str] = LABELS) -> float:
    """Mean of the labels' F1 = 2 TP / (said + there)."""
    pairs = Counter(found)
    there, said = Counter(label for label, _ in found), Counter(label for _, label in found)
    return sum(2 * pairs[one, one] / max(1, there[one] + said[one]) for one in labels) / len(labels)


def without_mixed(found: Judged) -> Judged:
    """The three classes that plain VADER knows."""
    return [(label, "NEUTRAL" if said == "MIXED" else said) for label, said in found if label != "MIXED"]


def matrix(found: Judged) -> str:
    pairs = Counter(found)
    rows = [f"| labelled \\ found | {' | '.join(LABELS)} |", "|" + "---|" * (len(LABELS) + 1)]
    return "\n".join([*rows, *(f"| {a} | {' | '.join(str(pairs[a, b]) for b in LABELS)} |" for a in LABELS)])


def main() -> None:
    for name in SETS:
        turns = read_turns(name)
        own, vader = judged(turns, ours()), judged(turns, plain_vader())
        print(f"{name}: {len(turns)} turns, macro-F1 {macro_f1(own):.3f}, three classes "
              f"{macro_f1(without_mixed(own), LABELS[:3]):.3f}; plain VADER {macro_f1(vader):.3f}, "
              f"three classes {macro_f1(without_mixed(vader), LABELS[:3]):.3f}")  # fmt: skip
        print(f"\n{matrix(own)}\n\nplain VADER\n{matrix(vader)}\n")


if __name__ == "__main__":
    main()
