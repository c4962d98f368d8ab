"""The server as a process, over real TLS."""

import asyncio
import http.client
import json
import os
import shutil
import signal
import ssl
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import pytest
import yaml

from servicelab.embedded.kubeconfig import context_name
from tests.embedded.api.support import IMAGE

PATIENCE = 30.0
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


class Running:
    """A server process and ways to talk to it."""

    def __init__(self, state: Path, *arguments: str) -> None:
        self.state = state
        self.process = subprocess.Popen(
            [sys.executable, "-m", "servicelab.embedded.server", "--state", str(state), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.greeting = self.process.stdout.readline()

    @property
    def port(self) -> int:
        port: int = json.loads((self.state / "server.json").read_text())["port"]
        return port

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return (self.state / "token").read_text().strip()

    def tls(self, with_certificate: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.state / "ca.crt"))
        if with_certificate:
            context.load_cert_chain(self.state / "client.crt", self.state / "client.key")
        return context

    def ask(self, path, method="GET", body=None, token="", with_certificate=False):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data, headers | {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, context=self.tls(with_certificate), timeout=10) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.headers["Content-Type"], refusal.read()

    def create(self, name: str) -> int:
        code: int = self.ask(CONFIG_MAPS, "POST", {"metadata": {"name": name}, "data": {"a": "b"}}, self.token)[0]
        return code

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("cluster"))
    yield running
    running.end()


def test_says_when_it_is_ready(server):
    assert server.greeting == f"embedded cluster lab is ready on {server.url}\n"
    assert json.loads((server.state / "server.json").read_text())["pid"] == server.process.pid


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_only_the_owner_reads_its_files(server):
    for path in server.state.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_kubeconfig(server):
    config = yaml.safe_load((server.state / "kubeconfig").read_text())
    assert config["current-context"] == "lab-embedded" == context_name("lab")
    assert context_name("shop") == "shop-embedded"
    assert config["clusters"][0]["cluster"]["server"] == server.url


def test_login(server):
    path = "/api/v1/namespaces"
    for token in ("wrong", server.token[:-1]):
        code, content_type, body = server.ask(path, token=token)
        assert (code, content_type, json.loads(body)["reason"]) == (401, "application/json", "Unauthorized")
    assert server.ask("/version", token="wrong")[0] == 401
    assert server.ask(path, token=server.token)[0] == 200
    assert server.ask(path, with_certificate=True)[0] == 200
    assert server.ask(path, token="wrong", with_certificate=True)[0] == 200  # as on kind: the certificate is enough


def test_nobody_in_particular(server):
    assert server.ask("/readyz")[0] == 200
    assert server.ask("/version")[0] == 200
    code, _, body = server.ask("/api/v1/namespaces")
    message = 'namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces"'
    assert (code, json.loads(body)["message"]) == (403, f'{message} in API group "" at the cluster scope')


def test_a_learner_logs_in_also_after_a_restart(tmp_path):
    first = Running(tmp_path)
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    assert first.ask(accounts, "POST", {"metadata": {"name": "learner"}}, first.token)[0] == 201
    body = {"namespace": "default", "serviceAccount": "learner"}
    token = json.loads(first.ask("/lab/v1/tokens", "POST", body, first.token)[2])["token"]
    assert first.ask(CONFIG_MAPS, token=token)[0] == 200
    assert first.ask("/api/v1/nodes", token=token)[0] == 403
    first.end(signal.SIGKILL)
    second = Running(tmp_path)
    try:
        assert second.ask(CONFIG_MAPS, token=token)[0] == 200
        assert second.ask(f"{accounts}/learner", "DELETE", token=second.token)[0] == 200
        assert second.ask(CONFIG_MAPS, token=token)[0] == 401
    finally:
        second.end()


