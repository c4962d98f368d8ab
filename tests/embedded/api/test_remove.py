import json

from servicelab.embedded.admission.other_rules import DEFINITIONS_ARE_GIVEN
from tests.embedded.api.recorded_verbs import NAMESPACE, RECORD, play
from tests.embedded.api.support import CONFIG_MAPS, DEPLOYMENTS, PODS, call, config_map, deployment, made, pod

REPLICA_SETS = "/apis/apps/v1/namespaces/default/replicasets"


def count(core, path):
    return len(call(core, "GET", path)[1]["items"])


def test_collection_by_selector(core):
    for name, label in (("a", "1"), ("b", "1"), ("c", "2")):
        made(core, CONFIG_MAPS, config_map(name, labels={"mine": label}))
    code, answer = call(core, "DELETE", f"{CONFIG_MAPS}?labelSelector=mine%3D1")
    assert (code, [item["metadata"]["name"] for item in answer["items"]]) == (200, ["a", "b"])
    assert count(core, f"{CONFIG_MAPS}?labelSelector=mine") == 1


def test_background_and_orphan(core):
    made(core, DEPLOYMENTS, deployment("web"))
    core.pass_time(5)
    assert (count(core, REPLICA_SETS), count(core, PODS)) == (1, 2)
    call(core, "DELETE", f"{DEPLOYMENTS}/web", {"propagationPolicy": "Orphan"})
    core.pass_time(60)
    assert (count(core, DEPLOYMENTS), count(core, REPLICA_SETS), count(core, PODS)) == (0, 1, 2)
    name = call(core, "GET", REPLICA_SETS)[1]["items"][0]["metadata"]["name"]
    call(core, "DELETE", f"{REPLICA_SETS}/{name}")
    core.pass_time(60)
    assert (count(core, REPLICA_SETS), count(core, PODS)) == (0, 0)


def test_foreground_waits_for_the_owned(core):
    made(core, DEPLOYMENTS, deployment("web"))
    core.pass_time(5)
    code, leaving = call(core, "DELETE", f"{DEPLOYMENTS}/web", {"propagationPolicy": "Foreground"})
    assert (code, leaving["metadata"]["finalizers"]) == (200, ["foregroundDeletion"])
    assert count(core, DEPLOYMENTS) == 1
    core.pass_time(90)
    assert (count(core, DEPLOYMENTS), count(core, REPLICA_SETS), count(core, PODS)) == (0, 0, 0)


def test_a_pod_is_given_its_grace(core):
    made(core, PODS, pod("p"))
    core.pass_time(5)
    code, leaving = call(core, "DELETE", f"{PODS}/p", {"gracePeriodSeconds": 7})
    assert (code, leaving["metadata"]["deletionGracePeriodSeconds"]) == (200, 7)
    core.pass_time(60)
    assert count(core, PODS) == 0
    made(core, PODS, pod("q"))
    core.pass_time(5)
    call(core, "DELETE", f"{PODS}/q?gracePeriodSeconds=0")
    assert count(core, PODS) == 0


def test_namespace_goes_with_all_in_it(core):
    made(core, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    made(core, CONFIG_MAPS.replace("default", "shop"), config_map("a"))
    code, leaving = call(core, "DELETE", "/api/v1/namespaces/shop")
    assert (code, leaving["status"]["phase"]) == (200, "Terminating")
    core.pass_time(60)
    assert call(core, "GET", "/api/v1/namespaces/shop")[0] == 404
    assert count(core, CONFIG_MAPS.replace("default", "shop")) == 0


def test_put_of_what_is_not_there_and_delete_answer_as_on_kind(core):
    def send(method, path, body=None):
        return call(core, method, path, body)

    made(core, "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))["answers"]
    assert play(send, NAMESPACE) == recorded


def test_definitions_of_kinds_stay(core):
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ipaddresspools.metallb.io"
    code, answer = call(core, "DELETE", path)
    assert (code, answer["message"]) == (501, DEFINITIONS_ARE_GIVEN)
    assert call(core, "GET", path)[1]["status"]["storedVersions"] == ["v1beta1"]
