"""JupyterLab for the learner: settings of its own (never the user's), started in the background, stopped whole."""

import html
import json
import os
import platform
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from servicelab.cli import jupyter_page
from servicelab.cluster import commands
from servicelab.cluster.base import MachineError
from servicelab.cluster.home import make_private, write_private

READY_WITHIN = 60.0
"""Seconds until JupyterLab must answer; it takes about 2 on a usual machine and much longer on a slow disk."""
STOPS_WITHIN = 10.0
FIRST_PORT = 8888
"""Jupyter's usual port; where it is taken, Jupyter looks for a free one itself."""
NOT_FOR_LEARNERS = (
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.course_list",
    "nbgrader.server_extensions.validate_assignment",
    "notebook",
)
"""Server extensions that a learner's JupyterLab does without; they cost seconds at each start."""
LABEXTENSION = Path(__file__).resolve().parent.parent / "labextension"
"""Where the course's own extension is; an install also puts it where every JupyterLab of its environment looks."""
LEADS_THERE = '<!doctype html><meta http-equiv="refresh" content="0; url={url}"><a href="{url}">JupyterLab</a>\n'


@dataclass(frozen=True)
class Address:
    """Where a running JupyterLab answers: kept in a file only its owner can read, because the token opens it."""

    url: str
    token: str
    pid: int

    def page(self, path: str | None = None) -> str:
        """The URL for a browser, with the token; `path` opens a file below JupyterLab's root."""
        where = f"lab/tree/{path}" if path else "lab"
        return f"{self.url}{where}?token={self.token}"

    def answers(self) -> bool:
        """Whether JupyterLab is there and knows this token, and its page can be fetched."""
        return all(self._ask("GET", path) is not None for path in ("api/status", "lab"))

    def shut_down(self) -> bool:
        """Ask it to end, with all its kernels; whether it heard."""
        return self._ask("POST", "api/shutdown") is not None

    def _ask(self, method: str, path: str) -> bytes | None:
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=10) as answer:
                body: bytes = answer.read()
                return body
        except (urllib.error.URLError, OSError):
            return None


class Jupyter:
    """One JupyterLab; its settings, log and address live in `home`, its file browser shows `root`."""

    def __init__(self, home: Path, root: Path) -> None:
        self.home = home
        self.root = root
        self._address_file = home / "address.json"
        self._leads_there = home / "open.html"
        self._log = home / "jupyter.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._token = ""

    @property
    def launched(self) -> bool:
        """Whether this object has started one."""
        return self._process is not None

    def running(self) -> Address | None:
        """The address of the one that runs, also one that another process started."""
        try:
            address = Address(**json.loads(self._address_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return address if address.answers() else None

    def launch(self, environment: Mapping[str, str], port: int | None = None) -> None:
        """Start it and return at once. MachineError when the wished port is taken."""
        if port is not None and not is_free(port):
            raise MachineError(f"Port {port} is in use on this machine.", "Choose another one, or none: `lab start`.")
        for folder in ("config", "data", "runtime", "ipython"):
            make_private(self.home / folder)
        jupyter_page.write(self.home / "config")
        settings = self._settings(port)
        (self.home / "config" / "jupyter_server_config.json").write_text(json.dumps(settings, indent=1))
        self._token = secrets.token_hex(24)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "servicelab.cli.run_jupyter"],
                cwd=self.root,
                env={**environment, **self._own_variables(), "JUPYTER_TOKEN": self._token},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's Ctrl-C is for `lab`, which then stops this in order
            )

    def wait_until_ready(self, opens: str | None = None) -> Address:
        """Return when the launched one answers; `opens` is the file that `open_browser` shows.

        MachineError when it ends instead, or does not answer in time.
        """
        process = self._process
        assert process is not None, "launch it first"
        noted = self.home / "runtime" / f"jpserver-{process.pid}.json"
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise MachineError(f"JupyterLab ended at once:\n{self._last_words()}", f"Its log: {self._log}")
            try:
                address = Address(json.loads(noted.read_text(encoding="utf-8"))["url"], self._token, process.pid)
            except (OSError, ValueError):
                address = None
            if address is not None and address.answers():
                write_private(self._address_file, json.dumps(asdict(address)))
                write_private(self._leads_there, LEADS_THERE.format(url=html.escape(address.page(opens))))
                return address
            time.sleep(0.05)  # between two looks at whether it answers
        raise MachineError(f"JupyterLab did not answer within {READY_WITHIN:.0f} s.", f"Its log: {self._log}")

    def open_browser(self) -> None:
        """Show the running one in the user's browser, where there is one."""
        address = self.running()
        if address is None or (sys.platform.startswith("linux") and not on_screen()):
            return  # without a screen, what would open is a text browser in this terminal
        import webbrowser

        # A file that only its owner can read leads to the page: a URL on a command line, with the token in it, would
        # be there for every user of the machine to see. On WSL the browser cannot read the file.
        on_wsl = "microsoft" in platform.uname().release.lower()
        webbrowser.open(address.page() if on_wsl else self._leads_there.as_uri())

    def wait(self) -> None:
        """Return when the started JupyterLab has ended, for example by its own menu."""
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """End the started JupyterLab and its kernels; returns when they are gone."""
        self._forget()
        process = self._process
        if process is None or process.poll() is not None:
            return
        # Jupyter ends its kernels and terminals itself on SIGTERM; without it they notice that their parent is gone
        commands.end(process, STOPS_WITHIN)

    def stop_orphan(self) -> None:
        """End one that an earlier `lab start` left when it was killed."""
        address = self.running()
        if address is not None and address.shut_down():
            deadline = time.monotonic() + STOPS_WITHIN
            while address.answers() and time.monotonic() < deadline:
                time.sleep(0.1)  # between two looks at whether it is gone
        self._forget()

    def _forget(self) -> None:
        for file in (self._address_file, self._leads_there):
            file.unlink(missing_ok=True)

    def _settings(self, port: int | None) -> dict[str, Any]:
        return {
            "ServerApp": {
                "root_dir": str(self.root),
                "ip": "127.0.0.1",
                "port": port or FIRST_PORT,
                "port_retries": 0 if port else 50,
                "open_browser": False,  # `lab` does, when the cluster is ready too
                "allow_root": True,  # in a container everything runs as root; it listens on loopback only
                "jpserver_extensions": {**dict.fromkeys(NOT_FOR_LEARNERS, False), "jupyterlab": True},
            },
            "LabApp": {
                "custom_css": True,
                "extension_manager": "readonly",
                "news_url": None,
                "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
                "extra_labextensions_path": [str(LABEXTENSION)],
            },
        }

    def _own_variables(self) -> dict[str, str]:
        """Keep the user's own Jupyter and IPython settings out: a password or a start-up file there would interfere."""
        return {
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "IPYTHONDIR": str(self.home / "ipython"),
        }

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-5:])


def on_screen() -> bool:
    """Whether this Linux session has a screen."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of this machine's loopback."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