def test_a_certificate_of_another_authority_is_no_login(server, tmp_path):
    from servicelab.embedded.certificates import certificates_in

    other = certificates_in(tmp_path)
    context = server.tls()
    context.load_cert_chain(other.client, other.client_key)
    request = urllib.request.Request(f"{server.url}/api/v1/namespaces")
    with pytest.raises((urllib.error.URLError, ssl.SSLError, ConnectionError)):
        urllib.request.urlopen(request, context=context, timeout=10)


def test_refusals_are_exactly_json(server):
    code, content_type, body = server.ask(f"{CONFIG_MAPS}/nope", token=server.token)
    assert (code, content_type, json.loads(body)["reason"]) == (404, "application/json", "NotFound")


def test_a_body_that_is_too_large(server):
    code, _, body = server.ask(CONFIG_MAPS, "POST", {"data": {"a": "x" * 4_000_000}}, server.token)
    assert (code, json.loads(body)["reason"]) == (413, "RequestEntityTooLarge")


def run(work):
    return asyncio.run(asyncio.wait_for(work, PATIENCE))


async def session(server):
    connector = aiohttp.TCPConnector(ssl=server.tls())
    return aiohttp.ClientSession(server.url, connector=connector, headers={"Authorization": f"Bearer {server.token}"})


def test_watch(server):
    async def watch():
        async with (
            await session(server) as http,
            http.get(CONFIG_MAPS, params={"watch": "1", "fieldSelector": "metadata.name=seen"}) as stream,
        ):
            assert server.create("seen") == 201
            return json.loads(await stream.content.readline())

    event = run(watch())
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "seen")


def test_watch_ends_in_time(server):
    async def watch():
        async with (
            await session(server) as http,
            http.get(CONFIG_MAPS, params={"watch": "1", "timeoutSeconds": "1", "labelSelector": "none=such"}) as stream,
        ):
            return await stream.read()

    started = time.monotonic()
    assert run(watch()) == b""
    assert 0.9 < time.monotonic() - started < 10


@pytest.fixture(scope="module")
def pod(server):
    return start_pod(server)


def start_pod(server, name="web"):
    container = {"name": "main", "image": IMAGE, "args": ["netexec", "--http-port=8080"]}
    body = {"metadata": {"name": name}, "spec": {"containers": [container]}}
    assert server.ask("/api/v1/namespaces/default/pods", "POST", body, server.token)[0] == 201
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = json.loads(server.ask(f"/api/v1/namespaces/default/pods/{name}", token=server.token)[2])
        if answer["status"]["phase"] == "Running":
            return name
        time.sleep(0.05)  # between two looks
    raise AssertionError("the Pod does not run")


async def execute(server, command, stdin=None, tty=False):
    """stdout, stderr and the final status of an exec over a WebSocket."""
    query = [("command", word) for word in command] + [("stdout", "true"), ("stderr", "true")]
    query += [("stdin", "true")] if stdin is not None else []
    query += [("tty", "true")] if tty else []
    out = {1: b"", 2: b"", 3: b""}
    async with (
        await session(server) as http,
        http.ws_connect(
            "/api/v1/namespaces/default/pods/web/exec", params=query, protocols=("v5.channel.k8s.io",)
        ) as socket,
    ):
        assert socket.protocol == "v5.channel.k8s.io"
        if stdin is not None:
            await socket.send_bytes(b"\0" + stdin)
            if not tty:
                await socket.send_bytes(b"\xff\0")
        async for message in socket:
            out[message.data[0]] += message.data[1:]
    return out[1], out[2], json.loads(out[3])


def test_exec_and_its_exit_code(server, pod):
    out, error, status = run(execute(server, ["sh", "-c", "echo one; echo two >&2"]))
    assert (out, error, status["status"]) == (b"one\n", b"two\n", "Success")
    _, _, status = run(execute(server, ["sh", "-c", "exit 3"]))
    assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]
    assert status["reason"] == "NonZeroExitCode"


