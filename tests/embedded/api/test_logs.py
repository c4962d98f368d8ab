import pytest

from servicelab.embedded.api.logs import FollowedLog
from servicelab.embedded.api.messages import Exec, Request
from tests.embedded.api.support import IMAGE, PODS, call, made, pod


@pytest.fixture
def running(core):
    made(core, PODS, pod("web", "netexec", "--http-port=8080"))
    core.pass_time(5)
    return core


def read(core, query=""):
    answer = core.handle(Request.of("GET", f"{PODS}/web/log{query}"))
    return answer.body.decode().splitlines()


def hit(core, times):
    for _ in range(times):
        core.execute(Exec("default", "web", "main", ("curl", "-s", "http://localhost:8080/hostname")))
        core.pass_time(1)


def test_lines_tail_and_times(running):
    hit(running, 3)
    lines = read(running)
    assert sum("GET /hostname" in line for line in lines) == 3
    assert read(running, "?tailLines=2") == lines[-2:]
    assert read(running, "?tailLines=0") == []
    stamped = read(running, "?timestamps=true&tailLines=1")[0]
    assert stamped.startswith("2023-11-14T") and stamped.endswith(lines[-1])
    assert read(running, "?limitBytes=10") == ["".join(lines)[:10]]
    assert len(read(running, "?sinceSeconds=2")) < len(lines)


def test_following(running):
    log = running.handle(Request.of("GET", f"{PODS}/web/log?follow=true&tailLines=0"))
    assert isinstance(log, FollowedLog)
    woken = []
    log.wake_with(lambda: woken.append(1))
    assert log.take() == b""
    hit(running, 1)
    assert woken
    assert b"GET /hostname" in log.take()
    assert log.take() == b""
    call(running, "DELETE", f"{PODS}/web?gracePeriodSeconds=0")
    log.take()
    assert log.ended
    log.close()


def test_no_log_yet(core):
    made(core, PODS, pod("web") | {"spec": {"containers": [{"name": "main", "image": "nothing:1"}]}})
    core.pass_time(3)
    code, status = call(core, "GET", f"{PODS}/web/log")
    assert code == 400
    assert status["message"].startswith('container "main" in pod "web" is waiting to start: ')


def test_which_container(running):
    code, status = call(running, "GET", f"{PODS}/web/log?container=nope")
    assert (code, status["message"]) == (400, "container nope is not valid for pod web")
    two = pod("two")
    two["spec"]["containers"].append({"name": "side", "image": two["spec"]["containers"][0]["image"]})
    made(running, PODS, two)
    code, status = call(running, "GET", f"{PODS}/two/log")
    assert status["message"] == "a container name must be specified for pod two, choose one of: [main side]"


def test_exec_is_checked(running):
    wish = running.handle(Request.of("POST", f"{PODS}/web/exec?command=sh&command=-c&command=hostname&stdout=true"))
    assert wish == Exec("default", "web", "main", ("sh", "-c", "hostname"), stdout=True, stderr=False)
    assert running.execute(wish).stdout == "web\n"
    assert call(running, "POST", f"{PODS}/web/exec?command=ls")[0] == 400
    assert call(running, "POST", f"{PODS}/web/exec?stdout=true")[0] == 400
    made(running, PODS, pod("new"))
    code, status = call(running, "POST", f"{PODS}/new/exec?command=ls&stdout=true")
    assert (code, status["message"]) == (500, 'container not found ("main")')


@pytest.mark.parametrize(
    ("method", "what"), [("PATCH", "ephemeralcontainers"), ("GET", "exec?command=tar&command=cf&stdout=true")]
)
def test_what_is_not_done_is_said(running, method, what):
    code, status = call(running, method, f"{PODS}/web/{what}")
    assert (code, status["reason"]) == (501, "NotImplemented")
    assert status["message"].startswith("the embedded cluster does not")


def test_a_followed_log_ends_with_its_container_and_shows_its_last_lines(running):
    followed = running.handle(Request.of("GET", f"{PODS}/web/log?follow=true"))
    assert b"Started HTTP server" in followed.take()
    running.world.append_log("default", "web", "main", "the last words")
    assert not followed.ended
    call(running, "DELETE", f"{PODS}/web?gracePeriodSeconds=0")
    assert b"Started HTTP server" not in followed.take()
    assert followed.ended


def test_a_followed_log_does_not_go_on_with_the_next_start(core):
    container = {"name": "main", "image": IMAGE, "command": ["sleep", "5"]}
    made(core, PODS, pod("short") | {"spec": {"containers": [container]}})
    core.pass_time(2)
    followed = core.handle(Request.of("GET", f"{PODS}/short/log?follow=true"))
    followed.take()
    assert not followed.ended
    core.world.append_log("default", "short", "main", "of the first start")
    core.pass_time(6)
    assert followed.take() == b"of the first start\n"
    assert followed.ended


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["netexec", "--htp-port=80"], ["Error: unknown flag: --htp-port"]),
        (["netexe"], ['Error: unknown command "netexe" for "app"', "", "Did you mean this?", "\tnetexec", ""]),
    ],
)
def test_a_wrong_argument_crashes_and_the_log_says_why(core, arguments, printed):
    container = {"name": "main", "image": IMAGE, "args": arguments}
    made(core, PODS, pod("web") | {"spec": {"containers": [container]}})
    core.pass_time(6)
    status = call(core, "GET", f"{PODS}/web")[1]["status"]["containerStatuses"][0]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert status["lastState"]["terminated"]["exitCode"] == 1
    assert status["restartCount"] == 1
    assert [line.rstrip("\n") for line in read(core)] == printed
    assert read(core, "?previous=true") == read(core)
