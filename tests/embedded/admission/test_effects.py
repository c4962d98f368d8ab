"""What is accepted and has no effect is said, at its field."""

import random
from typing import Any

import pytest

from servicelab.embedded.admission import admit
from servicelab.embedded.resources import DEPLOYMENTS, PODS
from tests.embedded.admission.recording import NAMESPACE
from tests.embedded.admission.test_cases import cluster

HOOK = {"exec": {"command": ["true"]}}
TERM = {"weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}
SPREAD = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def container(**fields: Any) -> dict[str, Any]:
    return {"name": "c", "image": "i:1", **fields}


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"containers": [container(lifecycle={"preStop": HOOK})]}, "containers[0].lifecycle.preStop"),
        ({"containers": [container(lifecycle={"postStart": HOOK})]}, "containers[0].lifecycle.postStart"),
        ({"initContainers": [container(name="s", restartPolicy="Always")]}, "initContainers[0].restartPolicy"),
        ({"affinity": {"nodeAffinity": {PREFERRED: [TERM]}}}, f"affinity.nodeAffinity.{PREFERRED}"),
        ({"topologySpreadConstraints": [SPREAD]}, "topologySpreadConstraints"),
    ],
)
def test_a_field_without_effect_is_said(spec: dict[str, Any], field: str) -> None:
    store, randomness = cluster()
    whole = {"containers": [container()], **spec}
    metadata = {"name": "web", "namespace": NAMESPACE}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": whole}
    (warning,) = admit(store, PODS, pod, None, randomness).warnings
    assert warning.startswith(f"spec.{field}: the embedded cluster does not ")
    assert warning.endswith("; use a kind cluster for it")
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": whole}
    wish = {"selector": {"matchLabels": labels}, "template": template}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": wish}
    assert admit(store, DEPLOYMENTS, deployment, None, random.Random(1)).warnings == [
        warning.replace("spec.", "spec.template.spec.", 1)
    ]


def test_a_usual_pod_is_admitted_without_a_word() -> None:
    store, randomness = cluster()
    metadata = {"name": "web", "namespace": NAMESPACE}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container()]}}
    assert admit(store, PODS, pod, None, randomness).warnings == []
