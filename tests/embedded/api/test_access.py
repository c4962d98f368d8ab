"""Limited users. Words recorded on kind v1.36.3, for a ServiceAccount bound to ClusterRole `admin` in one namespace."""

import json

import pytest

from servicelab.embedded.api import access
from servicelab.embedded.api.messages import Request
from servicelab.embedded.users import ANONYMOUS, NoSuchAccount, Users
from tests.embedded.api.support import IMAGE, call, made

MINE, OTHER = "/api/v1/namespaces/mine", "/api/v1/namespaces/other"
APPS = "/apis/apps/v1/namespaces/other"
WHO = 'User "system:serviceaccount:mine:learner" cannot'
CORE_GROUP = 'in API group "" in the namespace "other"'


@pytest.fixture
def learner(core):
    for name in ("mine", "other"):
        made(core, "/api/v1/namespaces", {"metadata": {"name": name}})
        made(core, f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "learner"}})
    return core.users.of_token(core.users.give_token("mine", "learner"))


def ask(core, user, method, url, body=None):
    request = Request.of(method, url, b"" if body is None else json.dumps(body).encode())
    answer = core.handle(Request(method, request.path, request.query, {"accept": "*/*"}, request.body, user))
    return answer.status, json.loads(answer.body)


REFUSALS = [
    ("GET", f"{OTHER}/pods", f'pods is forbidden: {WHO} list resource "pods" {CORE_GROUP}', {"kind": "pods"}),
    ("GET", f"{OTHER}/pods?watch=1", f'pods is forbidden: {WHO} watch resource "pods" {CORE_GROUP}', {"kind": "pods"}),
    (
        "GET",
        "/api/v1/pods",
        f'pods is forbidden: {WHO} list resource "pods" in API group "" at the cluster scope',
        {"kind": "pods"},
    ),
    (
        "GET",
        "/api/v1/pods?fieldSelector=metadata.name=x",
        f'pods "x" is forbidden: {WHO} list resource "pods" in API group "" at the cluster scope',
        {"name": "x", "kind": "pods"},
    ),
    (
        "GET",
        "/api/v1/nodes/lab-worker",
        f'nodes "lab-worker" is forbidden: {WHO} get resource "nodes" in API group "" at the cluster scope',
        {"name": "lab-worker", "kind": "nodes"},
    ),
    (
        "GET",
        OTHER,
        f'namespaces "other" is forbidden: {WHO} get resource "namespaces" {CORE_GROUP}',
        {"name": "other", "kind": "namespaces"},
    ),
    (
        "DELETE",
        MINE,
        f'namespaces "mine" is forbidden: {WHO} delete resource "namespaces" in API group "" in the namespace "mine"',
        {"name": "mine", "kind": "namespaces"},
    ),
    (
        "POST",
        "/api/v1/namespaces",
        f'namespaces is forbidden: {WHO} create resource "namespaces" in API group "" at the cluster scope',
        {"kind": "namespaces"},
    ),
    (
        "DELETE",
        f"{OTHER}/pods",
        f'pods is forbidden: {WHO} deletecollection resource "pods" {CORE_GROUP}',
        {"kind": "pods"},
    ),
    (
        "PUT",
        f"{OTHER}/services/web",
        f'services "web" is forbidden: {WHO} update resource "services" {CORE_GROUP}',
        {"name": "web", "kind": "services"},
    ),
    (
        "GET",
        f"{OTHER}/pods/two/log",
        f'pods "two" is forbidden: {WHO} get resource "pods/log" {CORE_GROUP}',
        {"name": "two", "kind": "pods"},
    ),
    (
        "POST",
        f"{OTHER}/pods/two/exec?command=x",
        f'pods "two" is forbidden: {WHO} create resource "pods/exec" {CORE_GROUP}',
        {"name": "two", "kind": "pods"},
    ),
    (
        "GET",
        f"{OTHER}/services/web:80/proxy/x",
        f'services "web:80" is forbidden: {WHO} get resource "services/proxy" {CORE_GROUP}',
        {"name": "web:80", "kind": "services"},
    ),
    (
        "GET",
        f"{APPS}/deployments/web/scale",
        f'deployments.apps "web" is forbidden: {WHO} get resource "deployments/scale" in API group "apps" '
        'in the namespace "other"',
        {"name": "web", "group": "apps", "kind": "deployments"},
    ),
    (
        "DELETE",
        "/apis/discovery.k8s.io/v1/namespaces/mine/endpointslices/x",
        f'endpointslices.discovery.k8s.io "x" is forbidden: {WHO} delete resource "endpointslices" in API group '
        '"discovery.k8s.io" in the namespace "mine"',
        {"name": "x", "group": "discovery.k8s.io", "kind": "endpointslices"},
    ),
    (
        "GET",
        "/apis/nothing.io/v1/foos",
        f'foos.nothing.io is forbidden: {WHO} list resource "foos" in API group "nothing.io" at the cluster scope',
        {"group": "nothing.io", "kind": "foos"},
    ),
    (
        "POST",
        "/api/v1/foo/bar",
        f'foo "bar" is forbidden: {WHO} create resource "foo" in API group "" at the cluster scope',
        {"name": "bar", "kind": "foo"},
    ),
    (
        "GET",
        "/api/v1/watch/pods",
        f'pods is forbidden: {WHO} watch resource "pods" in API group "" at the cluster scope',
        {"kind": "pods"},
    ),
    ("GET", "/metrics", f'forbidden: {WHO} get path "/metrics"', {}),
    ("GET", "/", f'forbidden: {WHO} get path "/"', {}),
]


