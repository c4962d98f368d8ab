"""The embedded cluster admits, completes and refuses what kind does, in kind's words."""

import random
from typing import Any

import pytest

from servicelab.embedded.admission import Invalid, Refused, admit
from servicelab.embedded.clock import ManualClock
from servicelab.embedded.resources import NAMESPACES, RESOURCES, SERVICE_ACCOUNTS
from servicelab.embedded.store import Store, copy_of
from servicelab.embedded.system import install
from tests.embedded.admission.record import Cluster, record_all
from tests.embedded.admission.recording import NAMESPACE, THEMES, Case, cases, comparable, merged, recorded

BY_KIND = {resource.kind: resource for resource in RESOURCES}
ALL = [case for theme in THEMES for case in cases(theme)]
RECORDED = {theme: recorded(theme) for theme in THEMES}


def cluster() -> tuple[Store, random.Random]:
    clock, randomness = ManualClock(), random.Random(1)
    store = Store(clock, randomness)
    install(store, clock, randomness, "lab")
    for resource, name in ((NAMESPACES, NAMESPACE), (SERVICE_ACCOUNTS, "default")):
        metadata = {"name": name} if resource is NAMESPACES else {"name": name, "namespace": NAMESPACE}
        new = {"apiVersion": "v1", "kind": resource.kind, "metadata": metadata}
        store.create(resource, admit(store, resource, new, None, randomness).object)
    return store, randomness


def answer(case: Case) -> dict[str, Any]:
    """What the embedded cluster answers, in the form of the recordings."""
    store, randomness = cluster()
    old = None
    for manifest in case.before:
        resource = BY_KIND[manifest["kind"]]
        old = store.create(resource, admit(store, resource, manifest, None, randomness).object)
    if case.create is not None:
        new, old = case.create, None
    else:
        assert old is not None
        new = merged(copy_of(old), case.patch) if case.put is None else copy_of(case.put)
        if "status" in old:
            new["status"] = copy_of(old["status"])
        new["metadata"] |= {k: v for k, v in old["metadata"].items() if k in ("uid", "generation", "creationTimestamp")}
    resource = BY_KIND[new["kind"]]
    try:
        admitted = admit(store, resource, new, old, randomness)
    except Invalid as error:
        causes = [{"field": c.field, "message": c.message, "reason": c.reason} for c in error.causes]
        message = error.status_message(resource, new["metadata"].get("name", ""))
        return {"code": 422, "message": message, "causes": causes}
    except Refused as error:
        return {"code": error.code, "message": error.message, "causes": []}
    code = 200 if old else 201
    return {"code": code, "object": comparable(case, admitted.object), "warnings": admitted.warnings}


def wanted(case: Case) -> dict[str, Any]:
    found = RECORDED[case.theme][case.name]
    if "object" in found:
        # That a whole kind is deprecated is said by the API, not by admission.
        warnings = [warning for warning in found["warnings"] if "v1 Endpoints is deprecated" not in warning]
        return found | {"warnings": warnings}
    status = found["status"]
    causes = status.get("details", {}).get("causes", [])
    return {"code": found["code"], "message": status["message"], "causes": causes}


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.theme}: {case.name}")
def test_answers_as_kind_does(case: Case) -> None:
    assert answer(case) == wanted(case)


def test_every_case_is_recorded() -> None:
    for theme in THEMES:
        names = [case.name for case in cases(theme)]
        assert len(names) == len(set(names))
        assert set(names) == set(RECORDED[theme])


@pytest.mark.kind
def test_kind_still_answers_so(kind_cluster: Any) -> None:
    answers = record_all(Cluster(kind_cluster.kubeconfig))
    for theme in THEMES:
        for name, found in answers[theme].items():
            assert found == RECORDED[theme][name], f"{theme}: {name}"
