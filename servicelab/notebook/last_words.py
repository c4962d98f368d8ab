"""`!command` shows all that a command printed, on a busy machine too, and is over when the command is.

IPython runs `!` by pexpect, which waits for output and then looks whether the command still runs. What is printed in
between, its last words, pexpect 4.9 leaves unread (`spawn.read_nonblocking`, “Very slow platform”). And ptyprocess 0.7
gives each command that it lets go of a tenth of a second to end, also one that has ended (`PtyProcess.close`).
"""

import select
from functools import wraps
from importlib import import_module
from typing import Any


def keep() -> None:
    """From now on pexpect reads what is there before it says that a command has ended, and does not wait for one that
    has. May be called again."""
    try:  # IPython brings it, but not on Windows, where it runs commands otherwise
        spawn: Any = import_module("pexpect.pty_spawn").spawn
    except ImportError:
        return
    base: Any = import_module("pexpect.spawnbase").SpawnBase
    ended: type[Exception] = import_module("pexpect.exceptions").EOF
    original = spawn.read_nonblocking
    if hasattr(original, "__wrapped__"):
        return

    @wraps(original)
    def read_nonblocking(self: Any, size: int = 1, timeout: int = -1) -> Any:
        try:
            found = original(self, size, timeout)
        except ended:
            if self.closed or not select.select([self.child_fd], [], [], 0)[0]:
                raise
            found = base.read_nonblocking(self, size)  # raises EOF when nothing is left
            self.flag_eof = False
        return found

    spawn.read_nonblocking = read_nonblocking

    terminal: Any = import_module("ptyprocess").PtyProcess
    let_go = terminal.close

    @wraps(let_go)
    def close(self: Any, force: bool = True) -> None:
        if not self.isalive():
            self.delayafterclose = 0
        let_go(self, force)

    terminal.close = close
