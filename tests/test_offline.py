"""Without any network: what runs there, and that nothing tries to leave the machine.

Everything runs with proxies that point at a closed port, no package index, and empty caches. Where the kernel allows
it, it has a network of its own with nothing but loopback; kind needs Docker's, so there strace tells who was called.
"""

import ipaddress
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import RUN
from tests.support import leftovers, records

COURSE = Path(__file__).resolve().parent.parent
CLOSED = "http://127.0.0.1:9"
ADDRESS = re.compile(r'connect\(.*?inet(?:_addr|_pton)\((?:AF_INET6, )?"([^"]+)"')
"""In the words of strace; the call's end may stand in another line."""
PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
NAME = "offline"
INPUTS = (
    "lab",
    "requirements.lock",
    "tools/bootstrap.py",
    "servicelab/cli/bundle.py",
    "servicelab/cluster/bundle*.py",
    "tests/test_offline.py",
)


def offline(home: Path, **more: str) -> dict[str, str]:
    """The environment of somebody whose machine has no network: nothing is inherited that could help."""
    inherited = ("PATH", "DOCKER_HOST", leftovers.MARK)
    return {
        **{name: os.environ[name] for name in inherited if name in os.environ},
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), CLOSED),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "LAB_HOME": str(home / "lab"),
        "LAB_PYTHON": getattr(sys, "_base_executable", sys.executable),
        "PIP_NO_INDEX": "1",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def watched(trace: Path) -> list[str]:
    """Words before a command that let strace write down whom it and all its children call."""
    if shutil.which("strace") is None:
        pytest.skip("no strace here to tell who is called")
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect", "-e", "signal=none", "-o", str(trace)]


