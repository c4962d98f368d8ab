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


def test_nothing_starts_from_a_stopped_node(core):
    made(core, PODS, pod("web", "netexec", "--http-port=8080"))
    core.pass_time(5)
    node = call(core, "GET", f"{PODS}/web")[1]["spec"]["nodeName"]
    code, answer = call(core, "POST", f"/lab/v1/nodes/{node}/stop", {})
    assert (code, answer) == (200, {"stopped": [node]})
    message = f"no command can be run: node {node} is stopped"
    for source in ("pod/default/web", f"node/{node}"):
        body = {"source": source, "target": "http://10.96.0.1"}
        code, status = call(core, "POST", "/lab/v1/probe", body)
        assert (code, status["message"]) == (400, message)
    code, status = call(core, "POST", f"/lab/v1/nodes/{node}/exec", {"command": ["hostname"]})
    assert (code, status["message"]) == (400, message)
    assert call(core, "POST", f"/lab/v1/nodes/{node}/start", {})[0] == 200
    core.pass_time(10)
    assert call(core, "POST", f"/lab/v1/nodes/{node}/exec", {"command": ["hostname"]})[0] == 200
