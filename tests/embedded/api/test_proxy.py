"""The proxy subresources. Words and codes as recorded on kind, Kubernetes v1.36.3."""

import json

import pytest

from servicelab.embedded.api.messages import Request
from tests.embedded.api.support import IMAGE, PODS, SERVICES, call, made


@pytest.fixture
def web(core):
    container = {"name": "main", "image": IMAGE, "args": ["netexec"], "ports": [{"containerPort": 8080}]}
    made(core, PODS, {"metadata": {"name": "web", "labels": {"app": "web"}}, "spec": {"containers": [container]}})
    named = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "other", "port": 81, "targetPort": 9999}]
    for name, spec in {
        "web": {"selector": {"app": "web"}, "ports": named},
        "headless": {"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
        "empty": {"selector": {"app": "nobody"}, "ports": [{"port": 80}]},
        "nosel": {"ports": [{"port": 80}]},
        "ext": {"type": "ExternalName", "externalName": "web.default.svc.cluster.local"},
    }.items():
        made(core, SERVICES, {"metadata": {"name": name}, "spec": spec})
    waiting = {"nodeSelector": {"no": "such"}, "containers": [{"name": "main", "image": IMAGE}]}
    made(core, PODS, {"metadata": {"name": "pending"}, "spec": waiting})
    core.pass_time(5)
    return core


@pytest.mark.parametrize(
    "path",
    [
        f"{SERVICES}/web:http/proxy/hostname",
        f"{SERVICES}/web:80/proxy/hostname",
        f"{SERVICES}/http:web:80/proxy/hostname",
        f"{SERVICES}/headless/proxy/hostname",
        f"{SERVICES}/headless:80/proxy/hostname",
        f"{PODS}/web:8080/proxy/hostname",
        f"{PODS}/web/proxy/hostname",
    ],
)
def test_the_program_answers(web, path):
    assert call(web, "GET", path) == (200, b"web")


def test_the_api_server_asks_from_its_node(web):
    node = call(web, "GET", "/api/v1/nodes/lab-control-plane")[1]
    address = next(one["address"] for one in node["status"]["addresses"] if one["type"] == "InternalIP")
    assert call(web, "GET", f"{PODS}/web:8080/proxy/clientip")[1].decode().split(":")[0] == address


REFUSED = "error trying to reach service: dial tcp ADDRESS:{}: connect: connection refused"


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        (f"{SERVICES}/web/proxy/", 503, 'no endpoints available for service "web"'),
        (f"{SERVICES}/web:nope/proxy/", 503, 'no endpoints available for service "web:nope"'),
        (f"{SERVICES}/web:82/proxy/", 503, 'no service port 82 found for service "web"'),
        (f"{SERVICES}/web:other/proxy/", 503, REFUSED.format(9999)),
        (f"{SERVICES}/empty:80/proxy/", 503, 'no endpoints available for service "empty"'),
        (f"{SERVICES}/ext/proxy/", 404, 'services "ext" not found'),
        (f"{SERVICES}/ext:80/proxy/", 503, 'no service port 80 found for service "ext"'),
        (f"{SERVICES}/nosel:80/proxy/", 404, 'services "nosel" not found'),
        (f"{SERVICES}/none:80/proxy/", 404, 'services "none" not found'),
        (f"{SERVICES}/web:x:y:z/proxy/", 400, 'invalid service request "web:x:y:z"'),
        (f"{PODS}/web:9999/proxy/", 503, REFUSED.format(9999)),
        (f"{PODS}/pending:80/proxy/", 400, "address not allowed"),
        (f"{PODS}/none:80/proxy/", 404, 'pods "none" not found'),
        (f"{PODS}/web:8080/proxy/echo?msg=a&code=100000", 503, "error trying to reach service: EOF"),
    ],
)
def test_what_cannot_be_reached(web, path, code, message):
    address = call(web, "GET", f"{PODS}/web")[1]["status"]["podIP"]
    found, status = call(web, "GET", path)
    assert (found, status["message"].replace(address, "ADDRESS")) == (code, message)


def test_status_and_body_of_the_program_pass(web):
    assert call(web, "GET", f"{PODS}/web:8080/proxy/echo?msg=hi&code=404") == (404, b"hi")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = web.handle(Request.of("POST", f"{PODS}/web:8080/proxy/echo", b"msg=hello", form))
    assert (answer.status, answer.body) == (200, b"hello")
    log = call(web, "GET", f"{PODS}/web/log")[1].decode()
    assert "GET /echo?msg=hello&code=" in log  # agnhost writes GET for a POST too, as recorded on kind


def test_a_redirect_leads_through_the_api_server(web):
    answer = web.handle(Request.of("GET", f"{PODS}/web:8080/proxy/redirect?location=/hostname"))
    assert (answer.status, dict(answer.headers)["Location"]) == (302, f"{PODS}/web:8080/proxy/hostname")
    answer = web.handle(Request.of("GET", f"{PODS}/web:8080/proxy"))
    assert (answer.status, dict(answer.headers)["Location"]) == (301, f"{PODS}/web:8080/proxy/")


def test_the_login_is_kept_back(web):
    sent = {"Authorization": "Bearer secret", "Accept": "*/*", "Connection": "close"}
    answer = web.handle(Request.of("GET", f"{PODS}/web:8080/proxy/header", headers=sent))
    assert json.loads(answer.body) == {"Accept": ["*/*"], "X-Forwarded-Uri": [f"{PODS}/web:8080/proxy/header"]}


def test_a_slow_program_takes_its_time(web):
    answer = web.handle(Request.of("GET", f"{PODS}/web:8080/proxy/shell?cmd=sleep%203"))
    assert answer.seconds >= 3


def test_without_its_node_the_api_server_says_so(web):
    assert call(web, "DELETE", "/api/v1/nodes/lab-control-plane")[0] == 200
    code, answer = call(web, "GET", f"{PODS}/web:8080/proxy/hostname")
    assert (code, "no node to ask from" in answer["message"]) == (501, True)