def alone() -> list[str]:
    """Words before a command that give it a network with nothing but loopback."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("no unshare and ip here")
    words = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "alone"]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, timeout=20, check=False)
    if tried.returncode != 0:
        pytest.skip(f"a network of one's own is not allowed here: {tried.stderr.strip()}")
    return words


def called(trace: Path) -> set[str]:
    """Addresses (with the port, where it is the closed one) that were called."""
    found = set()
    for line in trace.read_text(errors="replace").splitlines():
        if match := ADDRESS.search(line):
            port = PORT.search(line)
            found.add(f"{match[1]}:9" if port and port[1] == "9" else match[1])
    return found


def leaves(address: str, own: tuple[str, ...] = ()) -> bool:
    """Whether a call to it would leave the machine; also one to the proxy, which would do so on its behalf."""
    if address.endswith(":9") and address.count(":") == 1:
        return True
    found = ipaddress.ip_address(address)
    return not (found.is_loopback or any(found in ipaddress.ip_network(network) for network in own))


@pytest.mark.parametrize(
    ("line", "address", "goes"),
    [
        ('7 connect(3, {sa_family=AF_UNIX, sun_path="/var/run/docker.sock"}, 23) = 0', None, False),
        (
            '7 connect(3, {sa_family=AF_INET, sin_port=htons(38649), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
            "127.0.0.1",
            False,
        ),
        (
            '7 connect(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 E',
            "127.0.0.1:9",
            True,
        ),
        (
            '7 connect(5, {sa_family=AF_INET, sin_port=htons(5), sin_addr=inet_addr("192.0.2.9")}, 16 <unfinished ...>',
            "192.0.2.9",
            True,
        ),
        (
            '7 connect(5, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, 16) = 0',
            "192.0.2.1",
            True,
        ),
        (
            "7 connect(5, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
            'inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = -1 ENETUNREACH',
            "2001:db8::1",
            True,
        ),
    ],
)
def test_the_audit_itself(tmp_path, line, address, goes):
    trace = tmp_path / "trace"
    trace.write_text(line + "\n")
    assert called(trace) == ({address} if address else set())
    assert any(leaves(one) for one in called(trace)) == goes


def test_the_audit_sees_a_call(tmp_path):
    ask = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.2', 53))"
    trace = tmp_path / "trace"
    subprocess.run([*watched(trace), sys.executable, "-I", "-c", ask], timeout=60, check=True)
    assert called(trace) == {"127.0.0.2"}


def run(words: list[str], home: Path, seconds: float = 120, cwd: Path = COURSE, **more: str) -> str:
    """Run a command offline to its end; what it printed."""
    done = subprocess.run(
        words, env=offline(home, **more), capture_output=True, text=True, timeout=seconds, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


def test_the_embedded_cluster_needs_no_network(tmp_path):
    trace = tmp_path / "trace"
    lab = f"{sys.executable} -P -m servicelab.cli cluster"
    life = f"{lab} start --cluster embedded && {lab} kubectl && {lab} status; ended=$?; {lab} delete && exit $ended"
    said = run([*alone(), *watched(trace), "sh", "-c", life], tmp_path / "home")
    assert "is running" in said
    assert {address for address in called(trace) if leaves(address)} == set()


def image_pulls(since: float) -> list[str]:
    """Images that Docker was asked to pull since then."""
    span = ["--since", f"{since:.0f}", "--until", f"{time.time():.0f}"]
    asked = ["docker", "events", *span, "--filter", "type=image", "--filter", "event=pull"]
    return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()


def a_sitting(clone: Path, home: Path, bundle: Path, trace: Path) -> float:
    """`./lab start` from nothing until it is ready, then Ctrl-C; seconds until it was ready."""
    words = [
        *alone(),
        *watched(trace),
        "./lab",
        "start",
        "--no-browser",
        "--cluster",
        "embedded",
        "--bundle",
        str(bundle),
    ]
    began = time.monotonic()
    output = home.parent / "sitting.log"
    with output.open("wb") as log:
        sitting = subprocess.Popen(
            words,
            env=offline(home),
            cwd=clone,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        while "Ready." not in output.read_text():
            assert sitting.poll() is None, output.read_text()
            assert time.monotonic() - began < 1200, output.read_text()
            time.sleep(0.5)  # between two looks at what it says
        ready = time.monotonic() - began
        os.killpg(sitting.pid, signal.SIGINT)
        sitting.wait(120)
    finally:
        if sitting.poll() is None:
            os.killpg(sitting.pid, signal.SIGKILL)
            sitting.wait()
    return ready


@pytest.mark.long
@pytest.mark.kind
@pytest.mark.timeout(5400)
def test_kind_and_all_the_rest_offline_from_a_bundle(tmp_path, bundle):
    """A clean clone, a bundle, no network: set up, a sitting on the embedded cluster, a kind cluster, an exercise."""
    from servicelab.cluster.machine.ask_docker import network_of_kind

    if bundle is None:
        pytest.skip("no bundle here to take kind's images from: set LAB_BUNDLE")
    full, clone, home = bundle, tmp_path / "a clone", tmp_path / "home"
    if "wheels" not in json.loads((bundle / "bundle.json").read_text()):
        full = tmp_path / "bundle"
        create = [sys.executable, "-P", "-m", "servicelab.cli", "bundle", "create", str(full), "--from", str(bundle)]
        subprocess.run(create, check=True, timeout=2400, cwd=COURSE)
    subprocess.run(["git", "clone", "--quiet", str(COURSE), str(clone)], check=True, timeout=120)
    home.mkdir()

    ready = a_sitting(clone, home, full, tmp_path / "sitting")
    began, name = time.time(), f"offline-{RUN}"
    kind = ["--cluster", "kind", "--name", name]
    try:
        run(
            [*watched(tmp_path / "start"), "./lab", "cluster", "start", *kind, "--bundle", str(full)], home, 1200, clone
        )
        made = time.time() - began
        network = network_of_kind()
        assert network is not None
        check = ["./lab", "check", "clusterip", "solutions/clusterip/clusterip.ipynb", "--cluster", "kind"]
        run([*watched(tmp_path / "check"), *check], home, 600, clone, LAB_CLUSTER_NAME=name, LAB_VARIANT="reference")
    finally:
        run(["./lab", "cluster", "delete", *kind], home, 300, clone)

    addresses = {part: called(tmp_path / part) for part in ("sitting", "start", "check")}
    assert addresses["sitting"] and addresses["start"], "strace saw nothing: the audit does not work"
    left = {one for part in addresses.values() for one in part if leaves(one, (str(network.subnet),))}
    found = {
        "complete": True,
        "ready_after_seconds": round(ready),
        "kind_ready_after_seconds": round(made),
        "called": {part: sorted(found) for part, found in addresses.items()},
        "left_the_machine": sorted(left),
        "images_pulled": image_pulls(began),
    }
    records.write(NAME, INPUTS, found)
    assert found["left_the_machine"] == found["images_pulled"] == []
