"""Finds processes that a test run started and that did not end with it."""

import os
import sys
import time
from pathlib import Path

MARK = "LAB_TEST_RUN"
"""An environment variable that every process inherits from the run that started it."""


def processes(run: str) -> list[str]:
    """Processes of the run besides this one, as `pid: command`. Empty where there is no /proc."""
    if not sys.platform.startswith("linux"):
        return []
    mark = f"{MARK}={run}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name == str(os.getpid()):
            continue
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                if command:
                    found.append(f"{folder.name}: {command}")
        except OSError:
            continue
    return found


def wait_until_gone(run: str, seconds: float = 5.0) -> list[str]:
    """Processes of the run that are still there after at most `seconds`."""
    deadline = time.monotonic() + seconds
    while (left := processes(run)) and time.monotonic() < deadline:
        time.sleep(0.1)  # between two looks at the condition
    return left
