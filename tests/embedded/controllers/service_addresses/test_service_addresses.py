"""IPAddresses come and go with the Services they belong to, as on kind."""

import json
from typing import Any

from servicelab.embedded.core import fresh_core
from tests.embedded.api.support import call
from tests.embedded.controllers.service_addresses.play import ADDRESSES, HERE, NAMESPACE, play

RECORDED = json.loads((HERE / "recorded.json").read_text(encoding="utf-8"))


def test_each_step_leaves_the_addresses_that_it_leaves_on_kind() -> None:
    core = fresh_core(seed=1)

    def send(method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        return call(core, method, path, body, Content_Type=kind)

    assert send("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})[0] == 201
    found = play(send, NAMESPACE, lambda look: look())
    for step, wanted in zip(found, RECORDED["steps"], strict=True):
        assert step == wanted


def test_a_fresh_cluster_has_those_of_its_own_services_and_their_range() -> None:
    core = fresh_core(seed=1)
    items = call(core, "GET", ADDRESSES)[1]["items"]
    parents = {item["metadata"]["name"]: item["spec"]["parentRef"]["name"] for item in items}
    assert parents == {"10.96.0.1": "kubernetes", "10.96.0.10": "kube-dns"}
    ranges = call(core, "GET", "/apis/networking.k8s.io/v1/servicecidrs/kubernetes")[1]
    assert ranges["spec"]["cidrs"] == ["10.96.0.0/16"]
