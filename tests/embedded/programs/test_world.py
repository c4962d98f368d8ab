"""What the world keeps: the network of the present, logs and variables of each start of a container, clients."""

from servicelab.embedded.admission import admit
from servicelab.embedded.core import fresh_core
from servicelab.embedded.programs.probe import probe
from servicelab.embedded.programs.shell import run as run_command
from servicelab.embedded.programs.world import World
from servicelab.embedded.resources import PODS, SERVICES
from servicelab.embedded.store import copy_of
from servicelab.network.places import PodPlace, parse_target
from tests.network.objects import service

CLIENT = PodPlace("shop", "client")


def lines(world: World, pod: str, **options) -> list[str]:
    return [line.text.split("] ", 1)[-1] for line in world.read_log("shop", pod, **options) or []]


def test_the_network_is_made_anew_only_after_a_write(world):
    before = world.network()
    assert world.network() is before
    world.store.create(SERVICES, service("more", "10.96.1.77", [{"port": 80}]))
    assert world.network() is not before
    assert ("shop", "more") in world.network().services


def test_a_log_begins_with_the_start_and_grows_with_requests(world):
    assert lines(world, "web-1") == ["Started HTTP server on port 8080", "Started UDP server on port  8081"]
    probe(world, CLIENT, parse_target("http://10.244.1.2:8080/hostname"))
    probe(world, CLIENT, parse_target("udp://10.244.1.2:8081"))
    assert lines(world, "web-1")[2:] == ["GET /hostname", "Sending udp hostName response"]
    assert lines(world, "client") == ["Paused", "Signals registered"]


def test_a_restarted_container_has_a_new_log_and_keeps_the_previous(world):
    probe(world, CLIENT, parse_target("http://10.244.1.2:8080/hostname"))
    pod = copy_of(world.store.get(PODS, "shop", "web-1"))
    pod["status"]["containerStatuses"][0]["restartCount"] = 1
    world.store.update(PODS, pod)
    assert len(lines(world, "web-1")) == 2
    assert lines(world, "web-1", previous=True)[-1] == "GET /hostname"


def test_a_deleted_pod_leaves_nothing(world):
    world.store.delete(PODS, "shop", "web-1")
    assert world.read_log("shop", "web-1") is None
    assert world.container("shop", "web-1") is None


def test_variables_are_those_of_the_services_at_the_start(world):
    world.store.create(SERVICES, service("late", "10.96.1.78", [{"port": 80}]))
    text = run_command(world, "shop", "client", "", ["env"]).stdout
    assert "WEB_SERVICE_HOST=10.96.1.1\n" in text
    assert "KUBERNETES_SERVICE_PORT_HTTPS=443\n" in text
    assert "LATE_" not in text
    assert "WEB_SERVICE" not in run_command(world, "other", "far", "", ["env"]).stdout


def test_client_affinity_lasts_as_long_as_the_service_says(world):
    web = copy_of(world.store.get(SERVICES, "shop", "web"))
    web["spec"] |= {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}}
    world.store.update(SERVICES, web)

    def by() -> str | None:
        return probe(world, CLIENT, parse_target("http://web/"))[0].by

    first = by()
    assert {by() for _ in range(20)} == {first}
    later = set()
    for _ in range(20):
        world.clock.advance(61)
        later.add(by())
    assert len(later) > 1


def test_a_program_that_does_not_know_its_flag_ends_and_says_so():
    core = fresh_core(seed=1)
    container = {
        "name": "web",
        "image": "registry.k8s.io/e2e-test-images/agnhost:2.63.0",
        "args": ["netexec", "--http-prt=8080"],
    }
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "wrong", "namespace": "default"},
        "spec": {"containers": [container]},
    }
    core.store.create(PODS, admit(core.store, PODS, body, None, core.randomness).object)
    core.settle()
    core.pass_time(5)
    pod = core.store.get(PODS, "default", "wrong")
    assert pod["status"]["containerStatuses"][0]["restartCount"] >= 1
    said = core.world.read_log("default", "wrong", previous=True)
    assert [line.text for line in said] == ["Error: unknown flag: --http-prt"]
