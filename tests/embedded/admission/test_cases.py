"""The embedded cluster admits, completes and refuses what kind does, in kind's words."""

import random
from typing import Any

import pytest

from servicelab.embedded.admission import Invalid, Refused, admit
from servicelab.embedded.clock import ManualClock
from servicelab.embedded.resources import NAMESPACES, RESOURCES, SERVICE_ACCOUNTS
from servicelab.embedded.store import Store, copy_of
from servicelab.embedded.system import install
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
    return {
        "code": found["code"],
        "message": without_difference(status["message"]),
        "causes": [cause | {"message": without_difference(cause["message"])} for cause in causes],
    }


def without_difference(message: str) -> str:
    """Without what kind prints of its internal form after a Pod was changed where it cannot be."""
    head, separator, _ = message.partition("\n@@")
    return head + "\n" if separator else message


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.theme}: {case.name}")
def test_answers_as_kind_does(case: Case) -> None:
    assert answer(case) == wanted(case)


def test_every_case_is_recorded() -> None:
    for theme in THEMES:
        names = [case.name for case in cases(theme)]
        assert len(names) == len(set(names))
        assert set(names) == set(RECORDED[theme])
