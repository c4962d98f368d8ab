"""What docs/shared-server.md promises: a server for each user, the hub's configuration, the image, the devcontainer."""

import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import websocket
from traitlets.config import PyFileConfigLoader

from servicelab.cluster.home import Home
from servicelab.cluster.kind_config import free_port

COURSE = Path(__file__).resolve().parents[1]
CONFIG = COURSE / "jupyterhub_config.py"
SECONDS = 180
USERS = ("ada", "bob")
NAMESPACES = ["kubectl", "get", "namespaces", "-o", "name"]
SERVER = """
import os, subprocess, sys, time
name = os.path.basename(os.environ["LAB_HOME"])
subprocess.run(["kubectl", "create", "namespace", f"of-{name}"], check=False, capture_output=True)
print(os.environ["KUBECONFIG"], os.getcwd(), *sys.argv[1:], flush=True)
time.sleep(600)
"""


@contextmanager
def server(home):
    """One user's server, as a spawner starts it; what stands for JupyterLab makes a namespace and says where it is."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "servicelab.cli.run_server", sys.executable, "-c", SERVER],
        env={**os.environ, "LAB_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)


def namespaces(kubeconfig):
    environment = {**os.environ, "KUBECONFIG": kubeconfig}
    done = subprocess.run(
        NAMESPACES,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return {line.removeprefix("namespace/") for line in done.stdout.splitlines()}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_each_user_has_a_cluster_that_ends_with_the_server(tmp_path):
    """Two users at a time: each kubeconfig leads to a cluster of its own, from any folder, and no longer afterwards."""
    with server(tmp_path / "ada") as ada, server(tmp_path / "bob") as bob:
        told = {name: process.stdout.readline().split() for name, process in {"ada": ada, "bob": bob}.items()}
        for name, (kubeconfig, folder, *words) in told.items():
            assert (
                folder == str(tmp_path / name / "work") and (Path(folder) / "clusterip" / "clusterip.ipynb").is_file()
            )
            assert words[0] == f"--ServerApp.root_dir={folder}" and words[1].startswith(
                "--LabApp.default_url=/lab/tree/"
            )
            assert kubeconfig.startswith(str(Home(tmp_path / name).clusters))
            assert {f"of-{one}" for one in USERS} & namespaces(kubeconfig) == {f"of-{name}"}
            assert Path(kubeconfig).stat().st_mode & 0o777 == 0o600
    assert ada.returncode == bob.returncode == 0
    assert [namespaces(kubeconfig) for kubeconfig, *_ in told.values()] == [set(), set()]
    with server(tmp_path / "ada") as ada:  # what is in it stays
        assert "of-ada" in namespaces(ada.stdout.readline().split()[0])


def configuration():
    return PyFileConfigLoader(CONFIG.name, path=str(CONFIG.parent)).load_config()


def test_the_hubs_configuration(tmp_path, monkeypatch):
    """Homes of their own, closed to others, on a disk that `LAB_HOMES` names; no variable of the hub's besides."""
    monkeypatch.setenv("LAB_HOMES", str(tmp_path / "homes"))
    spawner = configuration().Spawner
    assert spawner.cmd[1:] == ["-P", "-m", "servicelab.cli.run_server", "jupyterhub-singleuser"]
    for name in USERS:
        user = SimpleNamespace(user=SimpleNamespace(name=name, escaped_name=name))
        spawner.pre_spawn_hook(user)
        spawner.pre_spawn_hook(user)
        assert spawner.environment["LAB_STUDENT"](user) == name
        home = Path(spawner.environment["LAB_HOME"](user))
        assert home == tmp_path / "homes" / name and home.stat().st_mode & 0o777 == 0o700
    assert not {one for one in spawner.env_keep if one.startswith("LAB")}


