"""Admission as a whole: names, generations, allocation, and that nothing but refusals comes out of odd objects."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicelab.embedded.admission import Invalid, Refused, admit
from servicelab.embedded.admission.allocation import DYNAMIC_FROM, NODE_PORTS, SERVICE_NETWORK
from servicelab.embedded.api.failures import Unreadable
from servicelab.embedded.clock import ManualClock
from servicelab.embedded.resources import CONFIG_MAPS, DEPLOYMENTS, RESOURCES, SERVICES
from servicelab.embedded.store import Object, Store, copy_of
from tests.embedded.admission.recording import NAMESPACE, THEMES, cases
from tests.embedded.admission.test_cases import cluster

BY_KIND = {resource.kind: resource for resource in RESOURCES}
MANIFESTS = [case.create for theme in THEMES for case in cases(theme) if case.create]


def service(**spec: Any) -> Object:
    whole = {"ports": [{"port": 80}], "selector": {"app": "web"}, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": NAMESPACE}, "spec": whole}


@pytest.fixture
def store() -> Store:
    return cluster()[0]


def test_what_is_given_is_not_changed(store: Store) -> None:
    given = service()
    before = copy_of(given)
    admit(store, SERVICES, given, None, random.Random(1))
    assert given == before


def test_nothing_is_kept_of_a_dry_run(store: Store) -> None:
    new = service(type="NodePort", clusterIP="10.96.3.3", ports=[{"port": 80, "nodePort": 30007}])
    for _ in range(2):
        admitted = admit(store, SERVICES, new, None, random.Random(1)).object
        assert admitted["spec"]["clusterIP"] == "10.96.3.3"


def test_names_are_generated(store: Store) -> None:
    metadata = {"generateName": "web-", "namespace": NAMESPACE}
    new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    names = {admit(store, CONFIG_MAPS, new, None, random.Random(n)).object["metadata"]["name"] for n in range(20)}
    assert len(names) == 20
    assert all(name.startswith("web-") and len(name) == 9 for name in names)


def test_generation_counts_changes_of_the_wish_only(store: Store) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    metadata = {"name": "web", "namespace": NAMESPACE}
    new = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    first = admit(store, DEPLOYMENTS, new, None, random.Random(1)).object
    assert first["metadata"]["generation"] == 1
    labelled = copy_of(first)
    labelled["metadata"]["labels"] = {"x": "y"}
    labelled["status"] = {"replicas": 1}
    second = admit(store, DEPLOYMENTS, labelled, first, random.Random(1)).object
    assert second["metadata"]["generation"] == 1
    scaled = copy_of(second)
    scaled["spec"]["replicas"] = 5
    assert admit(store, DEPLOYMENTS, scaled, second, random.Random(1)).object["metadata"]["generation"] == 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]), min_size=1, max_size=30), st.integers())
def test_nothing_is_given_twice(types: list[str], seed: int) -> None:
    randomness = random.Random(seed)
    store = Store(ManualClock(), randomness)
    for number, kind in enumerate(types):
        new = service(type=kind)
        new["metadata"]["name"] = f"s{number}"
        store.create(SERVICES, admit(store, SERVICES, new, None, randomness).object)
    made = [one["spec"] for one in store.objects(SERVICES)]
    addresses = [one["clusterIP"] for one in made]
    ports = [port["nodePort"] for one in made for port in one["ports"] if "nodePort" in port]
    assert len(set(addresses)) == len(addresses)
    assert len(set(ports)) == len(ports) == sum(kind != "ClusterIP" for kind in types)
    assert all(port in NODE_PORTS for port in ports)
    low = {str(SERVICE_NETWORK[number]) for number in range(DYNAMIC_FROM)}
    assert not low & set(addresses), "the low addresses are for those who choose"


def test_a_used_up_range_is_said() -> None:
    randomness = random.Random(1)
    store = Store(ManualClock(), randomness)
    ports = [{"name": f"p{n}", "port": n, "nodePort": n, "protocol": "TCP", "targetPort": n} for n in NODE_PORTS]
    everything = service(type="NodePort", ports=ports, clusterIP="10.96.0.9", clusterIPs=["10.96.0.9"])
    everything["metadata"]["name"] = "greedy"
    store.create(SERVICES, everything)
    with pytest.raises(Refused, match="range is full"):
        admit(store, SERVICES, service(type="NodePort"), None, randomness)


PLACES = st.integers(0, 10_000)
WAYS = st.sampled_from(["remove", "null", "empty", "other", "twice"])
OTHER_NUMBERS = (-1, 0, 1, 80, 70_000, 30_080, 2**31)
OTHER_TEXTS = ("", "a", "A_b", "a.b", "None", "ClusterIP", "10.96.0.10", "::1", "80", "x" * 64, "-", "1Gi", "\u00e4 ")
"""What stands instead of a value of the same type: right somewhere, wrong elsewhere."""


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below `value`."""
    found: list[tuple[Any, Any]] = []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        found.append((value, key))
        found += places(inner)
    return found


def other(value: Any, place: int) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return OTHER_NUMBERS[place % len(OTHER_NUMBERS)]
    return OTHER_TEXTS[place % len(OTHER_TEXTS)] if isinstance(value, str) else type(value)()


def mutated(manifest: dict[str, Any], changes: list[tuple[int, str]]) -> dict[str, Any]:
    """The manifest with values taken out, emptied, doubled or replaced by others of their type."""
    odd = copy_of(manifest)
    for place, way in changes:
        options = places(odd)
        if not options:
            break
        container, key = options[place % len(options)]
        if container is odd and key in ("kind", "metadata", "apiVersion"):
            continue
        value = container[key]
        if way == "remove":
            del container[key]
        elif way == "null" and isinstance(container, dict):
            container[key] = None
        elif way == "other":
            container[key] = other(value, place)
        elif way == "twice" and isinstance(value, list):
            container[key] = [*value, *copy_of({"list": value})["list"]]
        else:
            container[key] = type(value)()
    odd["metadata"]["namespace"] = NAMESPACE if BY_KIND[odd["kind"]].namespaced else ""
    return odd


def admitted(new: dict[str, Any], old: Object | None) -> Object | None:
    """What admission makes of a write; None when it refuses. Anything but its own refusals comes out."""
    store, randomness = SHARED
    try:
        return admit(store, BY_KIND[new["kind"]], new, old, randomness).object
    except Invalid as error:
        assert error.causes
    except (Refused, Unreadable):
        pass
    return None


CHANGES = st.lists(st.tuples(PLACES, WAYS), min_size=1, max_size=3)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(MANIFESTS), CHANGES)
def test_odd_objects_are_refused_and_never_crash(manifest: dict[str, Any], changes: list[tuple[int, str]]) -> None:
    first = admitted(mutated(manifest, changes), None)
    if first is not None:
        assert admitted(first, first) == first, "what was admitted once is admitted unchanged"


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(MANIFESTS), CHANGES, CHANGES)
def test_odd_changes_are_refused_and_never_crash(
    manifest: dict[str, Any], changes: list[tuple[int, str]], more: list[tuple[int, str]]
) -> None:
    old = admitted(manifest, None)
    if old is None:
        return
    odd = mutated(old, [*changes, *more])
    odd["metadata"]["name"] = old["metadata"]["name"]
    odd["status"] = copy_of(old.get("status", {}))
    changed = admitted(odd, old)
    if changed is not None:
        assert admitted(changed, changed) == changed, "what was admitted once is admitted unchanged"


SHARED = cluster()
