"""What containers take from ConfigMaps and Secrets; the words are kind's (see tests/conformance/life)."""

from typing import Any

import pytest

from servicelab.embedded.controllers.settings import missing_setting
from tests.embedded.controllers.cluster import Cluster, pod

HERE = {"configMapKeyRef": {"name": "settings", "key": "COLOUR"}}


def variable(source: dict[str, Any]) -> dict[str, Any]:
    return {"env": [{"name": "V", "valueFrom": source}]}


@pytest.mark.parametrize(
    ("container", "missing"),
    [
        ({}, ""),
        ({"env": [{"name": "V", "value": "v"}]}, ""),
        (variable({"fieldRef": {"fieldPath": "metadata.name"}}), ""),
        (variable(HERE), ""),
        ({"envFrom": [{"configMapRef": {"name": "settings"}}]}, ""),
        ({"envFrom": [{"configMapRef": {"name": "other"}}]}, 'configmap "other" not found'),
        ({"envFrom": [{"configMapRef": {"name": "other", "optional": True}}]}, ""),
        (
            variable({"configMapKeyRef": {"name": "settings", "key": "SIZE"}}),
            "couldn't find key SIZE in ConfigMap test/settings",
        ),
        (variable({"configMapKeyRef": {"name": "settings", "key": "SIZE", "optional": True}}), ""),
        (variable({"secretKeyRef": {"name": "key", "key": "k"}}), 'secret "key" not found'),
    ],
)
def test_the_first_missing_setting_is_named(container: dict[str, Any], missing: str) -> None:
    cluster = Cluster()
    cluster.create({"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"COLOUR": "green"}})
    one = cluster.create(pod(**container))
    assert missing_setting(cluster.store, one, one["spec"]["containers"][0]) == missing
