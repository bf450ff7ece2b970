"""Where the command starts: `omnilex`, or `python -m services.cli`."""

import signal


def run() -> None:
    """Until everything is imported, Ctrl-C just ends the process: there is nothing to tidy up, nor to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from services.cli.main import app  # noqa: PLC0415  it takes a while, and that is the point

    signal.signal(signal.SIGINT, signal.default_int_handler)
    app()


if __name__ == "__main__":
    run()