@pytest.mark.parametrize(
    ("method", "url", "message", "details"), REFUSALS, ids=[f"{row[0]} {row[1]}" for row in REFUSALS]
)
def test_what_a_learner_may_not(core, learner, method, url, message, details):
    assert ask(core, learner, method, url) == (
        403,
        {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": "Forbidden",
            "details": details,
            "code": 403,
        },
    )


def test_what_a_learner_needs(core, learner):
    pod = {"metadata": {"name": "web"}, "spec": {"containers": [{"name": "main", "image": IMAGE}]}}
    assert ask(core, learner, "POST", f"{MINE}/pods", pod)[0] == 201
    service = {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}
    assert ask(core, learner, "POST", f"{MINE}/services", service)[0] == 201
    for path in (MINE, f"{MINE}/pods", f"{MINE}/endpoints", f"{MINE}/events", "/api", "/apis/apps/v1", "/openapi/v3"):
        assert ask(core, learner, "GET", path)[0] == 200
    assert ask(core, learner, "DELETE", f"{MINE}/services/web")[0] == 200


def test_a_learner_gives_out_no_logins(core, learner):
    body = {"namespace": "other", "serviceAccount": "learner"}
    code, status = ask(core, learner, "POST", "/lab/v1/tokens", body)
    assert (code, status["message"]) == (403, f'forbidden: {WHO} post path "/lab/v1/tokens"')
    assert call(core, "POST", "/lab/v1/tokens", body)[0] == 201
    code, status = call(core, "POST", "/lab/v1/tokens", body | {"serviceAccount": "none"})
    assert (code, status["message"]) == (404, 'serviceaccounts "none" not found')


ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        ({"resourceAttributes": {"namespace": "mine", "verb": "create", "resource": "pods"}}, True),
        ({"resourceAttributes": {"namespace": "other", "verb": "create", "resource": "pods"}}, False),
        (
            {"resourceAttributes": {"namespace": "mine", "verb": "create", "resource": "pods", "subresource": "exec"}},
            True,
        ),
        ({"resourceAttributes": {"verb": "get", "resource": "nodes"}}, False),
        ({"nonResourceAttributes": {"path": "/api", "verb": "get"}}, True),
        ({"nonResourceAttributes": {"path": "/metrics", "verb": "get"}}, False),
    ],
)
def test_can_i(core, learner, spec, allowed):
    code, answer = ask(core, learner, "POST", ACCESS, {"spec": spec})
    assert (code, answer["status"]) == (201, {"allowed": allowed})
    assert call(core, "POST", ACCESS, {"spec": spec})[1]["status"] == {"allowed": True}


