"""Objects are written as kubectl apply writes them, on both clusters."""

import secrets

import pytest
from lightkube.core.exceptions import ApiError
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace, Service

from servicelab.checks.objects import write


@pytest.fixture
def space(cluster):
    """A namespace of its own."""
    name = f"written-{secrets.token_hex(3)}"
    cluster.api.create(Namespace(metadata=ObjectMeta(name=name)))
    yield name
    cluster.api.delete(Namespace, name)


def service(**spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}


def test_what_is_no_longer_written_goes_away_and_the_rest_stays(cluster, space):
    ports = [{"port": 80, "targetPort": 8080, "nodePort": 30077}]
    write(cluster.api, service(type="NodePort", selector={"app": "web", "tier": "front"}, ports=ports), space)
    before = cluster.api.get(Service, "web", namespace=space)
    write(cluster.api, service(type="NodePort", selector={"app": "web"}, ports=[{**ports[0], "port": 81}]), space)
    after = cluster.api.get(Service, "web", namespace=space)
    assert after.spec.selector == {"app": "web"}
    assert [(port.port, port.nodePort) for port in after.spec.ports] == [(81, 30077)]
    assert after.spec.clusterIP == before.spec.clusterIP


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"selectors": {"app": "web"}, "ports": [{"port": 80}]}, 'unknown field "spec.selectors"'),
        ({"ports": [{"port": 99999}]}, "must be between 1 and 65535"),
        ({"ports": [{"port": 80}, {"port": 80}]}, "spec.ports[0].name: Required value"),
    ],
)
def test_an_object_that_is_there_is_refused_in_the_same_words_as_a_new_one(cluster, space, spec, words):
    refusals = []
    for made in (False, True):
        if made:
            write(cluster.api, service(ports=[{"port": 80}]), space)
        with pytest.raises(ApiError) as refused:
            write(cluster.api, service(**spec), space)
        assert words in str(refused.value)
        refusals.append(str(refused.value))
    assert refusals[0] == refusals[1]


def test_metadata_of_a_wrong_type_is_refused_by_the_server(cluster, space):
    with pytest.raises(ApiError, match=r"cannot unmarshal number into Go struct field ObjectMeta.metadata.uid"):
        write(cluster.api, {**service(ports=[{"port": 80}]), "metadata": {"name": "web", "uid": 1}}, space)
