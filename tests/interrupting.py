"""Programs that Ctrl-C ends, whatever started the tests."""

import signal


def interruptible():
    """Let Ctrl-C end a program, also where the tests run in a background that ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
