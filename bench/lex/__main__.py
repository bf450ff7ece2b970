"""Prints the tables of the section on intent classification in `docs/benchmarks.md`."""

import argparse

from bench.lex import accuracy, classifier


def main(*, quick: bool) -> None:
    classifier.main()
    print()
    accuracy.main(quick=quick)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m bench.lex", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="measure accuracy on one bot in three of each kind")
    main(quick=arguments.parse_args().quick)