def instructions():
    """The Dockerfile's, with the lines that go on."""
    text = re.sub(r"^#.*\n", "", (COURSE / "Dockerfile").read_text(), flags=re.M).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def test_the_dockerfile():
    """What it copies is there and is not ignored, what it starts is there, and it does not start as root."""
    found = instructions()
    known = {"ARG", "FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"}
    assert {name for name, _ in found} == known
    copied = [words.split()[0] for name, words in found if name == "COPY"]
    assert all((COURSE / source).exists() for source in copied)
    ignored = (COURSE / ".dockerignore").read_text().split()
    needed = {
        "pyproject.toml",
        "README.md",
        "requirements.lock",
        "servicelab",
        "course.toml",
        "lessons",
        "lab",
        "graders",
    }
    assert not needed & set(ignored) and {".git", ".venv", "class.toml", "submitted", "gradebook.db"} <= set(ignored)
    (user,) = [words for name, words in found if name == "USER"]
    assert user == "learner" and any(f"useradd --uid 1000 --create-home {user}" in words for _, words in found)
    command = json.loads(next(words for name, words in found if name == "CMD"))
    assert (
        command[:4] == ["python", "-P", "-m", "servicelab.cli.run_server"]
        and Path(sys.executable).with_name(command[4]).exists()
    )
    for name, words in found:
        if name == "RUN":
            assert subprocess.run(["sh", "-n", "-c", words], check=False).returncode == 0, words


def test_the_devcontainer():
    """By the main rules of its published schema: one source, known properties with their types, and commands that
    are there."""
    told = json.loads((COURSE / ".devcontainer" / "devcontainer.json").read_text())
    types = {
        "name": str, "build": dict, "remoteUser": str, "updateRemoteUserUID": bool, "remoteEnv": dict,
        "postCreateCommand": str, "forwardPorts": list, "portsAttributes": dict, "hostRequirements": dict,
        "customizations": dict,
    }  # fmt: skip
    assert {name: types[name] for name in told} == {name: type(value) for name, value in told.items()}
    assert "image" not in told and "dockerComposeFile" not in told
    assert told["build"].keys() == {"dockerfile", "context"}
    here = COURSE / ".devcontainer"
    assert (here / told["build"]["dockerfile"]).resolve() == COURSE / "Dockerfile"
    assert (here / told["build"]["context"]).resolve() == COURSE
    assert all(value is None or isinstance(value, str) for value in told["remoteEnv"].values())
    assert all(isinstance(port, int) and 0 < port < 65536 for port in told["forwardPorts"])
    assert set(told["portsAttributes"]) == {str(port) for port in told["forwardPorts"]}
    allowed = {"notify", "openBrowser", "openBrowserOnce", "openPreview", "silent", "ignore"}
    assert all(port["onAutoForward"] in allowed for port in told["portsAttributes"].values())
    assert re.fullmatch(r"\d+[tgmk]b", told["hostRequirements"]["memory"])
    assert any(name == "USER" and words == told["remoteUser"] for name, words in instructions())
    assert all((COURSE / file).is_file() for file in told["customizations"]["codespaces"]["openFiles"])
    words = shlex.split(told["postCreateCommand"])
    beside = Path(sys.executable).with_name(words[0])
    assert subprocess.run([beside, *words[1:]], capture_output=True, timeout=SECONDS, check=False).returncode == 0


HUB = """
import os
load_subconfig(os.environ["HUB_CONFIG"])
c = get_config()
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = os.path.join(os.environ["HUB_PLACE"], "unix-homes", "{username}")
c.Spawner.args = ["--allow-root"]
c.JupyterHub.bind_url = os.environ["HUB_URL"]
c.JupyterHub.hub_port = int(os.environ["HUB_PORT"])
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:" + os.environ["PROXY_PORT"]
c.JupyterHub.services = [{"name": "test", "api_token": os.environ["HUB_TOKEN"]}]
c.JupyterHub.load_roles = [
    {"name": "test", "scopes": ["admin:users", "admin:servers", "access:servers"], "services": ["test"]}
]
"""


