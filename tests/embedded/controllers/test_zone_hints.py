"""Zones and hints in EndpointSlices follow labels of nodes and `trafficDistribution` as they were recorded on kind."""

import json
from pathlib import Path

import yaml

from servicelab.embedded.api.messages import Request
from servicelab.embedded.core import fresh_core
from servicelab.embedded.resources import ENDPOINT_SLICES, SERVICES
from tests.embedded.controllers.zone_hints.steps import NAMESPACE, STEPS, shown

FOLDER = Path(__file__).parent / "zone_hints"
CLUSTER = "nodes"
BY_TOPOLOGY = ("both", "topology")
"""Services with `service.kubernetes.io/topology-mode: Auto`, whose hints are not modelled (docs/embedded.md)."""


def send(core, method, path, body):
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    answer = core.handle(Request.of(method, path, json.dumps(body).encode(), {"Content-Type": kind}))
    assert answer.status < 300, answer.body


def test_zones_and_hints_are_those_of_a_real_cluster():
    recorded = json.loads((FOLDER / "recorded.json").read_text())["states"]
    core = fresh_core(seed=1, cluster_name=CLUSTER)
    send(core, "POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    here = f"/api/v1/namespaces/{NAMESPACE}"
    for manifest in yaml.safe_load_all((FOLDER / "manifests.yaml").read_text().replace("NODE", CLUSTER)):
        send(core, "POST", f"{here}/{manifest['kind'].lower()}s", manifest)
    core.pass_time(30)
    assert len(recorded) == len(STEPS)
    for (kind, name, change), expected in zip(STEPS, recorded, strict=True):
        if kind == "label":
            send(core, "PATCH", f"/api/v1/nodes/{name.replace('NODE', CLUSTER)}", {"metadata": {"labels": change}})
        elif kind == "patch":
            send(core, "PATCH", f"{here}/services/{name}", {"spec": change})
        else:
            for service in list(core.store.objects(SERVICES, NAMESPACE)):
                path = f"{here}/services/{service['metadata']['name']}"
                send(core, "PATCH", path, {"metadata": {"annotations": change}})
        core.pass_time(3)
        found = shown(core.store.objects(ENDPOINT_SLICES, NAMESPACE), CLUSTER)
        for service in found.keys() - BY_TOPOLOGY:
            assert found[service] == expected[service], (kind, name, change)
        assert not any("forZones" in one for name in BY_TOPOLOGY for one in found[name].values())