def test_exec_with_stdin(server, pod):
    assert run(execute(server, ["cat"], b"hello"))[0] == b"hello"
    assert run(execute(server, ["sh"], b"echo a\nhostname\n"))[0] == b"a\nweb\n"


def test_exec_that_does_not_read_its_open_stdin(server, pod):
    async def execute_with_open_stdin():
        query = [("command", "hostname"), ("stdout", "true"), ("stdin", "true")]
        path = "/api/v1/namespaces/default/pods/web/exec"
        async with (
            await session(server) as http,
            http.ws_connect(path, params=query, protocols=("v5.channel.k8s.io",)) as socket,
        ):
            return (await socket.receive()).data

    assert run(execute_with_open_stdin()) == b"\x01web\n"


def test_exec_of_what_is_not_there(server, pod):
    _, _, status = run(execute(server, ["nonesuch"]))
    # What kubectl printed on kind after "error: ", but for the exec's id and our list of tools.
    begin = "Internal error occurred: Internal error occurred: error executing command in container: "
    assert (status["status"], status["reason"], status["code"]) == ("Failure", "InternalError", 500)
    assert status["message"].startswith(begin)
    assert 'exec: "nonesuch": executable file not found in $PATH' in status["message"]
    assert status["details"]["causes"] == [{"message": status["message"]}]


def test_interactive_shell(server, pod):
    out, _, status = run(execute(server, ["sh"], b"hostnamx\x7fe\rexit 4\r", tty=True))
    assert b"\r\nweb\r\n/ # " in out
    assert status["details"]["causes"][0]["message"] == "4"


def test_a_command_takes_its_time_and_can_be_interrupted(server, pod):
    started = time.monotonic()
    run(execute(server, ["sleep", "1"]))
    assert time.monotonic() - started >= 1
    started = time.monotonic()
    _, _, status = run(execute(server, ["sleep", "20"], b"\x03", tty=True))
    assert status["details"]["causes"][0]["message"] == "130"
    assert time.monotonic() - started < 10


def test_a_wait_is_answered_when_the_clusters_time_has_passed(server):
    started = time.monotonic()
    assert server.ask("/lab/v1/wait", "POST", {"seconds": 0.5}, server.token)[0] == 200
    assert time.monotonic() - started >= 0.5
    for wrong in ({}, {"seconds": -1}, {"seconds": 1e9}, {"seconds": "1"}, []):
        code, _, body = server.ask("/lab/v1/wait", "POST", wrong, server.token)
        assert (code, "the number `seconds`" in json.loads(body)["message"]) == (400, True)
    assert server.ask("/lab/v1/wait", token=server.token)[0] == 405
    assert server.ask("/lab/v1/wait", "POST", {"seconds": 0})[0] == 403


