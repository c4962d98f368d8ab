"""Ten minutes of malformed requests over real connections: no 500, no hang, no lost write, memory bounded.

Resumable: each batch has a seed of its own, and the record says which is next. What the batches hold comes from
Hypothesis by that seed, so a failing one is found again by its number.
"""

import asyncio
import json
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import psutil
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from yarl import URL

from servicelab.embedded.api.messages import Request
from tests.embedded.fuzz.malformed import is_a_crash, malformed
from tests.embedded.test_server import Running
from tests.support import records

NAME = "fuzz"
INPUTS = (
    "servicelab/embedded/api/**/*.py",
    "servicelab/embedded/admission/**/*.py",
    "servicelab/embedded/facts/**",
    "servicelab/embedded/*.py",
    "tests/embedded/fuzz/*.py",
)
SECONDS = 600.0
CONNECTIONS = 8
LONGEST_ANSWER = 20.0
"""Seconds; also a busy machine answers sooner."""
LONGEST_LOOK = 0.3
"""Seconds to look at an answer that has no end, such as a watch."""
MOST_MEMORY = 600 * 1024 * 1024
"""Bytes of the server after ten minutes; what the requests leave in the cluster is part of it."""
LEDGER = "/api/v1/namespaces/ledger/configmaps"


def batch(number: int) -> list[Request]:
    """The requests of one batch: the same ones every time."""
    found: list[Request] = []

    @seed(number)
    @settings(
        max_examples=10, database=None, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(malformed(), min_size=20, max_size=20))
    def collect(requests: list[Request]) -> None:
        found.extend(requests)

    collect()
    return found


class Attack:
    """One server, what is thrown at it, and a ledger of honest writes beside it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.session: aiohttp.ClientSession
        self.codes: dict[str, int] = {}
        self.ledger: dict[str, str] = {}

    async def throw(self, requests: list[Request], number: int) -> None:
        """Send a batch over several connections at once, and honest writes among them."""
        queue = list(reversed(requests))
        timeout = aiohttp.ClientTimeout(total=LONGEST_ANSWER)
        connector = aiohttp.TCPConnector(ssl=self.running.tls(), limit=CONNECTIONS + 1)
        headers = {"Authorization": f"Bearer {self.running.token}"}
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers) as self.session:
            await asyncio.gather(
                self._honest(number), self._noise(number), *(self._one(queue) for _ in range(CONNECTIONS))
            )

    async def _one(self, queue: list[Request]) -> None:
        while queue:
            request = queue.pop()
            code, body = await self._send(request)
            assert not is_a_crash(code, body), f"500 to {request}: {body.decode()}"
            self.codes[f"{code // 100}xx"] = self.codes.get(f"{code // 100}xx", 0) + 1

    async def _send(self, request: Request) -> tuple[int, bytes]:
        url = self.running.url + quote(request.path, safe="/:@!$&'()*+,;=~.-_")
        query = [(name, value) for name, values in request.query.items() for value in values]
        if query:
            url += "?" + urlencode(query, errors="surrogatepass")
        headers = {name: value for name, value in request.headers.items() if value.isprintable()}
        async with self.session.request(
            request.method, URL(url, encoded=True), data=request.body or None, headers=headers
        ) as answer:
            body = b""
            try:
                async with asyncio.timeout(LONGEST_LOOK if _has_no_end(request) else LONGEST_ANSWER):
                    body = await answer.read()
            except TimeoutError:
                assert _has_no_end(request), f"no end of the answer to {request}"
            except aiohttp.ClientPayloadError:
                pass  # an upgrade or a stream that was cut
            return answer.status, body

    async def _honest(self, number: int) -> None:
        """Writes that must never be lost: made and changed while the others are at it."""
        if not self.ledger:
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ledger"}}
            await self._ask("POST", "/api/v1/namespaces", namespace)
        name = f"page-{number}"
        body: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"n": "0"}}
        made = await self._ask("POST", LEDGER, body)
        for count in range(1, 11):
            body["data"] = {"n": str(count)}
            made = await self._ask("PUT", f"{LEDGER}/{name}", body)
        self.ledger[name] = made["metadata"]["resourceVersion"]

    async def _ask(self, method: str, path: str, body: Any) -> Any:
        async with self.session.request(method, self.running.url + path, json=body) as answer:
            assert answer.status in (200, 201), await answer.text()
            return await answer.json()

    async def _noise(self, number: int) -> None:
        """What is no HTTP at all, and requests that stop in the middle."""
        chance = random.Random(number)
        begun = b"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{"
        for piece in (chance.randbytes(300), begun, b"GET / HTTP/9.9\r\n\r\n", b"A: " + b"x" * 20_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.running.port, ssl=self.running.tls())
            writer.write(piece)
            try:
                await writer.drain()
                async with asyncio.timeout(LONGEST_LOOK):
                    await reader.read(1000)
            except (TimeoutError, ConnectionError):
                pass
            writer.close()

    def check_ledger(self) -> None:
        """All honest writes are there as they were acknowledged."""
        code, _, body = self.running.ask(LEDGER, token=self.running.token)
        items = {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in json.loads(body)["items"]}
        assert code == 200 and {name: items.get(name) for name in self.ledger} == self.ledger


def _has_no_end(request: Request) -> bool:
    return "watch" in request.query or "follow" in request.query or request.path.startswith("/api/v1/watch")


def memory(process: int) -> int:
    """Bytes that a process has in memory."""
    found: int = psutil.Process(process).memory_info().rss
    return found


def attack(state: Path, batches: range, seconds: float, keep: Any = None) -> Attack:
    """Throw batches at a fresh server until the time is over; then end it by SIGKILL, and start it again."""
    running = Running(state)
    attacked = Attack(running)
    try:
        begun = time.monotonic()
        for number in batches:
            asyncio.run(attacked.throw(batch(number), number))
            attacked.check_ledger()
            used = memory(running.process.pid)
            assert used < MOST_MEMORY, f"{used} bytes after batch {number}"
            if keep is not None:
                keep(number, time.monotonic() - begun, used, attacked.codes)
            if time.monotonic() - begun > seconds:
                break
        running.end(9)
        attacked.running = running = Running(state)
        attacked.check_ledger()
        return attacked
    finally:
        running.end()


def test_a_first_batch(tmp_path):
    attacked = attack(tmp_path, range(1), 60)
    assert attacked.codes["2xx"] > 10 and attacked.codes["4xx"] > 50


@pytest.mark.long
@pytest.mark.timeout(SECONDS * 2)
def test_fuzz_for_ten_minutes(tmp_path):
    before = records.read(NAME) or {"seconds": 0, "requests": 0, "next_seed": 1, "most_memory_mb": 0, "codes": {}}

    def keep(number: int, seconds: float, used: int, codes: dict[str, int]) -> None:
        every = {code: before["codes"].get(code, 0) + codes.get(code, 0) for code in {*codes, *before["codes"]}}
        found = {
            "complete": before["seconds"] + seconds >= SECONDS,
            "seconds": round(before["seconds"] + seconds),
            "requests": sum(every.values()),
            "next_seed": number + 1,
            "most_memory_mb": max(before["most_memory_mb"], used // 2**20),
            "codes": dict(sorted(every.items())),
        }
        records.write(NAME, INPUTS, found)

    left = SECONDS - before["seconds"]
    if left > 0:
        attack(tmp_path, range(before["next_seed"], 1_000_000), left, keep)
