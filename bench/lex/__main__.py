"""Prints the tables of the sections on the Lex runtime in `docs/benchmarks.md`."""

from bench.lex import accuracy, classifier


def main() -> None:
    classifier.main()
    print()
    accuracy.main()


if __name__ == "__main__":
    main()