def test_a_server_that_skips_says_the_times_that_would_have_passed(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_SKIP_WAITING", "1")
    running = Running(tmp_path)
    try:
        start_pod(running)
        started = time.monotonic()
        out, _, _ = run(execute(running, ["sh", "-c", "date +%s; sleep 3000; date +%s"]))
        before, after = (int(line) for line in out.split())
        assert after - before >= 3000
        _, error, _ = run(execute(running, ["curl", "-sS", "-m", "60", "http://10.244.77.77/"]))
        assert b"timed out after 60" in error
        assert time.monotonic() - started < 20
    finally:
        assert running.end() == 0


def test_exec_without_websocket_is_refused_in_a_sentence(server, pod):
    path = "/api/v1/namespaces/default/pods/web/exec?command=ls&stdout=true"
    code, content_type, body = server.ask(path, "POST", token=server.token)
    assert (code, content_type) == (400, "application/json")
    assert "WebSockets" in json.loads(body)["message"]


def test_logs_are_followed(server, pod):
    async def follow():
        path = "/api/v1/namespaces/default/pods/web/log"
        async with (
            await session(server) as http,
            http.get(path, params={"follow": "true", "tailLines": "0"}) as stream,
        ):
            await execute(server, ["curl", "-s", "http://localhost:8080/hostname"])
            return await stream.content.readline()

    assert b"GET /hostname" in run(follow())


def test_probes(server, pod):
    body = {"source": "pod/default/web", "target": "http://localhost:8080/hostname"}
    code, _, answer = server.ask("/lab/v1/probe", "POST", body, server.token)
    assert (code, json.loads(answer)["verdict"]["body"]) == (200, "web")


def test_second_server_on_the_same_directory_is_refused(server):
    second = Running(server.state)
    assert second.greeting == ""
    error = second.process.communicate(timeout=PATIENCE)[1]
    assert second.process.returncode == 1
    assert "already runs" in error
    assert server.ask("/readyz")[0] == 200


def test_restart_keeps_port_login_and_objects(tmp_path):
    first = Running(tmp_path)
    port, token, kubeconfig = first.port, first.token, (tmp_path / "kubeconfig").read_bytes()
    assert first.create("kept") == 201
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    second = Running(tmp_path)
    try:
        assert (second.port, second.token, (tmp_path / "kubeconfig").read_bytes()) == (port, token, kubeconfig)
        assert second.ask(f"{CONFIG_MAPS}/kept", with_certificate=True)[0] == 200
    finally:
        assert second.end() == 0
    assert not (tmp_path / "server.json").exists()


def test_headers_alone_of_a_watch(server):
    """A body after them would be taken for the next answer on the same connection."""
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=server.tls(), timeout=PATIENCE)
    login = {"Authorization": f"Bearer {server.token}"}
    for method, path, found in (("HEAD", f"{CONFIG_MAPS}?watch=true", b""), ("GET", "/readyz", b"ok")):
        connection.request(method, path, headers=login)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, found)
    connection.close()


def test_ends_while_a_watch_is_open(tmp_path):
    running = Running(tmp_path, "--name", "shop")
    assert running.greeting.startswith("embedded cluster shop is ready")

    async def watch():
        async with (
            await session(running) as http,
            http.get(CONFIG_MAPS, params={"watch": "1", "resourceVersion": "0"}) as stream,
        ):
            await stream.content.readline()
            running.process.send_signal(signal.SIGINT)
            return await stream.read()

    started = time.monotonic()
    run(watch())
    assert running.end() == 0
    assert time.monotonic() - started < 10


def test_ends_promptly_while_a_command_runs_and_keeps_what_was_acknowledged(tmp_path):
    running = Running(tmp_path)

    async def stop_meanwhile():
        query = [("command", "cat"), ("stdout", "true"), ("stdin", "true")]
        path = "/api/v1/namespaces/default/pods/web/exec"
        async with (
            await session(running) as http,
            http.ws_connect(path, params=query, protocols=("v5.channel.k8s.io",)) as socket,
        ):
            assert running.create("last") == 201
            started = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            await socket.receive()
        return started

    start_pod(running)
    started = run(stop_meanwhile())
    assert running.end() == 0
    assert time.monotonic() - started < 10  # a server that waits for its connections does so for a minute
    again = Running(tmp_path)
    assert again.ask(f"{CONFIG_MAPS}/last", token=again.token)[0] == 200
    assert again.end() == 0


def test_a_damaged_journal_is_said(tmp_path):
    (tmp_path / "journal.sqlite").write_bytes(b"no database" * 100)
    running = Running(tmp_path)
    error = running.process.communicate(timeout=PATIENCE)[1]
    assert running.process.returncode == 1
    assert "cannot be read" in error
    assert "Traceback" not in error


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl")
def test_real_kubectl(server, pod, tmp_path):
    def kubectl(*words, **more):
        return subprocess.run(
            ["kubectl", "--kubeconfig", str(server.state / "kubeconfig"), "--cache-dir", str(tmp_path), *words],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            **more,
        )

    done = kubectl("get", "pods", "-o", "wide", "--no-headers")
    assert done.stdout.split()[:3] == ["web", "1/1", "Running"], done.stderr
    manifest = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"
    assert kubectl("apply", "-f", "-", input=manifest).stdout == "service/web created\n"
    assert kubectl("apply", "-f", "-", input=manifest).stdout == "service/web unchanged\n"
    assert kubectl("exec", "web", "--", "sh", "-c", "exit 5").returncode == 5
    assert kubectl("create", "namespace", "shop").stdout == "namespace/shop created\n"
    assert kubectl("delete", "namespace", "shop", "--timeout=20s").returncode == 0


