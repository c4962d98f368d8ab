"""The embedded cluster admits, completes and refuses what kind does, in kind's words."""

import json
import os
import pickle
import random
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from servicelab.embedded.admission import admit
from servicelab.embedded.api.context import Activity, Api
from servicelab.embedded.api.handle import handle
from servicelab.embedded.api.messages import Request, Response
from servicelab.embedded.clock import ManualClock
from servicelab.embedded.resources import NAMESPACES, SERVICE_ACCOUNTS
from servicelab.embedded.store import Store
from servicelab.embedded.system import install
from tests.embedded.admission.record import Cluster, Played, Reply, own_namespace, warnings_in
from tests.embedded.admission.recording import NAMESPACE, THEMES, Case, Json, cases, recorded

ALL = [case for theme in THEMES for case in cases(theme)]
RECORDED = {theme: recorded(theme) for theme in THEMES}
DIFFERENCES: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "differences.yaml").read_text(encoding="utf-8")
)
"""By theme and case: why the embedded cluster answers otherwise."""
MOST_DIFFERENCES = 0.005
WITHOUT_EFFECT = ": the embedded cluster does not "
"""Warnings of the embedded cluster about itself."""
SLICES = 8


@cache
def fresh() -> bytes:
    """A new cluster, kept to be unpacked for each case."""
    clock, randomness = ManualClock(), random.Random(1)
    store = Store(clock, randomness)
    install(store, clock, randomness, "lab")
    for resource, name in ((NAMESPACES, NAMESPACE), (SERVICE_ACCOUNTS, "default")):
        metadata = {"name": name} if resource is NAMESPACES else {"name": name, "namespace": NAMESPACE}
        new = {"apiVersion": "v1", "kind": resource.kind, "metadata": metadata}
        store.create(resource, admit(store, resource, new, None, randomness).object)
    return pickle.dumps((store, randomness))


def cluster() -> tuple[Store, random.Random]:
    """A cluster of its own with the Namespace of the cases."""
    store, randomness = pickle.loads(fresh())
    return store, randomness


class Embedded:
    """The embedded cluster's API without controllers, fresh for each case."""

    releases_late = 0

    def __init__(self) -> None:
        store, randomness = cluster()

        def no_containers() -> Any:
            raise AssertionError("no case asks for containers")

        self.api = Api(store, store.clock, randomness, lambda: None, no_containers, Activity())

    def send(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Reply:
        data = b"" if body is None else json.dumps(body).encode()
        answer = handle(self.api, Request.of(method, path, data, {"Content-Type": kind}))
        assert isinstance(answer, Response)
        warnings = warnings_in(value for name, value in answer.headers if name == "Warning")
        return answer.status, answer.json(), [one for one in warnings if WITHOUT_EFFECT not in one]

    def applied(self, manifest: Json, case: Case, number: int) -> tuple[str, Any] | None:
        sent = RECORDED[case.theme][case.name]["sent"][number]
        return None if sent is None else tuple(sent)

    def tidy(self, path: str) -> None:
        """The next case has a cluster of its own."""


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.theme}: {case.name}")
def test_answers_as_kind_does(case: Case) -> None:
    found, wanted = Played(Embedded(), case, NAMESPACE).answer(), RECORDED[case.theme][case.name]
    if cause := DIFFERENCES.get(case.theme, {}).get(case.name):
        assert found != wanted, f"no longer differs, take it out of differences.yaml: {cause}"
    else:
        assert found == wanted


def test_every_case_is_recorded() -> None:
    for theme in THEMES:
        names = [case.name for case in cases(theme)]
        assert len(names) == len(set(names))
        assert set(names) == set(RECORDED[theme])


def test_few_cases_differ_and_all_exist() -> None:
    listed = {(theme, name) for theme, names in DIFFERENCES.items() for name in names}
    assert listed <= {(case.theme, case.name) for case in ALL}
    assert len(listed) <= MOST_DIFFERENCES * len(ALL)


@pytest.mark.kind
def test_kind_still_answers_so(kind_cluster: Any) -> None:
    """One slice of the cases each day; the environment's LAB_SEED (a number) chooses another."""
    seed = os.environ.get("LAB_SEED") or str(date.today().toordinal())
    chosen = random.Random(0).sample(ALL, len(ALL))[int(seed) % SLICES :: SLICES]
    server = Cluster(kind_cluster.kubeconfig)
    with own_namespace(server) as namespace:
        for case in chosen:
            found = Played(server, case, namespace).answer()
            assert found == RECORDED[case.theme][case.name], f"{case.theme}: {case.name} (LAB_SEED={seed})"
