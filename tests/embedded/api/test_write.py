import pytest

from servicelab.embedded.api.messages import Request
from tests.embedded.api.support import CONFIG_MAPS, DEPLOYMENTS, SERVICES, call, config_map, deployment, made, service

MERGE = {"Content-Type": "application/merge-patch+json"}


def test_create_read_replace_delete(core):
    kept = made(core, CONFIG_MAPS, config_map("a"))
    assert kept["metadata"]["uid"]
    assert call(core, "GET", f"{CONFIG_MAPS}/a") == (200, kept)
    kept["data"] = {"c": "d"}
    code, changed = call(core, "PUT", f"{CONFIG_MAPS}/a", kept)
    assert (code, changed["data"]) == (200, {"c": "d"})
    assert int(changed["metadata"]["resourceVersion"]) > int(kept["metadata"]["resourceVersion"])
    assert call(core, "PUT", f"{CONFIG_MAPS}/a", kept)[0] == 409
    code, status = call(core, "DELETE", f"{CONFIG_MAPS}/a")
    assert (code, status["status"], status["details"]["uid"]) == (200, "Success", kept["metadata"]["uid"])
    assert call(core, "GET", f"{CONFIG_MAPS}/a")[0] == 404


def test_what_clients_may_not_set_is_ignored(core):
    wish = config_map("a")
    wish["metadata"] |= {"uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z", "resourceVersion": ""}
    kept = made(core, CONFIG_MAPS, wish)
    assert kept["metadata"]["uid"] != "mine"
    assert not kept["metadata"]["creationTimestamp"].startswith("2001")


def test_status_is_written_by_its_subresource_only(core):
    made(core, SERVICES, service("web") | {"status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}})
    kept = call(core, "GET", f"{SERVICES}/web")[1]
    assert kept["status"] == {"loadBalancer": {}}
    condition = {"type": "x", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "y"}
    patch = {"status": {"conditions": [condition | {"message": ""}]}, "spec": {"sessionAffinity": "ClientIP"}}
    code, changed = call(core, "PATCH", f"{SERVICES}/web/status", patch, **MERGE)
    assert (code, changed["spec"]["sessionAffinity"]) == (200, "None")
    assert changed["status"]["conditions"][0]["type"] == "x"
    code, changed = call(core, "PATCH", f"{SERVICES}/web", {"status": None}, **MERGE)
    assert changed["status"]["conditions"][0]["type"] == "x"


def test_generate_name(core):
    wish = config_map("")
    wish["metadata"] = {"generateName": "note-"}
    names = {made(core, CONFIG_MAPS, wish)["metadata"]["name"] for _ in range(5)}
    assert len(names) == 5
    assert all(name.startswith("note-") and len(name) == 10 for name in names)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", CONFIG_MAPS), ("PUT", f"{CONFIG_MAPS}/a"), ("DELETE", f"{CONFIG_MAPS}/a")]
)
def test_dry_run_changes_nothing(core, method, path):
    if method != "POST":
        made(core, CONFIG_MAPS, config_map("a"))
    before = core.store.revision
    body = config_map("a", data={"x": "y"}) if method != "DELETE" else None
    code, _ = call(core, method, f"{path}?dryRun=All", body)
    assert code in (200, 201)
    assert core.store.revision == before


def test_a_write_that_changes_nothing_keeps_its_version(core):
    kept = made(core, CONFIG_MAPS, config_map("a"))
    code, same = call(core, "PATCH", f"{CONFIG_MAPS}/a", {"data": {"a": "b"}}, **MERGE)
    assert (code, same["metadata"]["resourceVersion"]) == (200, kept["metadata"]["resourceVersion"])


def test_warnings(core):
    body = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"date":{}}'
    answer = core.handle(Request.of("POST", CONFIG_MAPS, body))
    assert answer.headers == (("Warning", '299 - "unknown field \\"date\\""'),)
    answer = core.handle(Request.of("POST", f"{CONFIG_MAPS}?fieldValidation=Ignore", body.replace(b'"a"', b'"b"')))
    assert answer.headers == ()


