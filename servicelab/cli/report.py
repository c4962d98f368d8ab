"""How `lab` tells a person what went wrong: one plain message for what is known, and never a bare traceback."""

import errno
import os
import sys
from collections.abc import Callable

FULL = (errno.ENOSPC, errno.EDQUOT)
INTERRUPTED = 130
"""The exit status of a program that Ctrl-C ended, as shells have it."""


def run(work: Callable[[], object]) -> int:
    """Do the work; the exit status for the shell. `LAB_DEBUG=1` shows the traceback of every failure."""
    try:
        work()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader went away, as in `lab ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        tell(error)
        return 1
    return 0


def tell(error: Exception) -> None:
    """Print what the error means to the one who typed the command."""
    from servicelab.cluster.base import MachineError, NotSupported, WaitedTooLong

    if isinstance(error, OSError) and error.errno in FULL:
        error = MachineError(f"the disk is full: {error}", "Make room there, then try again.")
    known = isinstance(error, MachineError | NotSupported | WaitedTooLong)
    if not known or os.environ.get("LAB_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if known:
        print(error, file=sys.stderr)
    else:
        print(
            "\nThis is a fault in Service Lab, not in what you did. Please report it, with the lines above.",
            file=sys.stderr,
        )
