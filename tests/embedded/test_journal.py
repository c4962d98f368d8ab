import os
import random
import signal
import sqlite3
import subprocess
import sys

import pytest

from servicelab.embedded.clock import ManualClock
from servicelab.embedded.core import fresh_core
from servicelab.embedded.journal import DamagedJournal, Journal, JournalInUse
from servicelab.embedded.resources import CONFIG_MAPS, RESOURCES
from servicelab.embedded.store import Store

WRITER = """
import random, sys
from pathlib import Path
from servicelab.embedded.api.messages import Request
from servicelab.embedded.clock import SystemClock
from servicelab.embedded.server import open_core

core, journal = open_core(Path(sys.argv[1]), "lab", "127.0.0.1:1")
path = "/api/v1/namespaces/default/configmaps"
for number in range(100_000):
    name = f"n{number % 40}"
    body = ('{"metadata": {"name": "%s"}, "data": {"number": "%d"}}' % (name, number)).encode()
    if number % 3 == 2:
        answer = core.handle(Request.of("DELETE", f"{path}/{name}"))
    else:
        answer = core.handle(Request.of("POST", path, body))
        if answer.status == 409:
            answer = core.handle(Request.of("PUT", f"{path}/{name}", body))
    print(number, answer.status, flush=True)
"""


def new_store():
    return Store(ManualClock(), random.Random(1))


def attached(path):
    store, journal = new_store(), Journal(path)
    journal.attach(store)
    return store, journal


def config_map(name, value="1"):
    return {"metadata": {"name": name, "namespace": "default"}, "data": {"value": value}}


def without(objects, name):
    return {other: value for other, value in objects.items() if other != name}


def everything(store):
    return [(resource.qualified, one) for resource in RESOURCES for one in store.objects(resource)]


def test_comes_back(tmp_path):
    path = tmp_path / "journal.sqlite"
    store, journal = attached(path)
    assert journal.empty
    kept = store.create(CONFIG_MAPS, config_map("a"))
    store.create(CONFIG_MAPS, config_map("b"))
    store.update(CONFIG_MAPS, {**kept, "data": {"value": "2"}})
    store.delete(CONFIG_MAPS, "default", "b")
    journal.close()
    again, journal = attached(path)
    assert everything(again) == everything(store)
    assert again.revision == store.revision
    assert not journal.empty
    journal.close()


def test_what_was_not_committed_is_not_there(tmp_path):
    path = tmp_path / "journal.sqlite"
    store, journal = attached(path)
    store.create(CONFIG_MAPS, config_map("a"))
    journal.commit()
    store.create(CONFIG_MAPS, config_map("b"))
    journal._database.close()  # as when the process dies
    again, journal = attached(path)
    assert [one["metadata"]["name"] for one in again.objects(CONFIG_MAPS)] == ["a"]
    journal.close()


def test_kill_9_loses_nothing_acknowledged(tmp_path):
    expected: dict[str, str] = {}
    for round in range(3):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        acknowledged = []
        for line in process.stdout:
            acknowledged.append(tuple(map(int, line.split())))
            if len(acknowledged) >= 150 + 37 * round:
                os.kill(process.pid, signal.SIGKILL)
                break
        rest = process.stdout.read().splitlines()  # acknowledged before the signal arrived
        acknowledged += [tuple(map(int, line.split())) for line in rest if len(line.split()) == 2]
        assert process.wait(30) == -signal.SIGKILL
        for number, status in acknowledged:
            name = f"n{number % 40}"
            if number % 3 == 2:
                assert status in (200, 404)
                expected.pop(name, None)
            else:
                assert status in (200, 201)
                expected[name] = str(number)
        store, journal = attached(tmp_path / "journal.sqlite")
        found = {
            one["metadata"]["name"]: one["data"]["number"]
            for one in store.objects(CONFIG_MAPS, "default")
            if one["metadata"]["name"].startswith("n")
        }
        in_flight = f"n{(acknowledged[-1][0] + 1) % 40}"  # this one request may or may not have been kept
        assert without(found, in_flight) == without(expected, in_flight)
        expected = found
        journal.close()


def test_a_whole_cluster_comes_back(tmp_path):
    core = fresh_core(seed=1)
    path = tmp_path / "journal.sqlite"
    store, journal = attached(path)
    for resource in RESOURCES:
        for one in core.store.objects(resource):
            store.create(resource, one)
    journal.close()
    again, journal = attached(path)
    assert everything(again) == everything(store)
    journal.close()


@pytest.mark.parametrize("content", [b"this is no database at all, not even nearly", b"SQLite format 3\0" + b"x" * 500])
def test_damaged(tmp_path, content):
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)
    with pytest.raises(DamagedJournal, match=r"cannot be read .* `lab cluster reset`"):
        Journal(path)


def test_damaged_in_the_middle(tmp_path):
    path = tmp_path / "journal.sqlite"
    store, journal = attached(path)
    for number in range(300):
        store.create(CONFIG_MAPS, config_map(f"n{number}", "x" * 200))
    journal.close()
    content = bytearray(path.read_bytes())
    content[8192:40000] = b"\xff" * (40000 - 8192)
    path.write_bytes(content)
    with pytest.raises(DamagedJournal):
        attached(path)


def test_one_process_at_a_time(tmp_path):
    path = tmp_path / "journal.sqlite"
    journal = attached(path)[1]
    code = (
        "import sys; from pathlib import Path; from servicelab.embedded.journal import *\n"
        "try: Journal(Path(sys.argv[1]))\n"
        "except JournalInUse: print('in use')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=30)
    assert done.stdout == "in use\n", done.stderr
    journal.close()
    with pytest.raises(JournalInUse):
        one = Journal(path)
        try:
            Journal(path)
        finally:
            one.close()


def test_a_later_format_is_not_read(tmp_path):
    path = tmp_path / "journal.sqlite"
    Journal(path).close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE about SET value='99' WHERE key='format'")
    database.close()
    with pytest.raises(DamagedJournal, match="format 99"):
        Journal(path)
