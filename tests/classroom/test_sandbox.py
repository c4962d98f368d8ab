"""What a student's code can do in the sandbox of `nbgrader autograde`: nothing to anybody else."""

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from servicelab.classroom import sandbox
from tests.classroom.classes import COURSE, SLUG, SOLUTION, WRONG
from tests.classroom.doors import Doors

SECRET = "what nobody inside may see"
SECONDS = 120


@pytest.fixture(scope="module")
def there_is_one():
    if reason := sandbox.why_not():
        pytest.skip(reason)


@pytest.fixture
def place(there_is_one, tmp_path):
    """A sandbox for a submission, in a course directory that has secrets beside it."""
    folder = tmp_path / "autograded" / "eve" / SLUG
    folder.mkdir(parents=True)
    (folder / f"{SLUG}.ipynb").write_text("{}")
    (tmp_path / "class.toml").write_text(f'variant_key = "{SECRET}"')
    shared = tmp_path / "shared"
    shared.mkdir()
    return sandbox.Sandbox(folder, shared, {}, {"TOLD": "this"})


def inside(place, code, *words):
    """Run Python inside, within the limits: what it printed, and how it ended."""
    command = place.command([sys.executable, "-c", code, *map(str, words)])
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watching = sandbox.keep_within_limits(process, place.shared)
    said, _ = process.communicate(timeout=SECONDS)
    watching.join(SECONDS)
    return said.strip(), process.returncode


ENVIRONMENTS = """
import glob
for path in glob.glob("/proc/[0-9]*/environ"):
    with open(path, "rb") as file:
        print("canary" in file.read().decode())
"""


def test_no_environment_of_another_process(place, monkeypatch):
    """Nor that of bubblewrap itself, which is the first process inside."""
    monkeypatch.setenv("LAB_GRADEBOOK", "canary")
    assert set(inside(place, ENVIRONMENTS)[0].split()) == {"False"}


EXISTS = "import os, sys; print([os.path.lexists(path) for path in sys.argv[1:]])"


def test_what_is_there(place, monkeypatch):
    """The copy of the submission, the course without what gives it away, this Python, and no variable more."""
    monkeypatch.setenv("LAB_GRADEBOOK", SECRET)
    assert inside(place, "import os; print(os.getcwd(), os.listdir())")[0] == f"/home/learner/{SLUG} ['{SLUG}.ipynb']"
    said, _ = inside(place, "import os; print(os.environ['TOLD'], 'LAB_GRADEBOOK' in os.environ, *os.listdir('/'))")
    assert said.startswith("this False ") and not {"var", "run", "sys", "opt"} & set(said.split())
    root = COURSE.root
    graders = [root / "course.toml", root / "graders" / f"{SLUG}.py"]
    hidden = [
        root / "solutions",
        root / "graders" / "mistakes" / SLUG,
        root / ".git",
        place.folder,
        Path.home() / ".bashrc",
    ]
    hidden += [place.folder.parents[2] / "class.toml", Path("/etc/passwd")]
    assert inside(place, EXISTS, *graders)[0] == "[True, True]"
    assert inside(place, EXISTS, *hidden)[0] == str([False] * len(hidden))
    assert all(path.exists() for path in hidden[:4])
    assert inside(place, "import servicelab.notebook")[1] == 0


WRITES = """
import sys
for path in sys.argv[1:]:
    try:
        with open(path, "a") as file:
            file.write("canary")
        print("written")
    except OSError as error:
        print(error.strerror)
"""


def test_nothing_outside_is_written(place):
    """Nor is the submission itself: what is written there is written to a copy."""
    targets = [
        COURSE.root / "course.toml",
        Path(sys.prefix, "pyvenv.cfg"),
        Path("/usr/canary"),
        place.folder.parents[2] / "class.toml",
    ]
    said, _ = inside(place, WRITES, *targets, "here", "/tmp/canary", "/home/learner/canary")
    # the last ones are in memory, where they seem to be
    assert said.splitlines() == ["Read-only file system"] * 3 + ["written"] * 4
    assert "canary" not in targets[-1].read_text() + targets[0].read_text() + targets[1].read_text()
    assert [path.name for path in place.folder.iterdir()] == [f"{SLUG}.ipynb"]
    assert not Path("/tmp/canary").exists() and not Path("/usr/canary").exists()


