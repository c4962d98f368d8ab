from servicelab.embedded.api.messages import Request
from tests.embedded.api.support import CONFIG_MAPS, call, config_map, made

ALL = f"{CONFIG_MAPS}?labelSelector=mine"


def fill(core, *names):
    for name in names:
        made(core, CONFIG_MAPS, config_map(name, labels={"mine": "yes"}))


def names(answer):
    return [item["metadata"]["name"] for item in answer["items"]]


def test_pages_show_one_moment(core):
    fill(core, "a", "b", "c", "d", "e")
    first = call(core, "GET", f"{ALL}&limit=2")[1]
    assert (names(first), first["metadata"]["remainingItemCount"]) == (["a", "b"], 3)
    fill(core, "bb")
    call(core, "DELETE", f"{CONFIG_MAPS}/d")
    second = call(core, "GET", f"{ALL}&limit=2&continue={first['metadata']['continue']}")[1]
    third = call(core, "GET", f"{ALL}&limit=2&continue={second['metadata']['continue']}")[1]
    assert names(second) + names(third) == ["c", "d", "e"]
    assert "continue" not in third["metadata"]
    assert first["metadata"]["resourceVersion"] == third["metadata"]["resourceVersion"]


def test_a_token_that_is_none(core):
    assert call(core, "GET", f"{ALL}&limit=1&continue=x")[0] == 400


def test_items_say_no_kind_but_the_list_does(core):
    fill(core, "a")
    answer = call(core, "GET", ALL)[1]
    assert (answer["kind"], answer["apiVersion"]) == ("ConfigMapList", "v1")
    assert "kind" not in answer["items"][0]


def test_all_namespaces(core):
    everywhere = call(core, "GET", "/api/v1/configmaps")[1]
    assert {item["metadata"]["namespace"] for item in everywhere["items"]} >= {"default", "kube-system"}


def test_a_version_from_the_future(core):
    code, status = call(core, "GET", f"{CONFIG_MAPS}?resourceVersion=99999999")
    assert (code, status["details"]["causes"][0]["reason"]) == (504, "ResourceVersionTooLarge")


def test_health_version_and_unknown_paths(core):
    assert core.handle(Request.of("GET", "/readyz")).body == b"ok"
    assert call(core, "GET", "/version")[1]["gitVersion"] == "v1.36.3"
    assert core.handle(Request.of("GET", "/nope")).status == 404


def test_yaml_and_metadata_only(core):
    fill(core, "a")
    answer = core.handle(Request.of("GET", f"{CONFIG_MAPS}/a", headers={"Accept": "application/yaml"}))
    assert b"name: a" in answer.body
    accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    assert "data" not in call(core, "GET", f"{CONFIG_MAPS}/a", None, Accept=accept)[1]
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    assert call(core, "GET", CONFIG_MAPS, None, Accept=accept)[1]["kind"] == "PartialObjectMetadataList"


def test_endpoints_are_deprecated(core):
    answer = core.handle(Request.of("GET", "/api/v1/namespaces/default/endpoints/kubernetes"))
    assert answer.headers[0][0] == "Warning"
    assert "EndpointSlice" in answer.headers[0][1]


def test_same_objects_whatever_the_order_of_the_same_seed():
    from servicelab.embedded.core import fresh_core

    one, other = fresh_core(seed=7), fresh_core(seed=7)
    assert call(one, "GET", "/api/v1/pods") == call(other, "GET", "/api/v1/pods")
