"""How well two voices on one channel are told apart: `python -m bench.media.voices`.

Made-up telephone calls (tests/media/analysis/calls.py) of pairs of voices on which nothing was tuned.
"""

import time
from statistics import mean, median

from services.media.analysis.voices import tell_apart
from tests.media.analysis.calls import call, windows, wrong_share

PAIRS = (
    ("en-us+Mario", "en-us+anika"),
    ("en-us+Lee", "en-us+rob"),
    ("en-gb-x-rp+grandma", "en-us+zac"),
    ("en-us+travis", "en-us+caleb"),
    ("en-us+Michael", "en-us+Jacky"),
    ("en-us+aunty", "en-us+f3"),
    ("en-us+pablo", "en-gb-x-rp+sandro"),
    ("en-us+norbert", "en-us+Hugo"),
    ("en-us+benjamin", "en-us+f4"),
    ("en-us+david", "en-us+f2"),
)


def main() -> None:
    wrong: list[float] = []
    unseen = split = alone = 0
    seconds = heard = 0.0
    for number, pair in enumerate(PAIRS):
        for noise in (30, 20, 14):
            made = call(pair, seed=100 * number + noise, noise=noise)
            began = time.process_time()
            parts = windows(made)
            found = tell_apart(parts, 2)
            seconds += time.process_time() - began
            heard += len(made.samples) / 8000
            unseen += found.count == 1
            wrong.append(wrong_share(made, parts, found.labels))
            print(f"{pair[0]:20} {pair[1]:20} {noise} dB  {wrong[-1]:.3f} wrong, {found.confidence:.2f} sure")
        for voice in pair:
            alone += 1
            split += tell_apart(windows(call([voice], seed=number)), 2).count > 1
    print(f"wrong: mean {mean(wrong):.3f}, median {median(wrong):.3f}, worst {max(wrong):.3f} of {len(wrong)} calls")
    print(f"two heard as one: {unseen} of {len(wrong)}; one heard as two: {split} of {alone}")
    print(f"{heard / seconds:.0f} times as fast as speech on one core")


if __name__ == "__main__":
    main()
