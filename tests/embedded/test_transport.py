import time

import httpx2
import pytest
from lightkube import ApiError
from lightkube.models.apps_v1 import DeploymentSpec
from lightkube.models.core_v1 import Container, PodSpec, PodTemplateSpec, ServicePort, ServiceSpec
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import ConfigMap, Namespace, Pod, Service
from lightkube.types import PatchType

from servicelab.embedded.clock import SystemClock
from servicelab.embedded.core import fresh_core
from servicelab.embedded.transport import InProcessTransport, in_process_client
from tests.embedded.api.support import IMAGE


@pytest.fixture
def core():
    return fresh_core(seed=1)


@pytest.fixture
def client(core):
    with in_process_client(core) as client:
        yield client


def deployment(image=IMAGE):
    labels = {"app": "web"}
    pod = PodSpec(containers=[Container(name="web", image=image, args=["netexec"])])
    return Deployment(
        metadata=ObjectMeta(name="web", namespace="default"),
        spec=DeploymentSpec(
            replicas=2,
            selector=LabelSelector(matchLabels=labels),
            template=PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=pod),
        ),
    )


def test_create_get_list_patch_replace_delete(client):
    client.create(Namespace(metadata=ObjectMeta(name="shop")))
    made = client.create(ConfigMap(metadata=ObjectMeta(name="a", namespace="shop", labels={"x": "y"}), data={"k": "v"}))
    assert client.get(ConfigMap, "a", namespace="shop").metadata.uid == made.metadata.uid
    assert [one.metadata.name for one in client.list(ConfigMap, namespace="shop", labels={"x": "y"})] == ["a"]
    changed = client.patch(ConfigMap, "a", {"data": {"k": "w"}}, namespace="shop", patch_type=PatchType.MERGE)
    changed.data["more"] = "1"
    assert client.replace(changed).data == {"k": "w", "more": "1"}
    client.delete(ConfigMap, "a", namespace="shop")
    with pytest.raises(ApiError) as refusal:
        client.get(ConfigMap, "a", namespace="shop")
    assert (refusal.value.status.code, refusal.value.status.reason) == (404, "NotFound")


def test_refusals_carry_their_causes(client):
    wish = Service(metadata=ObjectMeta(name="web", namespace="default"), spec=ServiceSpec())
    with pytest.raises(ApiError) as refusal:
        client.create(wish)
    assert refusal.value.status.code == 422
    assert refusal.value.status.details.causes[0].field == "spec.ports"


def test_waiting_takes_no_real_time(client, core):
    started, cluster_started = time.monotonic(), core.clock.now()
    client.create(deployment())
    client.wait(Deployment, "web", for_conditions=["Available"], namespace="default")
    assert client.get(Deployment, "web", namespace="default").status.readyReplicas == 2
    assert core.clock.now() > cluster_started
    assert time.monotonic() - started < 5


def test_a_watch_with_a_limit_ends_there(client, core):
    start = core.clock.now()
    seen = []
    service = Service(
        metadata=ObjectMeta(name="web", namespace="default"),
        spec=ServiceSpec(ports=[ServicePort(port=80)]),
    )
    client.create(service)
    request = client._client._client.build_request(
        "GET", "/api/v1/namespaces/default/services", params={"watch": "true", "timeoutSeconds": "20"}
    )
    with_stream = client._client._client.send(request, stream=True)
    seen = list(with_stream.iter_lines())
    assert len(seen) == 2  # kubernetes and web
    assert core.clock.now() == start + 20


def test_what_never_comes_ends_the_wait(core):
    with in_process_client(core, longest_wait=30) as client:
        client.create(deployment("nothing:1"))
        started = core.clock.now()
        with pytest.raises(httpx2.ReadTimeout):
            client.wait(Deployment, "web", for_conditions=["Available"], namespace="default")
        assert core.clock.now() - started >= 30


def test_pods_go_away_while_watched(client, core):
    client.create(deployment())
    client.wait(Deployment, "web", for_conditions=["Available"], namespace="default")
    client.delete(Deployment, "web", namespace="default")
    gone = set()
    for kind, pod in client.watch(Pod, namespace="default"):
        if kind == "DELETED":
            gone.add(pod.metadata.name)
        if len(gone) == 2:
            break
    assert list(client.list(Pod, namespace="default")) == []


def test_needs_a_clock_that_can_be_moved():
    with pytest.raises(TypeError):
        InProcessTransport(fresh_core(SystemClock()))
