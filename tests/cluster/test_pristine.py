"""Back to what a cluster was: here on the embedded cluster's API; on a real cluster in test_kind.py."""

import pytest

from servicelab.cluster import pristine
from servicelab.cluster.rest import Refused

MERGE = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def kept(embedded_cluster, tmp_path):
    file = tmp_path / "pristine.json"
    pristine.write(embedded_cluster.rest, file)
    return file


def restored(cluster, file):
    return pristine.restore(cluster.rest, cluster.wait_until, file)


def test_nothing_is_put_back_where_nothing_was_changed(embedded_cluster, kept):
    assert not restored(embedded_cluster, kept)


def test_what_was_added_goes(embedded_cluster, kept):
    rest = embedded_cluster.rest
    rest.send("POST", "/api/v1/namespaces", json={"metadata": {"name": "mine"}})
    for space in ("mine", "default", "kube-system"):
        rest.send("POST", f"/api/v1/namespaces/{space}/configmaps", json={"metadata": {"name": "added"}})
    never = {"metadata": {"name": "stuck", "finalizers": ["example.com/nobody-sees-to-it"]}}
    rest.send("POST", "/api/v1/namespaces/mine/configmaps", json=never)
    assert not restored(embedded_cluster, kept)
    for path in (
        "/api/v1/namespaces/mine",
        *(f"/api/v1/namespaces/{one}/configmaps/added" for one in ("default", "kube-system")),
    ):
        with pytest.raises(Refused, match="not found"):
            rest.get(path)


def test_what_was_changed_is_put_back(embedded_cluster, kept):
    rest = embedded_cluster.rest
    name = rest.items("/api/v1/nodes")[1]["metadata"]["name"]
    change = {
        "metadata": {"labels": {"zone": "a"}},
        "spec": {"unschedulable": True, "taints": [{"key": "mine", "effect": "NoSchedule"}]},
    }
    rest.send("PATCH", f"/api/v1/nodes/{name}", json=change, headers=MERGE)
    rest.send("PATCH", "/api/v1/namespaces/default", json={"metadata": {"labels": {"mine": "yes"}}}, headers=MERGE)
    assert restored(embedded_cluster, kept)
    node = rest.get(f"/api/v1/nodes/{name}")
    assert "zone" not in node["metadata"]["labels"]
    assert not node["spec"].get("taints") and "unschedulable" not in node["spec"]
    assert "mine" not in rest.get("/api/v1/namespaces/default")["metadata"]["labels"]
