"""How `nbgrader autograde` executes a student's notebook: in a sandbox, where this machine has one.

nbgrader_config.py names `SandboxedExecute` in the place of nbgrader's own step. The grader itself, with the gradebook,
stays outside; the kernel, in which the notebook's code runs, is inside, and they talk over sockets in a folder.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from nbgrader.preprocessors.execute import AsyncKernelManager, Execute  # type: ignore[import-untyped]
from traitlets import Bool, default

from servicelab.classroom import sandbox
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import Home
from servicelab.course import load_course, owner
from servicelab.course.catalogue import NoSuchExercise
from servicelab.course.issued import FILE, written
from servicelab.course.judging import VARIABLE, chosen_kind
from servicelab.course.whose import STUDENT_VARIABLE, VARIANT_VARIABLE, student_of

HANDED_ON = (VARIANT_VARIABLE, "NBGRADER_EXECUTION", "LAB_DEBUG")
"""Variables that a notebook's checks need; everything else of the environment stays outside."""
LAB = "lab"
"""LAB_HOME inside, in the learner's home."""


class SandboxedExecute(Execute):  # type: ignore[misc]
    """nbgrader's `Execute`, in a sandbox. Without one it says so and executes as nbgrader does, unless `required`."""

    required = Bool(False, help="Refuse to execute a notebook where there is no sandbox.").tag(config=True)

    def __init__(self, *words: Any, **more: Any) -> None:
        if (reason := _why_not()) is None:
            more.setdefault("kernel_manager_class", SandboxedKernel)
        super().__init__(*words, **more)
        if reason is None:
            return
        if self.required:
            raise MachineError(f"there is no sandbox: {reason}", "Or set c.SandboxedExecute.required = False.")
        self.log.warning("NOT in a sandbox: what students wrote is executed with your rights, because %s.", reason)


def _why_not() -> str | None:
    if chosen_kind(Home.find()) != "embedded":
        return "checks on a kind cluster need the network, which a sandbox does not have (LAB_CLUSTER=embedded)"
    return sandbox.why_not()


class SandboxedKernel(AsyncKernelManager):  # type: ignore[misc]
    """A kernel in a sandbox of its own, with its student's values and no way to compute others'."""

    transport = "ipc"

    def __init__(self, *words: Any, **more: Any) -> None:
        self._shared = Path(tempfile.mkdtemp(prefix="lab-"))  # a socket's path may have a hundred characters
        self._given = Path(tempfile.mkdtemp(prefix="lab-"))
        super().__init__(*words, **more)

    @default("connection_file")
    def _connection_file_of_its_own(self) -> str:
        return str(self._shared / sandbox.CONNECTION)

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        folder = Path(kw["cwd"]).absolute()
        # Ctrl-C for the program outside would end the sandbox; a message reaches the kernel alone
        self.kernel_spec.interrupt_mode = "message"
        place = sandbox.Sandbox(folder, self._shared, self._values(folder), self._variables(folder))
        # what cells print comes over the sockets; an inherited file could be opened again and written over
        nowhere = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        await super()._async_launch_kernel(place.command(kernel_cmd), **{**kw, **nowhere})
        sandbox.keep_within_limits(self.provisioner.process, self._shared)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if not restart:
            shutil.rmtree(self._shared, ignore_errors=True)
            shutil.rmtree(self._given, ignore_errors=True)

    def _values(self, folder: Path) -> dict[str, Path]:
        """The file with the student's values for this exercise, as the class's key makes them."""
        try:
            exercise = load_course().exercise(folder.name)
        except NoSuchExercise:
            return {}
        student = owner(Home.find(), folder=folder)
        values = self._given / FILE
        values.write_text(written(student.student or "", [(exercise, student.variant(exercise, Home.find()))]))
        return {f"{LAB}/{FILE}": values}

    def _variables(self, folder: Path) -> dict[str, str]:
        told = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
        # 1: the kernel's parent is the sandbox's first process; it need not watch it
        told |= {"LAB_HOME": str(sandbox.HOME / LAB), VARIABLE: "embedded", "JPY_PARENT_PID": "1"}
        return told | {STUDENT_VARIABLE: student_of(folder) or ""}
