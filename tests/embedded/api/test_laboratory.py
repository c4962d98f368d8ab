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
    assert (code, answer["stopped"]) == (200, [node])
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


def test_faults_are_set_as_a_whole_and_told(core):
    faults = {"firewalls": {"lab-worker": [[30000, 32767]]}, "partitions": [["lab-worker", "lab-worker2"]]}
    code, answer = call(core, "POST", "/lab/v1/faults", faults)
    assert (code, answer) == (200, {"stopped": [], **faults})
    assert call(core, "POST", "/lab/v1/nodes", {})[1] == answer
    assert core.world.network().faults.to_json() == answer
    assert call(core, "POST", "/lab/v1/faults", {})[1] == {"stopped": [], "firewalls": {}, "partitions": []}


def test_faults_that_make_no_sense_are_refused(core):
    for faults in ({"firewalls": {"lab-worker": [["a", "b"]]}}, {"firewalls": 3}, {"partitions": [1]}):
        assert call(core, "POST", "/lab/v1/faults", faults)[0] == 400, faults
    assert call(core, "POST", "/lab/v1/faults", {"partitions": [["lab-worker", "nowhere"]]})[0] == 404


def test_without_a_load_balancer_addresses_stay_and_new_ones_are_not_given(core):
    def address(name):
        found = call(core, "GET", f"/api/v1/namespaces/default/services/{name}")[1]
        return (found["status"]["loadBalancer"].get("ingress") or [{}])[0].get("ip")

    def make(name):
        spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
        assert (
            call(core, "POST", "/api/v1/namespaces/default/services", {"metadata": {"name": name}, "spec": spec})[0]
            == 201
        )
        core.settle()

    make("early")
    given = address("early")
    assert given
    assert call(core, "POST", "/lab/v1/load-balancer", {"on": False}) == (200, {"on": False})
    make("late")
    assert (address("early"), address("late")) == (given, None)
    assert core.world.network().announcers == {}
    assert call(core, "POST", "/lab/v1/load-balancer", {}) == (200, {"on": False})
    assert call(core, "POST", "/lab/v1/load-balancer", {"on": True}) == (200, {"on": True})
    core.settle()
    assert address("early") == given
    assert address("late") not in (None, given)
