"""Where the program starts: ``rtdreamer``, or ``python -m rtdreamer``.

Imports nothing before Ctrl-C is taken care of.
"""

import os
import sys


def main() -> int:
    """Run the command line and return its exit code; 130 after Ctrl-C."""
    try:
        if not sys.warnoptions:
            _silence_libraries()
        from rtdreamer.cli.main import run

        return run()
    except KeyboardInterrupt:
        return 130
    finally:
        import signal

        # Nothing is left to stop: a late signal must not break the interpreter's own end.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


def _silence_libraries() -> None:
    """Show no ``warnings.warn``: what the commands themselves have to say, they print.

    Those are for developers, who get them by ``python -W default`` or ``PYTHONWARNINGS``. Not by
    a filter, since libraries put filters of their own before it when they are imported.
    """
    import warnings

    warnings.showwarning = lambda *_, **__: None
    os.environ["PYTHONWARNINGS"] = "ignore"  # for the processes that are started from here


if __name__ == "__main__":
    sys.exit(main())
