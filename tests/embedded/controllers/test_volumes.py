"""What mounted volumes want of ConfigMaps and Secrets; the words are kind's (see tests/conformance/life)."""

from typing import Any

import pytest

from servicelab.embedded.controllers.volumes import missing_files
from tests.embedded.controllers.cluster import Cluster, pod

MOUNTED = [{"name": "files", "mountPath": "/files"}]


@pytest.mark.parametrize(
    ("volume", "missing"),
    [
        ({"emptyDir": {}}, ""),
        ({"configMap": {"name": "settings"}}, ""),
        ({"configMap": {"name": "other"}}, 'configmap "other" not found'),
        ({"configMap": {"name": "other", "optional": True}}, ""),
        (
            {"configMap": {"name": "settings", "items": [{"key": "SIZE", "path": "size"}]}},
            "configmap references non-existent config key: SIZE",
        ),
        ({"secret": {"secretName": "keys"}}, 'secret "keys" not found'),
        (
            {"projected": {"sources": [{"configMap": {"name": "other"}}, {"secret": {"name": "keys"}}]}},
            '[configmap "other" not found, secret "keys" not found]',
        ),
    ],
)
def test_what_is_missing_is_named(volume: dict[str, Any], missing: str) -> None:
    told = [f'MountVolume.SetUp failed for volume "files" : {missing}'] if missing else []
    assert _missing(volume, MOUNTED) == told


def test_what_no_container_mounts_is_not_looked_at() -> None:
    assert _missing({"configMap": {"name": "other"}}, []) == []


def _missing(volume: dict[str, Any], mounts: list[dict[str, str]]) -> list[str]:
    cluster = Cluster()
    cluster.create({"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"COLOUR": "green"}})
    one = pod(volumeMounts=mounts)
    one["spec"]["volumes"] = [{"name": "files", **volume}]
    return missing_files(cluster.store, cluster.create(one))