CONNECTS = """
import socket, sys
try:
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
    print(connection.recv(5).decode())
except OSError as error:
    print(error.strerror)
try:
    other = socket.socket(socket.AF_UNIX)
    other.connect("\\0" + sys.argv[2])
    print(other.recv(5).decode())
except OSError as error:
    print(error.strerror)
"""


def test_no_network(place):
    """Neither this machine's loopback nor sockets without a place in the file system."""
    name = f"canary-{os.getpid()}"
    with closing(socket.create_server(("127.0.0.1", 0))) as tcp, closing(socket.socket(socket.AF_UNIX)) as unix:
        unix.bind(f"\0{name}")
        unix.listen()
        port = tcp.getsockname()[1]
        process = subprocess.Popen([sys.executable, "-c", CONNECTS, str(port), name], stdout=subprocess.PIPE, text=True)
        for server in (tcp, unix):
            with server.accept()[0] as connection:
                connection.sendall(b"hello")
        assert process.communicate(timeout=SECONDS)[0].split() == ["hello", "hello"]
        assert inside(place, CONNECTS, port, name)[0].splitlines() == ["Connection refused"] * 2
    assert inside(place, "import socket; print(socket.if_nameindex())")[0] == "[(1, 'lo')]"


def test_no_other_process_is_seen(place):
    said, _ = inside(place, "import os; print(sum(name.isdigit() for name in os.listdir('/proc')))")
    assert int(said) <= 3


def test_memory_of_one_process(place):
    assert "MemoryError" in inside(place, f"bytearray({2 * sandbox.MEMORY})")[0]


MANY = """
import os, time
for number in range(6):
    if os.fork() == 0:
        kept = bytearray(os.urandom(1_000_000) * 500)
        time.sleep(100)
time.sleep(100)
"""