def test_generation_counts_changes_of_the_spec(core):
    made(core, DEPLOYMENTS, deployment("web"))
    assert call(core, "GET", f"{DEPLOYMENTS}/web")[1]["metadata"]["generation"] == 1
    call(core, "PATCH", f"{DEPLOYMENTS}/web", {"metadata": {"labels": {"a": "b"}}}, **MERGE)
    assert call(core, "GET", f"{DEPLOYMENTS}/web")[1]["metadata"]["generation"] == 1
    call(core, "PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 3}}, **MERGE)
    assert call(core, "GET", f"{DEPLOYMENTS}/web")[1]["metadata"]["generation"] == 2


def test_finalizers_hold_an_object(core):
    wish = config_map("a")
    wish["metadata"]["finalizers"] = ["example.com/wait"]
    made(core, CONFIG_MAPS, wish)
    code, leaving = call(core, "DELETE", f"{CONFIG_MAPS}/a")
    assert (code, leaving["kind"]) == (200, "ConfigMap")
    assert leaving["metadata"]["deletionTimestamp"]
    code, _ = call(core, "PATCH", f"{CONFIG_MAPS}/a", {"metadata": {"finalizers": None}}, **MERGE)
    assert code == 200
    assert call(core, "GET", f"{CONFIG_MAPS}/a")[0] == 404


def test_a_namespace_being_deleted_takes_nothing_new(core):
    made(core, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    call(core, "PATCH", "/api/v1/namespaces/shop", {"metadata": {"finalizers": ["example.com/wait"]}}, **MERGE)
    call(core, "DELETE", "/api/v1/namespaces/shop")
    code, status = call(core, "POST", CONFIG_MAPS.replace("default", "shop"), config_map("a"))
    assert code == 403
    assert status["message"] == (
        'configmaps "a" is forbidden: unable to create new content in namespace shop because it is being terminated'
    )


def test_too_large(core):
    assert call(core, "POST", CONFIG_MAPS, config_map("a", data={"a": "x" * 4_000_000}))[0] == 413


def test_scale(core):
    made(core, DEPLOYMENTS, deployment("web", 2))
    code, scale = call(core, "GET", f"{DEPLOYMENTS}/web/scale")
    assert (code, scale["kind"], scale["spec"], scale["status"]["selector"]) == (
        200, "Scale", {"replicas": 2}, "app=web",
    )  # fmt: skip
    scale["spec"]["replicas"] = 3
    assert call(core, "PUT", f"{DEPLOYMENTS}/web/scale", scale)[1]["spec"] == {"replicas": 3}
    assert call(core, "PUT", f"{DEPLOYMENTS}/web/scale", scale)[0] == 409
    code, scale = call(core, "PATCH", f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 0}}, **MERGE)
    assert (code, scale["spec"]) == (200, {})
    assert call(core, "GET", f"{DEPLOYMENTS}/web")[1]["spec"]["replicas"] == 0


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ({"kind": "Pod"}, "converting (v1.Pod) to (core.Service): unknown conversion"),
        ({"kind": "Nope"}, 'no kind "Nope" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"'),
        ({"apiVersion": 7}, "cannot unmarshal number into Go struct field .apiVersion of type string"),
        (
            {"apiVersion": "apps/v1", "kind": "Deployment"},
            "converting (v1.Deployment) to (core.Service): unknown conversion",
        ),
    ],
)
def test_a_patch_makes_no_other_kind_as_kind_v1_36_3_answers(core, head, why):
    made(core, SERVICES, service("web"))
    code, answer = call(core, "PATCH", f"{SERVICES}/web", head, **MERGE)
    assert (code, answer["details"]["causes"][0]["field"]) == (422, "patch")
    assert answer["message"].endswith(why)


@pytest.mark.parametrize("content_type", ["application/json", "application/yaml"])
def test_half_a_character_is_read_as_go_reads_it(core, content_type):
    body = b'{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "half"}, "data": {"a": "\\ud800x"}}'
    answer = core.handle(Request("POST", CONFIG_MAPS, {}, {"content-type": content_type}, body))
    assert (answer.status, answer.json()["data"]["a"]) == (201, "\ufffdx")