def test_can_i_what(core):
    code, status = call(core, "POST", ACCESS, {"spec": {}})
    one_of = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
    what = f"Invalid value: null: {one_of}"
    assert (code, status["message"]) == (
        422,
        f'.authorization.k8s.io "" is invalid: spec.resourceAttributes: {what}',
    )
    assert status["details"]["causes"] == [
        {"reason": "FieldValueInvalid", "message": what, "field": "spec.resourceAttributes"}
    ]
    code, status = call(core, "POST", RULES, {"spec": {}})
    assert (code, status["message"]) == (400, "no namespace on request")


def test_the_rules_are_those_that_are_applied(core, learner):
    everything = call(core, "POST", RULES, {"spec": {"namespace": "mine"}})[1]["status"]
    assert {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]} in everything["resourceRules"]
    mine = ask(core, learner, "POST", RULES, {"spec": {"namespace": "mine"}})[1]["status"]
    other = ask(core, learner, "POST", RULES, {"spec": {"namespace": "other"}})[1]["status"]
    assert (len(mine["resourceRules"]), len(other["resourceRules"])) == (31, 2)
    for rules, namespace in ((mine, "mine"), (other, "other")):
        for rule in rules["resourceRules"]:
            for verb, group, resource in (
                (v, g, r) for v in rule["verbs"] for g in rule["apiGroups"] for r in rule["resources"]
            ):
                name, _, subresource = resource.partition("/")
                asked = access.Action(verb, "", group, name, subresource, namespace)
                assert access.may(learner, asked)


def test_who_am_i(core, learner):
    review = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    info = ask(core, learner, "POST", review, {})[1]["status"]["userInfo"]
    assert info["username"] == "system:serviceaccount:mine:learner"
    assert info["groups"] == ["system:serviceaccounts", "system:serviceaccounts:mine", "system:authenticated"]
    assert info["uid"] == call(core, "GET", f"{MINE}/serviceaccounts/learner")[1]["metadata"]["uid"]


def test_acting_as_somebody_else_is_refused_and_never_ignored(core):
    code, status = call(core, "GET", "/api/v1/pods", Impersonate_User="system:serviceaccount:mine:learner")
    assert (code, status["reason"]) == (501, "NotImplemented")


def test_nobody_in_particular(core):
    message = (
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope'
    )
    assert ask(core, ANONYMOUS, "GET", "/api/v1/pods")[1]["message"] == message
    assert (
        ask(core, ANONYMOUS, "GET", "/api")[1]["message"] == 'forbidden: User "system:anonymous" cannot get path "/api"'
    )
    assert ask(core, ANONYMOUS, "GET", "/version")[0] == 200


def test_a_login_ends_with_its_service_account(core, learner):
    token = core.users.give_token("mine", "learner")
    assert core.users.of_token(token).name == learner.name
    call(core, "DELETE", f"{MINE}/serviceaccounts/learner")
    assert core.users.of_token(token) is None
    made(core, f"{MINE}/serviceaccounts", {"metadata": {"name": "learner"}})
    assert core.users.of_token(token) is None
    with pytest.raises(NoSuchAccount):
        core.users.give_token("mine", "none")


def test_logins_are_kept_without_the_tokens(core, learner, tmp_path):
    users = Users(core.store, tmp_path / "users.json")
    token = users.give_token("mine", "learner")
    assert token not in (tmp_path / "users.json").read_text()
    assert (tmp_path / "users.json").stat().st_mode & 0o777 == 0o600
    assert Users(core.store, tmp_path / "users.json").of_token(token).namespace == "mine"
    assert Users(core.store).of_token(token) is None
