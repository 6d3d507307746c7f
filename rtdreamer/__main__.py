"""Where the program starts: ``rtdreamer``, or ``python -m rtdreamer``.

Imports nothing before Ctrl-C is taken care of.
"""

import sys


def main() -> int:
    """Run the command line and return its exit code; 130 after Ctrl-C."""
    try:
        from rtdreamer.cli.main import run

        return run()
    except KeyboardInterrupt:
        return 130
    finally:
        import signal

        # Nothing is left to stop: a late signal must not break the interpreter's own end.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