class Hub:
    """A JupyterHub from another environment, whose programs are in the folder that LAB_JUPYTERHUB names."""

    def __init__(self, programs, place):
        ports = {free_port() for _ in range(3)}
        self.url = f"http://127.0.0.1:{(ports := sorted(ports))[0]}"
        self.token = secrets.token_hex(16)
        (place / "hub.py").write_text(HUB)
        self.log = (place / "hub.log").open("wb")
        environment = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            [Path(programs, "jupyterhub"), "--config", "hub.py"],
            cwd=place,
            env={
                **environment,
                "PATH": os.pathsep.join([programs, os.environ["PATH"]]),
                "HUB_CONFIG": str(CONFIG),
                "HUB_PLACE": str(place),
                "HUB_URL": self.url,
                "HUB_PORT": str(ports[1]),
                "PROXY_PORT": str(ports[2]),
                "HUB_TOKEN": self.token,
                "LAB_HOMES": str(place / "homes"),
            },
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def ask(self, method, path, body=None):
        """A request with the test's token; what is answered, or the status of an error."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def wait_for(self, condition):
        deadline = time.monotonic() + SECONDS
        while not (found := condition()):
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.name
            time.sleep(0.2)  # between two looks
        return found

    def start(self, user):
        """The user's server, up."""
        assert not isinstance(self.ask("POST", f"/hub/api/users/{user}", {}), int)
        self.ask("POST", f"/hub/api/users/{user}/server", {})
        return self.wait_for(lambda: self.ask("GET", f"/hub/api/users/{user}")["servers"].get("", {}).get("ready"))

    def run(self, user, code):
        """What code prints in a notebook's kernel of this user."""
        kernel = self.ask("POST", f"/user/{user}/api/kernels", {})["id"]
        address = f"{self.url.replace('http', 'ws')}/user/{user}/api/kernels/{kernel}/channels"
        socket = websocket.create_connection(address, SECONDS, header=[f"Authorization: token {self.token}"])
        header = {"msg_id": "1", "session": "s", "username": user, "msg_type": "execute_request", "version": "5.3"}
        content = {"code": code, "silent": False}
        socket.send(
            json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"})
        )
        said = ""
        while True:
            message = json.loads(socket.recv())
            kind, content = message["header"]["msg_type"], message["content"]
            assert kind != "error", content
            said += content["text"] if kind == "stream" else ""
            if (
                kind == "status"
                and content["execution_state"] == "idle"
                and message["parent_header"].get("msg_id") == "1"
            ):
                socket.close()
                return said

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(SECONDS)
        self.log.close()


ASKS = """
import os, subprocess
name = os.environ["LAB_STUDENT"]
run = lambda *words: subprocess.run(["kubectl", *words], capture_output=True, text=True)
run("create", "namespace", f"of-{name}")
print(os.environ["KUBECONFIG"], os.path.exists("clusterip/clusterip.ipynb"))
print(sorted(line for line in run("get", "namespaces", "-o", "name").stdout.split() if "/of-" in line))
print("HUB_TOKEN" in os.environ)
"""


@pytest.mark.long
@pytest.mark.timeout(600)
def test_two_users_of_a_jupyterhub(tmp_path):
    """Notebooks of two users in one hub: each has a cluster of its own, which is gone when its server is stopped."""
    programs = os.environ.get("LAB_JUPYTERHUB")
    if not programs:
        pytest.skip("LAB_JUPYTERHUB names no folder with jupyterhub, configurable-http-proxy and this course installed")
    hub = Hub(programs, tmp_path)
    try:
        hub.wait_for(lambda: isinstance(hub.ask("GET", "/hub/api/"), dict))
        kubeconfigs = []
        for user in USERS:
            hub.start(user)
            first, seen, token = hub.run(user, ASKS).splitlines()
            kubeconfig, has_lessons = first.split()
            assert kubeconfig.startswith(str(tmp_path / "homes" / user / "clusters")) and has_lessons == "True"
            assert seen == f"['namespace/of-{user}']" and token == "False"
            kubeconfigs.append(kubeconfig)
        ada, bob = (json.loads(Path(one).read_text()) for one in kubeconfigs)
        assert ada["clusters"][0]["cluster"]["server"] != bob["clusters"][0]["cluster"]["server"]
        # bob's login at ada's cluster, whose certificate is trusted for the try
        Path(kubeconfigs[1]).with_name("mixed").write_text(json.dumps({**ada, "users": bob["users"], "contexts": [
            {"name": "mixed", "context": {"cluster": ada["clusters"][0]["name"], "user": bob["users"][0]["name"]}}
        ], "current-context": "mixed"}))  # fmt: skip
        assert namespaces(str(Path(kubeconfigs[1]).with_name("mixed"))) == set()
        assert all(f"of-{user}" in namespaces(one) for user, one in zip(USERS, kubeconfigs, strict=True))
        hub.ask("DELETE", "/hub/api/users/ada/server")
        hub.wait_for(lambda: not namespaces(kubeconfigs[0]))
        assert "of-bob" in namespaces(kubeconfigs[1])
    finally:
        started = psutil.Process(hub.process.pid).children(recursive=True)
        hub.close()
        assert psutil.wait_procs(started, 30)[1] == []
