"""`lab start` as a process of its own, as a learner has it."""

import asyncio
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import aiohttp

from tests.support import leftovers

READY_WITHIN = 120.0


class RunningLab:
    """Starts `lab start --no-browser`; `said` is what it has printed so far."""

    def __init__(self, home: Path, *words: str) -> None:
        self.mark = uuid.uuid4().hex
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "servicelab.cli", "start", "--no-browser", *words],
            env={**os.environ, "LAB_HOME": str(home), leftovers.MARK: self.mark, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read what it prints until the pattern is found."""
        deadline = time.monotonic() + READY_WITHIN
        while not (found := re.search(pattern, self.said)):
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"no {pattern!r} in:\n{self.said}"
            self.said += line
        return found

    def wait_until_ready(self) -> "RunningLab":
        """Return when it says that it is ready."""
        self.wait_for(r"(?m)^Ready\.$")
        return self

    @property
    def page(self) -> str:
        """The URL it printed."""
        return self.wait_for(r"JupyterLab +(http://\S+)")[1]

    @property
    def address(self) -> tuple[str, str]:
        """The server's own URL, and the token."""
        return re.match(r"(http://[^/]+/)", self.page)[1], re.search(r"token=(\w+)", self.page)[1]

    @property
    def files(self) -> Path:
        """The learner's folder."""
        return Path(self.wait_for(r"(?m)^ *Files +(\S+)$")[1])

    def get(self, path: str, *, with_token: bool = True, method: str = "GET") -> tuple[int, bytes]:
        """Ask JupyterLab's server."""
        url, token = self.address
        headers = {"Authorization": f"token {token}"} if with_token else {}
        try:
            asked = urllib.request.Request(url + path, headers=headers, method=method)
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def run_cell(self, code: str) -> str:
        """Run code in a new kernel, and give what it prints."""
        kernel = json.loads(self.get("api/kernels", method="POST")[1])["id"]
        return asyncio.run(asyncio.wait_for(self._run_cell(kernel, code), 60))

    async def _run_cell(self, kernel: str, code: str) -> str:
        url, token = self.address
        message = uuid.uuid4().hex
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        header = {
            "msg_id": message,
            "msg_type": "execute_request",
            "username": "",
            "session": message,
            "version": "5.3",
        }
        request = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        printed = ""
        headers = {"Authorization": f"token {token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.ws_connect(f"{url}api/kernels/{kernel}/channels") as channels,
        ):
            await channels.send_json(request)
            async for raw in channels:
                told = json.loads(raw.data)
                if told["parent_header"].get("msg_id") != message:
                    continue
                match told["msg_type"]:
                    case "stream":
                        printed += told["content"]["text"]
                    case "error":
                        raise AssertionError("\n".join(told["content"]["traceback"]))
                    case "execute_reply":
                        return printed
        raise AssertionError("the kernel's channels were closed")

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end, and give its exit status."""
        self.process.send_signal(how)
        try:
            return self.process.wait(60)
        finally:
            while (line := self._lines.get(timeout=60)) is not None:
                self.said += line

    def left(self) -> list[str]:
        """What still runs of all that it started."""
        return leftovers.wait_until_gone(self.mark)
