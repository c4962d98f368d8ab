"""What the JupyterLab extension asks this kernel, by a comm. Everything works without anybody asking."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

TARGET = "servicelab"


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """The answer to a question of the extension: what to underline in a cell."""
    from servicelab.notebook.underlining import marks

    return {"marks": [asdict(mark) for mark in marks(question["cell"])]}


def listen(shell: "InteractiveShell") -> None:
    """Let the extension open its comm, where the shell is a kernel's."""
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        kernel.comm_manager.register_target(TARGET, _opened)


def _opened(comm: Any, _message: Any) -> None:
    def reply(message: dict[str, Any]) -> None:
        comm.send(answer(message["content"]["data"]))

    comm.on_msg(reply)
