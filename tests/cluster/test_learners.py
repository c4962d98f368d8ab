"""A kubeconfig for one namespace: the same on both clusters."""

import json
import stat
import uuid
from pathlib import Path

import pytest
import yaml
from lightkube.config.kubeconfig import KubeConfig

from servicelab.cluster.learners import kubeconfig_for
from servicelab.cluster.rest import Refused, Rest


@pytest.fixture(params=["embedded", pytest.param("kind", marks=pytest.mark.kind)])
def shared(request):
    cluster = request.getfixturevalue(f"{request.param}_{'server' if request.param == 'embedded' else 'cluster'}")
    namespace = f"team-{uuid.uuid4().hex[:6]}"
    yield cluster, namespace
    cluster.rest.send("DELETE", f"/api/v1/namespaces/{namespace}")


def rest_of(path):
    return Rest(KubeConfig.from_file(path).get())


def refusal(rest, method, path, body=None):
    with pytest.raises(Refused) as refused:
        rest.send(method, path, json=body)
    return refused.value.code, str(refused.value)


def test_a_learner_of_a_shared_cluster(shared):
    cluster, namespace = shared
    path = kubeconfig_for(cluster, namespace)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    config = yaml.safe_load(path.read_text())
    assert config["contexts"][0]["context"]["namespace"] == namespace
    rest = rest_of(path)
    own, who = f"/api/v1/namespaces/{namespace}", f'User "system:serviceaccount:{namespace}:learner" cannot'
    try:
        rest.send("POST", f"{own}/configmaps", json={"metadata": {"name": "notes"}})
        rest.send("POST", f"{own}/services", json={"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}})
        assert [one["metadata"]["name"] for one in rest.items(f"{own}/services")] == ["web"]
        assert refusal(rest, "GET", "/api/v1/namespaces/kube-system/pods") == (
            403,
            f'pods is forbidden: {who} list resource "pods" in API group "" in the namespace "kube-system"',
        )
        assert refusal(rest, "POST", "/api/v1/namespaces", {"metadata": {"name": "mine"}}) == (
            403,
            f'namespaces is forbidden: {who} create resource "namespaces" in API group "" at the cluster scope',
        )
        review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        for where, allowed in ((namespace, True), ("kube-system", False)):
            asked = {"resourceAttributes": {"namespace": where, "verb": "delete", "resource": "pods"}}
            answer = rest.send("POST", review, json={"spec": asked}).json()
            assert answer["status"]["allowed"] is allowed
    finally:
        rest.close()


def test_it_is_made_once_and_anew_when_it_no_longer_works(shared):
    cluster, namespace = shared
    first = kubeconfig_for(cluster, namespace).read_text()
    assert kubeconfig_for(cluster, namespace).read_text() == first
    cluster.rest.send("DELETE", f"/api/v1/namespaces/{namespace}/serviceaccounts/learner")
    cluster.wait_until("the old login to end", lambda: kubeconfig_for(cluster, namespace).read_text() != first)
    rest = rest_of(kubeconfig_for(cluster, namespace))
    assert rest.items(f"/api/v1/namespaces/{namespace}/pods") == []
    rest.close()


@pytest.mark.parametrize("name", ["../up", "Team", "", "a" * 64])
def test_what_is_no_namespace(embedded_server, name):
    with pytest.raises(ValueError, match="no name for a namespace"):
        kubeconfig_for(embedded_server, name)


def test_the_command(embedded_server, embedded_home, monkeypatch, capsys):
    from typer.testing import CliRunner

    from servicelab.cli.cluster import app

    monkeypatch.setenv("LAB_HOME", str(embedded_home.root))
    done = CliRunner().invoke(app, ["kubeconfig", "--cluster", "embedded", "--namespace", "team-c"])
    assert done.exit_code == 0, done.output
    config = json.loads(Path(done.output.strip()).read_text())
    assert config["current-context"].endswith("-team-c")
    assert CliRunner().invoke(app, ["kubeconfig", "--cluster", "embedded", "--namespace", "../x"]).exit_code == 2
    embedded_server.rest.send("DELETE", "/api/v1/namespaces/team-c")