def test_memory_of_many_processes(place, monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", 600_000_000)
    assert inside(place, MANY.replace("500", "200"))[1] == -9


def test_a_fork_bomb(place):
    assert inside(place, "import os, time\nfor _ in range(200): os.fork() or time.sleep(100)\ntime.sleep(100)")[1] == -9


def test_the_disk(place):
    """Home and /tmp are small; the folder of the sockets is for sockets alone."""
    fill = "import sys\nwith open(sys.argv[1], 'wb') as file:\n  for _ in range(400): file.write(bytes(1_000_000))"
    said, code = inside(place, fill, "/tmp/big")
    assert code != 0 and ("No space left" in said or "File too large" in said)
    misuse = "import sys, time; open(sys.argv[1] + '/more', 'w').close(); time.sleep(100)"
    assert inside(place, misuse, place.shared)[1] == -9


def test_it_ends_with_whoever_began_it(place):
    """`nbgrader autograde` that is killed leaves no kernel behind."""
    command = place.command(["sh", "-c", "echo up; exec sleep 1000"])
    code = f"import subprocess; p = subprocess.Popen({command!r}); print(p.pid, flush=True); p.wait()"
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    told = {parent.stdout.readline().strip() for _ in range(2)}
    (pid,) = told - {"up"}
    began = psutil.Process(int(pid))
    inside = began.children(recursive=True)
    parent.kill()
    parent.communicate(timeout=SECONDS)
    assert len(inside) == 2 and psutil.wait_procs([began, *inside], 10)[1] == []


HOSTILE = """
import json, os, pathlib, socket
def tried(what):
    try:
        return str(what())
    except Exception as error:
        return type(error).__name__
root = pathlib.Path(ROOT)
print(json.dumps({
    "gradebook": tried(lambda: (root / "gradebook.db").read_bytes()[:6]),
    "key": tried(lambda: (root / "class.toml").read_text()),
    "ada": tried(lambda: list((root / "submitted").iterdir())),
    "home": tried(lambda: pathlib.Path(REAL_HOME).read_text()),
    "environment": [b"LAB_VARIANT_KEY" in path.read_bytes() for path in pathlib.Path("/proc").glob("[0-9]*/environ")],
    "printed": [os.readlink(f"/proc/self/fd/{number}") for number in range(1)],
    "network": tried(lambda: socket.create_connection(("127.0.0.1", PORT), 5)),
    "canary": tried(lambda: pathlib.Path(CANARY).write_text("was here")),
}))
"""


@pytest.mark.timeout(600)
def test_a_hostile_notebook_and_its_neighbours(there_is_one, tmp_path, monkeypatch):
    """Nothing is reached from inside; everybody's score is the one of `lab grade`, which executes nothing."""
    monkeypatch.delenv("LAB_VARIANT")
    doors = Doors.make(
        tmp_path / "course", LAB_HOME=str(tmp_path / "home"), LAB_CLUSTER="embedded", LAB_VARIANT_KEY=SECRET
    )
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.json").write_text("{}")
    (doors.root / "class.toml").write_text(f'variant_key = "{SECRET}"')
    from servicelab.course.variant import secret_of, variant

    for student, text in {"ada": SOLUTION, "bob": WRONG, "eve": SOLUTION}.items():
        own = variant(doors.exercise, secret_of(SECRET.encode(), student))
        path = doors.submit(student, own.rendered(text))
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        values = {
            "ROOT": str(doors.root),
            "PORT": server.getsockname()[1],
            "CANARY": str(tmp_path / "canary"),
            "REAL_HOME": str(tmp_path / "home" / "settings.json"),
        }
        code = HOSTILE
        for name, value in values.items():
            code = code.replace(name, repr(value))
        notebook = json.loads(path.read_text())
        cell = {"cell_type": "code", "id": "evil", "metadata": {}, "outputs": [], "execution_count": None}
        notebook["cells"].insert(0, {**cell, "source": code})
        path.write_text(json.dumps(notebook))
        scores = doors.by_autograde()
    executed = json.loads((doors.root / "autograded" / "eve" / SLUG / path.name).read_text())
    (output,) = executed["cells"][0]["outputs"]
    missing = dict.fromkeys(("gradebook", "key", "ada", "home", "canary"), "FileNotFoundError")
    seen = json.loads("".join(output["text"]))
    assert not any(seen.pop("environment")) and seen.pop("printed") == ["/dev/null"]
    assert seen == {**missing, "network": "ConnectionRefusedError"}
    assert not (tmp_path / "canary").exists()
    shutil.rmtree(doors.root / "autograded")
    doors.forget()
    assert doors.by_lab_grade() == scores
    assert scores["ada"] == scores["eve"] > scores["bob"]


def test_without_bubblewrap_it_says_so(monkeypatch, caplog):
    from servicelab.classroom import autograding
    from servicelab.cluster.base import MachineError

    monkeypatch.setattr(sandbox, "why_not", lambda: "bubblewrap is not installed")
    execute = autograding.SandboxedExecute()
    assert execute.kernel_manager_class is not autograding.SandboxedKernel
    assert "NOT in a sandbox" in caplog.text and "bubblewrap is not installed" in caplog.text
    with pytest.raises(MachineError, match="there is no sandbox: bubblewrap is not installed"):
        autograding.SandboxedExecute(required=True)


def test_a_real_cluster_is_out_of_reach(monkeypatch, caplog):
    from servicelab.classroom import autograding

    monkeypatch.setenv("LAB_CLUSTER", "kind")
    autograding.SandboxedExecute()
    assert "checks on a kind cluster need the network" in caplog.text