class Forwarding:
    """A `kubectl port-forward` that is under way."""

    def __init__(self, server, cache, target, port):
        login = ["--kubeconfig", str(server.state / "kubeconfig"), "--cache-dir", str(cache)]
        self.process = subprocess.Popen(
            ["kubectl", *login, "port-forward", target, f":{port}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.greeting = self.process.stdout.readline()
        self.port = int(self.greeting.split("127.0.0.1:")[1].split(" ")[0])

    def ask(self, path, **more):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE, **more) as answer:
            return answer.read().decode()

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.errors = self.process.communicate(timeout=PATIENCE)[1]
        return self.process.returncode


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl")
def test_port_forward_of_a_real_kubectl(server, pod, tmp_path):
    forwarding = Forwarding(server, tmp_path, "pod/web", 8080)
    try:
        assert forwarding.ask("/hostname") == "web"
        assert forwarding.ask("/clientip").startswith("127.0.0.1:")
        assert forwarding.ask("/echo", data=b"msg=" + b"x" * 100_000) == "x" * 100_000
        with ThreadPoolExecutor(8) as many:
            assert set(many.map(lambda _: forwarding.ask("/hostname"), range(40))) == {"web"}
    finally:
        assert forwarding.end() == 0


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl")
def test_port_forward_to_a_port_where_nobody_listens(server, pod, tmp_path):
    forwarding = Forwarding(server, tmp_path, "pod/web", 9999)
    with pytest.raises(ConnectionError):
        forwarding.ask("/")
    assert forwarding.process.wait(timeout=PATIENCE) == 1
    forwarding.end()
    # As recorded on kind, but for names that are made at random.
    assert "an error occurred forwarding" in forwarding.errors
    assert "dial tcp4 127.0.0.1:9999: connect: connection refused IPv6" in forwarding.errors
    assert forwarding.errors.endswith("error: lost connection to pod\n")


@pytest.mark.parametrize("subresource", ["portforward", "attach?stdout=true"])
def test_a_client_without_websockets_is_told(server, pod, subresource):
    path = f"/api/v1/namespaces/default/pods/web/{subresource}"
    code, content_type, body = server.ask(path, "POST", token=server.token)
    assert (code, content_type) == (400, "application/json")
    assert "WebSockets" in json.loads(body)["message"]


def test_attach_shows_what_comes_from_now_on_and_ends_with_the_container(server):
    async def attach():
        path = f"/api/v1/namespaces/default/pods/{name}/attach"
        async with (
            await session(server) as http,
            http.ws_connect(path, params={"stdout": "true"}, protocols=("v5.channel.k8s.io",)) as socket,
        ):
            ask = {"source": f"pod/default/{name}", "target": "http://localhost:8080/hostname"}
            async with http.post("/lab/v1/probe", json=ask) as answer:
                assert answer.status == 200
            first = await socket.receive()
            async with http.delete(f"/api/v1/namespaces/default/pods/{name}?gracePeriodSeconds=0"):
                return first.data, (await socket.receive()).data

    name = start_pod(server, "attached")
    line, end = run(attach())
    assert line.startswith(b"\x01")
    assert b"GET /hostname" in line
    assert b"Started" not in line
    assert (end[0], json.loads(end[1:])["status"]) == (3, "Success")
