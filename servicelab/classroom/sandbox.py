"""A sandbox for a program that executes what a student wrote: bubblewrap, and limits.

Inside there is the system's software, this Python and the course, all read-only and without solutions; an empty home;
a copy of one submission; and no network. Nothing else of the machine is there to be read or written, neither other
submissions nor the class's key, and no variable of the environment that was not handed in.
"""

import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from servicelab.cluster import commands
from servicelab.cluster.base import MachineError
from servicelab.course.files import course_root

PROGRAM = "bwrap"
HOME = Path("/home/learner")
CONNECTION = "kernel.json"
"""The one file of `Sandbox.shared`; beside it there are only the kernel's sockets."""
MEMORY = 2_000_000_000
"""Bytes for all processes together, and of address space for each."""
PROCESSES = 64
FILES = 200_000_000
"""Bytes that may be written: to home and /tmp each, and to any one file."""
LOOK_EVERY = 0.25
"""Seconds between two looks at what a sandbox takes."""
TRIED_WITHIN = 20.0
COURSE = ("course.toml", "cluster-config", "exercises", "graders", "servicelab")
"""What of a clone is seen inside. A wheel is part of the Python environment, and has nothing that it must not."""
SECRET = ("graders/mistakes", "graders/correct")


@dataclass(frozen=True)
class Sandbox:
    """A place for one submission. `folder` is copied to HOME; `shared` is the one directory that is written to both
    inside and outside: the kernel's sockets are there.

    `given` are files that are put into HOME, by their path there, `variables` its environment beside the usual ones.
    """

    folder: Path
    shared: Path
    given: Mapping[str, Path]
    variables: Mapping[str, str]

    @property
    def place(self) -> Path:
        """Where the submission is, inside."""
        return HOME / self.folder.name

    def command(self, command: Sequence[str]) -> list[str]:
        """What runs a command inside."""
        # bubblewrap stays as the first process inside, where its own environment can be read: it gets none
        words = ["env", "-i", shutil.which(PROGRAM) or PROGRAM, *_closed(), *_system()]
        words += ["--size", str(FILES), "--tmpfs", str(HOME)]
        words += ["--ro-bind", str(self.folder), "/submission", "--bind", str(self.shared), str(self.shared)]
        for name, path in self.given.items():
            words += ["--ro-bind", str(path), str(HOME / name)]
        for name, value in {**_variables(), **self.variables}.items():
            words += ["--setenv", name, value]
        copied = 'cp -R /submission/. . && exec "$@"'  # nothing that is written here reaches the submission
        limited = ["prlimit", f"--as={MEMORY}", f"--fsize={FILES}", "--core=0"]
        return [
            *words,
            "--dir",
            str(self.place),
            "--chdir",
            str(self.place),
            "sh",
            "-c",
            copied,
            "sh",
            *limited,
            *command,
        ]


@cache
def why_not() -> str | None:
    """Why there can be no sandbox on this machine; None when there can."""
    if shutil.which(PROGRAM) is None:
        return "bubblewrap is not installed (Debian: apt-get install bubblewrap)"
    try:
        tried = commands.run([PROGRAM, *_closed(), *_system(), "prlimit", "--core=0", "true"], timeout=TRIED_WITHIN)
    except MachineError as error:
        return error.what
    return None if tried.succeeded else f"bubblewrap does not work here: {tried.stderr.strip()}"


def _closed() -> list[str]:
    """No network, no other process, no rights, and the end with whoever began it."""
    nobody = ["--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"]
    return ["--unshare-all", "--unshare-user", *nobody, "--die-with-parent", "--new-session", "--clearenv"]


def _system() -> list[str]:
    words = ["--size", str(FILES), "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev", "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    root = course_root()
    places = [Path("/etc", name) for name in ("alternatives", "ld.so.cache", "localtime")]
    places += [Path(sys.base_prefix), Path(sys.prefix), *(root / name for name in COURSE)]
    for place in places:
        if place.exists() and not place.is_relative_to("/usr"):
            words += ["--ro-bind", str(place), str(place)]
    for name in SECRET:
        if (root / name).is_dir():
            words += ["--tmpfs", str(root / name)]
    return words


def _variables() -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    return {"PATH": path, "HOME": str(HOME), "USER": "learner", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


def keep_within_limits(process: "subprocess.Popen[bytes]", shared: Path) -> threading.Thread:
    """End a sandbox when all of its processes together take too much; look until it has ended."""
    watching = threading.Thread(target=_watch, args=(process, shared), daemon=True)
    watching.start()
    return watching


def _watch(process: "subprocess.Popen[bytes]", shared: Path) -> None:
    while True:
        try:
            process.wait(LOOK_EVERY)
            return
        except subprocess.TimeoutExpired:
            with suppress(FileNotFoundError):  # the folder is being taken away: all is at its end
                if _takes_too_much(process.pid, shared):
                    process.kill()  # all others are in its process namespace and go with it


def _takes_too_much(pid: int, shared: Path) -> bool:
    memory = written = 0
    try:
        inside = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return False
    for one in inside:
        with suppress(psutil.NoSuchProcess):
            try:
                memory += one.memory_info().rss
                written += one.io_counters().write_bytes  # of files that have no name any more too
            except psutil.AccessDenied:  # it hides
                return True
    with os.scandir(shared) as entries:
        is_misused = any(not _is_socket(entry) and entry.name != CONNECTION for entry in entries)
    return is_misused or memory > MEMORY or len(inside) > PROCESSES or written > FILES


def _is_socket(entry: "os.DirEntry[str]") -> bool:
    """Whether it is one, and no link to one; also when it is gone already."""
    try:
        return stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return True
