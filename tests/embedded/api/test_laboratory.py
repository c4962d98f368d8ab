from tests.embedded.api.support import PODS, call, made, pod


def test_probe(core):
    made(core, PODS, pod("web", "netexec", "--http-port=8080"))
    core.pass_time(5)
    address = call(core, "GET", f"{PODS}/web")[1]["status"]["podIP"]
    code, answer = call(
        core, "POST", "/lab/v1/probe", {"source": "pod/default/web", "target": f"http://{address}:8080/hostname"}
    )
    assert (code, answer["verdict"]["outcome"], answer["verdict"]["body"]) == (200, "answered", "web")
    assert answer["path"]["hops"]


def test_probe_that_makes_no_sense(core):
    for body in ({}, {"source": "moon", "target": "http://web"}, {"source": "outside", "target": "web"}, []):
        code, status = call(core, "POST", "/lab/v1/probe", body)
        assert (code, status["reason"]) == (400, "BadRequest")


def test_node_command(core):
    code, answer = call(core, "POST", "/lab/v1/nodes/lab-worker/exec", {"command": ["hostname"]})
    assert (code, answer["stdout"], answer["exitCode"]) == (200, "lab-worker\n", 0)
    assert call(core, "POST", "/lab/v1/nodes/nope/exec", {"command": ["hostname"]})[0] == 404
    assert call(core, "POST", "/lab/v1/nodes/lab-worker/exec", {"command": "hostname"})[0] == 400
    assert call(core, "GET", "/lab/v1/probe")[0] == 405
    assert call(core, "POST", "/lab/v1/nope", {})[0] == 404
